"""An answer is paid for once: across kills, sessions, runs and edits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import RunPytest, observed

COUNTING = """
import time
from iad_eval.predictors import Calibration, ModelEntry, Reply

class Counting:
    name = "counting"
    def identity(self, siblings, perturbation, protocol):
        return {"model": self.name}
    def describe(self):
        return {"kind": "test"}
    def predict(self, views):
        for view in views:
            with open("asked.txt", "a") as file:
                file.write(f"{view.sample.id} {view.perturbation}\\n")
            time.sleep(PAUSE)
            yield Reply(view, score=float(sum(view.image.getpixel((10, 10)))))
    def calibration(self, siblings, protocol):
        return Calibration(tuple(float(n) for n in range(len(siblings.train))), "in-sample")
    def close(self):
        pass

def pytest_iad_models():
    return [ModelEntry("counting", lambda name, context: Counting())]
"""


@pytest.fixture
def asked(pytester: pytest.Pytester) -> Callable[[], list[str]]:
    """What the counting model was asked since the last look."""
    pytester.makeconftest(COUNTING.replace("PAUSE", "0"))

    def look() -> list[str]:
        path = pytester.path / "asked.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    return look


def test_a_second_run_asks_nothing(
    run_pytest: RunPytest,
    asked: Callable[[], list[str]],
    latest: Callable[[str], Any],
    world: tuple[str, ...],
) -> None:
    assert run_pytest("--iad-model", "counting", *world).ret == 0
    assert len(asked()) == 2 * 6 * 4
    first = latest("summary.json")
    assert run_pytest("--iad-model", "counting", *world).ret == 0
    assert asked() == []
    assert latest("summary.json") == first


def test_only_what_changed_is_asked_again(
    pytester: pytest.Pytester, run_pytest: RunPytest, asked: Callable[[], list[str]]
) -> None:
    run_pytest("--iad-model", "counting")
    asked()
    photos = pytester.path / "parts" / "cup" / "test" / "good"
    shutil.copy(photos / "000.png", photos / "007.png")  # known by its bytes, not by its name
    shutil.copy(pytester.path / "parts" / "lid" / "test" / "good" / "000.png", photos / "001.png")
    mask = pytester.path / "parts" / "lid" / "ground_truth" / "hole" / "000_mask.png"
    shutil.copy(pytester.path / "parts" / "lid" / "test" / "good" / "000.png", mask)  # redrawn: all of it
    run_pytest("--iad-model", "counting", "--iad-perturbation", "original")
    assert asked() == ["folder/cup/test/good/001 original"]
    lines = observed(pytester.path / "runs" / "latest")
    assert {line["sample"]: line["mask_fraction"] for line in lines}["folder/lid/test/hole/000"] == 1.0


def test_a_run_directory_is_continued_and_grows(
    pytester: pytest.Pytester, run_pytest: RunPytest, asked: Callable[[], list[str]]
) -> None:
    run_pytest("--iad-model", "counting", "--iad-run", "run", "-k", "cup")
    shutil.rmtree(pytester.path / ".iad_cache")
    asked()
    run_pytest("--iad-model", "counting", "--iad-run", "run")
    assert len(asked()) == 6 * 4
    summary = json.loads((pytester.path / "run" / "summary.json").read_text())
    assert summary["completeness"]["asked"] == summary["completeness"]["observed"] == 48


def test_other_circumstances_in_a_run_directory_are_refused(
    pytester: pytest.Pytester, run_pytest: RunPytest, asked: Callable[[], list[str]], world: tuple[str, ...]
) -> None:
    command = ["--iad-model", "counting", "--iad-run", "run", "--iad-perturbation", "original", *world]
    run_pytest(*command)
    photos = pytester.path / "parts" / "cup" / "test" / "good"
    shutil.copy(photos / "000.png", photos / "001.png")
    result = run_pytest(*command)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*folder/cup/test/good/001*made under other circumstances*"])


def test_a_killed_session_is_taken_up_where_it_stopped(
    pytester: pytest.Pytester, run_pytest: RunPytest, asked: Callable[[], list[str]], world: tuple[str, ...]
) -> None:
    run_pytest("--iad-model", "counting", "--iad-run", "whole")
    asked()
    shutil.rmtree(pytester.path / ".iad_cache")
    pytester.makeconftest(COUNTING.replace("PAUSE", "0.05"))
    command = [sys.executable, "-m", "pytest", "--iad-dataset", "folder:parts", "--iad-model", "counting"]
    session = subprocess.Popen(
        [*command, "--iad-run", "run", *world],
        cwd=pytester.path,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    run = pytester.path / "run"
    _wait_until(lambda: run.exists() and len(_lines(run)) >= 12)
    os.killpg(session.pid, signal.SIGKILL)
    session.wait()
    before = {(line["sample"], line["perturbation"]) for line in map(json.loads, _lines(run))}
    asked()
    shutil.rmtree(pytester.path / ".iad_cache")
    result = run_pytest("--iad-model", "counting", "--iad-run", "run", *world)
    result.assert_outcomes(passed=8)
    again = {tuple(line.split()) for line in asked()}
    assert not again & before
    assert len(again) + len(before) == 48
    for name in ("summary.json", "predictions.csv"):
        assert (run / name).read_bytes() == (pytester.path / "whole" / name).read_bytes()


def test_a_full_disk_costs_nothing_that_was_written(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    run_pytest("--iad-run", "whole")
    shutil.rmtree(pytester.path / ".iad_cache")
    pytester.makeconftest("import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))")
    full = run_pytest("--iad-run", "run", *world)
    assert full.ret != 0
    text = full.stdout.str()
    assert "Traceback" not in text
    assert "cannot write into" in text
    assert "make room" in text
    run = pytester.path / "run"
    before = {(line["sample"], line["perturbation"]) for line in map(json.loads, _lines(run))}
    assert 0 < len(before) < 48
    (pytester.path / "conftest.py").unlink()
    assert run_pytest("--iad-run", "run", *world).ret == 0
    assert (run / "summary.json").read_bytes() == (pytester.path / "whole" / "summary.json").read_bytes()


def test_a_killed_worker_loses_nothing_observed(
    pytester: pytest.Pytester, run_pytest: RunPytest, asked: Callable[[], list[str]]
) -> None:
    killing = COUNTING.replace("PAUSE", "0").replace(
        "            yield Reply",
        "            import os, pathlib\n"
        "            if view.sample.id.endswith('lid/test/hole/001') and not pathlib.Path('once').exists():\n"
        "                pathlib.Path('once').touch(); os.kill(os.getpid(), 9)\n"
        "            yield Reply",
    )
    pytester.makeconftest(killing)
    result = run_pytest("--iad-model", "counting", "--iad-run", "run", "-n2", "--max-worker-restart=0")
    assert result.ret != 0
    lines = [json.loads(line) for line in _lines(pytester.path / "run")]
    assert len({(line["sample"], line["perturbation"]) for line in lines}) == len(asked()) - 1
    completeness = json.loads((pytester.path / "run" / "summary.json").read_text())["completeness"]
    assert completeness["asked"] == 48
    assert completeness["observed"] == len(lines)
    assert run_pytest("--iad-model", "counting", "--iad-run", "run", "-n2").ret == 0
    completeness = json.loads((pytester.path / "run" / "summary.json").read_text())["completeness"]
    assert completeness == {"asked": 48, "observed": 48, "unreadable": 0, "failed": 0}


def test_a_run_that_misses_views_does_not_end_well(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makepyfile(
        test_cases="def test_detection(iad_case):\n    if iad_case.case.class_name == 'cup': iad_case.check()"
    )
    result = run_pytest()
    result.assert_outcomes(passed=8)
    assert result.ret == 1


def _lines(run: Path) -> list[str]:
    shards = sorted((run / "observations").glob("*.jsonl"))
    lines = [line for shard in shards for line in shard.read_text().splitlines(keepends=True)]
    return [line for line in lines if line.endswith("\n")]


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
