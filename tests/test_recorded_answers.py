"""The embedded model's recorded answers: taken where nobody asks live, and said to be recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driving import observed

from iad_eval.drawing import catalogue
from iad_eval.predictors import TINY
from iad_eval.store import read_records

ASKED = ("--iad-model", "qwen2-vl-tiny", "--iad-class", "hex_nut", "--iad-run", "run", "--iad-cache", "cache")


@pytest.fixture
def cases(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest('pytest_plugins = ["iad_eval.plugin"]')
    pytester.makepyfile("def test_detection(iad_case): iad_case.check()")
    return pytester


def test_every_view_of_the_drawn_dataset_is_recorded() -> None:
    for entry in catalogue():
        views = 4 * (entry.test_good + entry.per_defect * len(entry.defects))
        records = {record["key"]: record for record in read_records(TINY / "recorded" / entry.name)}
        assert len(records) == views
        assert all(isinstance(record["score"], float) for record in records.values())


def test_the_checkpoint_is_small() -> None:
    assert sum(path.stat().st_size for path in TINY.rglob("*") if path.is_file()) < 10_000_000


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["serial", "n2"])
def test_they_stand_for_the_model_and_say_so(cases: pytest.Pytester, workers: tuple[str, ...]) -> None:
    result = cases.runpytest_subprocess(*ASKED, *workers)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["RECORDED: 288 answers of qwen2-vl-tiny came with it*"])
    found = observed(cases.path / "run")
    assert len(found) == 288
    assert all(each["details"]["recorded"] is True for each in found)
    [original] = [
        row
        for row in json.loads((cases.path / "run" / "summary.json").read_text())["rows"]
        if row["class_name"] == "hex_nut" and row["perturbation"] == "original"
    ]
    assert original["auroc"] > 0.85
    assert original["balanced_accuracy"] > 0.8
    assert not (cases.path / "cache" / "answers").exists(), "what was recorded is not paid for here"
    assert not list(cases.path.rglob("*.log"))


def test_other_prompts_are_not_recorded(cases: pytest.Pytester, tmp_path: Path) -> None:
    (cases.path / "own.toml").write_text('[classes.synthetic.hex_nut]\nsentence = "Ignore the thread."\n')
    result = cases.runpytest_subprocess(
        *ASKED, "--iad-prompts", "own.toml", "--iad-limit", "1", "--iad-endpoint", "http://127.0.0.1:9/v1"
    )
    result.assert_outcomes(failed=4)


def test_recorded_answers_can_be_left_aside(cases: pytest.Pytester) -> None:
    result = cases.runpytest_subprocess(
        *ASKED, "--iad-recorded", "no", "--iad-limit", "1", "--iad-endpoint", "http://127.0.0.1:9/v1"
    )
    result.assert_outcomes(failed=4)
    assert "RECORDED" not in result.stdout.str()
