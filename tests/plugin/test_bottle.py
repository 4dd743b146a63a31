"""The main job on real photographs: MVTec-AD's bottle, eight cases."""

from __future__ import annotations

import json

import pytest
from driving import CASE_FILE
from real_data import mvtec


def test_bottles_are_evaluated_and_never_asked_twice(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_cases=CASE_FILE)
    models = ("--iad-model", "patch-knn", "--iad-model", "always-anomalous")
    command = ("--iad-dataset", f"mvtec:{mvtec()}", *models)
    pytester.runpytest_subprocess(*command, "-n2", "--iad-run", "first").assert_outcomes(passed=8)
    summary = json.loads((pytester.path / "first" / "summary.json").read_text())
    rows = {
        row["model"]: row
        for row in summary["rows"]
        if row["class_name"] == "bottle" and row["perturbation"] == "original" and row["headline"]
    }
    assert rows["patch-knn"]["auroc"] >= 0.95
    assert (rows["always-anomalous"]["correct"], rows["always-anomalous"]["n"]) == (63, 83)
    assert summary["completeness"] == {"asked": 664, "observed": 664, "unreadable": 0, "failed": 0}

    again = pytester.runpytest_subprocess(*command, "--iad-run", "second")
    again.assert_outcomes(passed=8)
    second = (pytester.path / "second" / "summary.json").read_bytes()
    assert second == (pytester.path / "first" / "summary.json").read_bytes()
    shards = (pytester.path / "second" / "observations").glob("*.jsonl")
    asked_at = {json.loads(line)["at"] for shard in shards for line in shard.read_text().splitlines()}
    began = json.loads((pytester.path / "second" / "manifest.json").read_text())["started"]
    assert max(asked_at) < began.replace("+00:00", ".999+00:00")
