"""The same numbers and files in all three worlds."""

from __future__ import annotations

import json

import pytest
from driving import WORLDS, RunPytest, observed, untimed

FIELDS = {"sample", "dataset", "class_name", "defect", "is_anomalous", "perturbation", "model", "protocol"}
FIELDS |= {"score", "answer", "latency_s", "error", "mask_fraction", "key"}


def test_all_worlds_write_the_same_results(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    for name, world in WORLDS.items():
        result = run_pytest(
            *("--iad-model", "patch-knn", "--iad-model", "always-normal", "--iad-run", name),
            *("--iad-cache", f"cache-{name}", *world),
        )
        result.assert_outcomes(passed=16)
    summaries = [untimed(pytester.path / world) for world in WORLDS]
    assert summaries[0] == summaries[1] == summaries[2]
    assert len({(pytester.path / world / "predictions.csv").read_bytes() for world in WORLDS}) == 1


def test_a_run_directory_holds_what_is_promised(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    run_pytest("--iad-perturbation", "original", "--iad-perturbation", "padded", "--iad-limit", "2", *world)
    run = pytester.path / "runs" / "latest"
    lines = observed(run)
    assert len(lines) == 2 * 4 * 2
    assert all(set(line) >= FIELDS for line in lines)
    holed = next(line for line in lines if line["sample"] == "folder/cup/test/hole/000")
    assert holed["mask_fraction"] == pytest.approx(36 / 24**2)
    manifest = json.loads((run / "manifest.json").read_text())
    assert manifest["classes"]["folder"]["cup"] == {
        "train": 3,
        "test_normal": 2,
        "test_anomalous": 2,
        "reference": "folder/cup/train/good/000",
    }
    assert manifest["configuration"]["models"]["oracle"]["kind"] == "blind"
    assert manifest["finished"]
    assert {"packages", "git_commit", "hardware", "seed", "command_line", "started"} <= set(manifest)
    summary = json.loads((run / "summary.json").read_text())
    assert {row["accuracy"] for row in summary["rows"] if row["threshold"] == "max"} == {1.0}
    assert (run / "report.md").read_text().startswith("#")


def test_cases_that_share_a_fit_run_on_one_worker(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    run_pytest("--iad-model", "patch-knn", "--iad-run", "run", "-n2")
    owners: dict[str, set[str]] = {}
    for shard in (pytester.path / "run" / "observations").glob("*.jsonl"):
        for line in shard.read_text().splitlines():
            owners.setdefault(json.loads(line)["class_name"], set()).add(shard.name.partition("-")[0])
    assert {name: len(found) for name, found in owners.items()} == {"cup": 1, "lid": 1}


def test_the_terminal_says_what_came_out(run_pytest: RunPytest, world: tuple[str, ...]) -> None:
    text = run_pytest("--iad-model", "oracle", "--iad-model", "always-anomalous", *world).stdout.str()
    assert "oracle" in text
    assert "100.0" in text
    assert "96 of 96 views" in text
    assert "\x1b" not in text


def test_verbose_shows_each_class(run_pytest: RunPytest) -> None:
    brief, detailed = run_pytest("-q").stdout.str(), run_pytest("-v").stdout.str()
    assert "lid" not in brief.partition("passed")[0].rpartition("]")[2]
    assert len(detailed) > len(brief)
