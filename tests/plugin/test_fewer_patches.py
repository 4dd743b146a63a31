"""A detector that lost training photographs of one class: the drop gate on the drawn dataset."""

from __future__ import annotations

import json

import pytest
from driving import CASE_FILE

from iad_eval.cli import main
from iad_eval.datasets.synthetic import Synthetic
from iad_eval.settings import Settings


def test_fewer_patches_of_one_class_fail_the_gate_and_name_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_cases=CASE_FILE)
    Synthetic("synthetic", 0, Settings().cache).write(pytester.path / "parts")
    asked = ("--iad-dataset", "folder:parts", "--iad-perturbation", "original", "-n2")
    classes = ("--iad-class", "crown_cap", "--iad-class", "weave", "--iad-class", "gear")
    pytester.runpytest_subprocess(*asked, *classes, "--iad-run", "first").assert_outcomes(passed=3)
    assert main(["store", str(pytester.path / "first"), "-o", str(pytester.path / "base.json")]) == 0

    good = sorted((pytester.path / "parts" / "crown_cap" / "train" / "good").glob("*.png"))
    assert len(good) == 80
    for path in good[2:]:
        path.unlink()
    gate = ("--iad-compare", "base.json", "--iad-fail-drop", "2", "--iad-changed-only", "--iad-run", "second")
    result = pytester.runpytest_subprocess(*asked, *classes, *gate)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*patch-knn on folder/crown_cap is worse: a drop of*"])
    record = json.loads((pytester.path / "second" / "comparison.json").read_text())
    assert {each["class_name"] for each in record["flips"]} == {"crown_cap"}
    assert [(each["name"], each["before"], each["after"]) for each in record["differences"]] == [
        ("folder: crown_cap: train", "80", "2")
    ]
