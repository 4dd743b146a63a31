"""What tests that drive pytest share: the three worlds, a case file, a reader of runs."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any, Protocol

import pytest

WORLDS = {"serial": ("-p", "no:xdist"), "n0": ("-n0",), "n2": ("-n2",)}

CASE_FILE = """
def test_detection(iad_case):
    iad_case.check()
"""

WITH_BASELINES = f"""
import sys

sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from baselines import ENTRIES


def pytest_iad_models():
    return ENTRIES
"""


class RunPytest(Protocol):
    def __call__(self, *arguments: str) -> pytest.RunResult: ...


def alike_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets what makes pytest or rich print otherwise on some machines, as continuous integration does."""
    for name in (
        "CI",
        "BUILD_NUMBER",
        "GITHUB_ACTIONS",
        "COLUMNS",
        "NO_COLOR",
        "FORCE_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--iad-page=no")  # seconds that few tests are about


def hears_ctrl_c() -> None:
    """For a new process: a script in the background has its children ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def observed(run: Path) -> list[dict[str, Any]]:
    """The lines of all observations of a run."""
    return [
        json.loads(line)
        for shard in sorted((run / "observations").glob("*.jsonl"))
        for line in shard.read_text().splitlines()
    ]


def untimed(run: Path) -> dict[str, Any]:
    """The summary of a run without what a clock told."""
    summary: dict[str, Any] = json.loads((run / "summary.json").read_text())
    summary.pop("serving", None)
    for each in summary["cost"]:
        del each["seconds_median"], each["seconds_mean"]
    return summary
