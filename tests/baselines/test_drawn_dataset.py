"""Detectors are trained and evaluated on the drawn dataset as a user would do it, at a small size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from driving import CASE_FILE, WITH_BASELINES

pytest.importorskip("anomalib", reason="the baselines extra is not installed: make test-baselines")

ROOT = Path(__file__).parents[2]


def test_glass_and_inp_former_learn_and_are_judged(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(WITH_BASELINES)
    pytester.makepyfile(test_cases=CASE_FILE)
    command = ["--iad-detectors", str(ROOT / "docs" / "small.toml"), "--iad-cache", "cache"]
    command += ["--iad-class", "hex_nut", "--iad-limit", "4"]
    command += ["--iad-model", "glass", "--iad-model", "inp-former"]
    pytester.runpytest_subprocess(*command, "-n2", "--iad-run", "first").assert_outcomes(passed=8)
    first = json.loads((pytester.path / "first" / "summary.json").read_text())
    assert first["completeness"] == {"asked": 64, "observed": 64, "unreadable": 0, "failed": 0}
    thresholds = {(row["model"], row["threshold"]) for row in first["rows"]}
    assert thresholds == {
        (model, name) for model in ("glass", "inp-former") for name in ("max", "p90", "p80")
    }
    assert len(list((pytester.path / "first" / "maps").rglob("*.png"))) == 64
    fits = sorted(path.parent.name for path in (pytester.path / "cache" / "fits").rglob("*.npz"))
    assert fits == ["glass", "inp-former"]  # one fit each, for four views

    pytester.runpytest_subprocess(*command, "--iad-run", "second").assert_outcomes(passed=8)
    assert (pytester.path / "second" / "summary.json").read_bytes() == (
        pytester.path / "first" / "summary.json"
    ).read_bytes()
    assert len(list((pytester.path / "second" / "maps").rglob("*.png"))) == 64
