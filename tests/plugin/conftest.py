"""Drives real pytest sessions on tiny photographs, in three worlds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import CASE_FILE, WORLDS, RunPytest, alike_everywhere
from parts import write_parts


@pytest.fixture(autouse=True)
def _alike_everywhere(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """After pytester, which forgets the options that are added here."""
    alike_everywhere(monkeypatch)


@pytest.fixture
def parts(pytester: pytest.Pytester) -> Path:
    """A folder dataset of two classes with 3 training, 3 good and 3 holed photographs each."""
    return write_parts(pytester.path / "parts")


@pytest.fixture
def run_pytest(pytester: pytest.Pytester, parts: Path) -> RunPytest:
    """Runs pytest in a process of its own on the parts, asking the oracle unless told otherwise."""
    pytester.makepyfile(test_cases=CASE_FILE)

    def run(*arguments: str) -> pytest.RunResult:
        given = list(arguments)
        if "--iad-dataset" not in given:
            given += ["--iad-dataset", "folder:parts"]
        if "--iad-model" not in given:
            given += ["--iad-model", "oracle"]
        return pytester.runpytest_subprocess(*given)

    return run


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options of one of three worlds: without xdist, with it but serial, with two workers."""
    return WORLDS[request.param]


@pytest.fixture
def latest(pytester: pytest.Pytester) -> Callable[[str], Any]:
    """Reads a JSON file of the latest run."""
    return lambda name: json.loads((pytester.path / "runs" / "latest" / name).read_text())
