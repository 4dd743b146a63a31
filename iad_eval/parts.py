"""The parts that processes play in a session: every one offers cases and observes those that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iad_eval.errors import IadError
from iad_eval.options import Source
from iad_eval.under_test import SPEAKER
from iad_eval.words import Case

if TYPE_CHECKING:
    from iad_eval.session import Session
    from iad_eval.suite import Place

FIXTURE = "iad_case"
PART = "iad-eval-part"


class Part:
    """What every process of a session does: offer cases, observe those that it is given."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """What this process does, free of pytest; made when a case is first seen."""
        if self._session is None:
            from iad_eval.predictors import EngineDesk
            from iad_eval.session import Session

            command_line, ini = _sources(self.config)
            worker: dict[str, Any] = getattr(self.config, "workerinput", {})
            self._session = Session(
                command_line,
                ini,
                self.config.rootpath,
                self._registered,
                _place(worker),
                Path(worker["iad_run"]) if worker else None,
                EngineDesk(*worker["iad_desk"]) if "iad_desk" in worker else None,
                Path(worker["iad_compare"]) if "iad_compare" in worker else None,
            )
        return self._session

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One item for each case of the matrix."""
        if FIXTURE not in metafunc.fixturenames:
            return
        try:
            ids = self.session.suite.ids
            self.session.require_gates()
        except IadError as error:
            raise pytest.Collector.CollectError(f"{SPEAKER}{error}") from error
        cases = [pytest.param(case, id=ids[case], marks=_mark(case)) for case in ids]
        metafunc.parametrize(FIXTURE, cases, indirect=True, scope="function")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Leaves out the cases of which nothing changed, where that was asked for."""
        cases = [case for item in items if (case := case_of(item)) is not None]
        if not cases:
            return
        untouched = set(self.session.leave_untouched(cases))
        left = [item for item in items if case_of(item) in untouched]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if case_of(item) not in untouched]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """The cases that run in this process are known."""
        cases = [case for item in session.items if (case := case_of(item)) is not None]
        if cases and not session.config.option.collectonly:
            self.session.select(cases)
            self.selected(cases)

    def selected(self, cases: list[Case]) -> None:
        """The leading process has something to do here."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """The case after the present one is asked ahead."""
        if nextitem is not None and self._session is not None:
            case = case_of(nextitem)
            if case is not None and case_of(item) is not None:
                self._session.expect(case)

    def _registered(self) -> Any:
        from iad_eval.suite import Registered

        hook = self.config.hook
        return Registered(
            [entry for entries in hook.pytest_iad_models() for entry in entries],
            [entry for entries in hook.pytest_iad_datasets() for entry in entries],
            [entry for entries in hook.pytest_iad_perturbations() for entry in entries],
            hook.pytest_iad_prompts(),
        )


class WorkerPart(Part):
    """What a worker of xdist does besides: tell the leading process which cases it left out."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Ends this process's share."""
        if self._session is not None:
            self._session.close()
            left = [[asdict(case), key] for case, key in self._session.untouched.items()]
            session.config.workeroutput["iad_untouched"] = left  # type: ignore[attr-defined]  # xdist's


def session_of(config: pytest.Config) -> Session:
    """The session behind a process's part."""
    part = config.pluginmanager.get_plugin(PART)
    assert isinstance(part, Part)
    return part.session


def _place(worker: dict[str, Any]) -> Place:
    from iad_eval.suite import ALONE, Place

    if not worker:
        return ALONE
    name = str(worker["workerid"])  # gw0, gw1, ...; a worker that took another's place counts on
    workers = int(worker.get("workercount", 1))
    return Place(name, int(name.removeprefix("gw")) % workers, workers)


def _sources(config: pytest.Config) -> tuple[Source, Source]:
    def typed(name: str) -> Sequence[str]:
        return config.getoption(name) or ()

    def ini(name: str) -> Sequence[str]:
        return list(config.getini(name))

    base = config.inipath.parent if config.inipath else config.rootpath
    return Source(typed, config.invocation_params.dir), Source(ini, base)


def _mark(case: Case) -> pytest.MarkDecorator:
    return pytest.mark.iad(
        dataset=case.dataset,
        class_name=case.class_name,
        perturbation=case.perturbation,
        model=case.model,
        protocol=case.protocol,
    )


def case_of(item: pytest.Item) -> Case | None:
    """The case of an item; None for other tests."""
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get(FIXTURE) if callspec is not None else None
    return case if isinstance(case, Case) else None
