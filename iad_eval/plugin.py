"""The pytest plugin: takes pytest's objects, calls plain methods, hands the results back.

A test function that asks for the fixture ``iad_case`` becomes one item for each case of
the matrix. A session without such an item reads and writes nothing and imports nothing
beyond the parts that processes play (:mod:`iad_eval.parts`, :mod:`iad_eval.leading`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from iad_eval.leading import LeadingPart
from iad_eval.options import OPTIONS
from iad_eval.parts import FIXTURE, PART, WorkerPart, session_of
from iad_eval.under_test import CaseUnderTest

if TYPE_CHECKING:
    from iad_eval.predictors import Predictor

MARKER = "iad(dataset, class_name, perturbation, model, protocol): a case of the evaluation matrix"


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds the hooks by which others register models, datasets and perturbations."""
    from iad_eval import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds every option twice: on the command line and in the ini file."""
    group = parser.getgroup("iad", "industrial anomaly detection (iad-eval)")
    for option in OPTIONS:
        option.add_to(group.addoption)
        parser.addini(option.name, option.help, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Registers what this process does: a worker observes, the leading process also reports."""
    config.addinivalue_line("markers", MARKER)
    part = WorkerPart(config) if hasattr(config, "workerinput") else LeadingPart(config)
    config.pluginmanager.register(part, PART)


@pytest.fixture(scope="session")
def iad_models(pytestconfig: pytest.Config) -> Callable[[str], Predictor]:
    """Reaches for a model of the session by its name; each is opened once and closed at the end."""
    return session_of(pytestconfig).suite.shelf.held


@pytest.fixture
def iad_case(request: pytest.FixtureRequest) -> CaseUnderTest:
    """One case of the matrix: ``iad_case.check()`` observes it and fails where it cannot be observed."""
    if not hasattr(request, "param"):
        pytest.fail(f"only a test function can ask for {FIXTURE}, and by that name", pytrace=False)
    return CaseUnderTest(request.param, session_of(request.config), request.node)
