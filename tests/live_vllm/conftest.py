"""Tests that ask a real vLLM: collected where vLLM is installed (``make test-vllm``)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from driving import alike_everywhere
from live import TINY_PLAN

from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.server import Server
from iad_eval.predictors.lvlm.ways import Own

collect_ignore_glob = ["test_*.py"] if find_spec("vllm") is None else []


@pytest.fixture(autouse=True)
def _alike_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    alike_everywhere(monkeypatch)


@pytest.fixture(scope="session")
def plan() -> EnginePlan:
    return TINY_PLAN


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def line(plan: EnginePlan, logs: Path) -> Iterator[Line]:
    """A line to an engine of this process."""
    made = Line(Own(plan, logs / "engine.log").connect)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(plan: EnginePlan, logs: Path) -> Iterator[Server]:
    """A server process, as the controller of xdist starts it."""
    made = Server(plan, logs / "server.log")
    made.wait()
    yield made
    made.stop()
