"""The pytest plugin: takes pytest's objects, calls plain methods, hands the results back.

A test function that asks for the fixture ``iad_case`` becomes one item for each case of
the matrix. A session without such an item reads and writes nothing and imports nothing
beyond this file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iad_eval.errors import IadError
from iad_eval.options import OPTIONS, Source
from iad_eval.under_test import SPEAKER, CaseUnderTest
from iad_eval.words import Case

if TYPE_CHECKING:
    from iad_eval.gatekeeping import Judgement
    from iad_eval.predictors import Predictor
    from iad_eval.progress import LiveLine
    from iad_eval.reports import Document
    from iad_eval.session import Conclusion, Session
    from iad_eval.suite import Place

FIXTURE = "iad_case"
MARKER = "iad(dataset, class_name, perturbation, model, protocol): a case of the evaluation matrix"
WRONG_USE = 2


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
    part = _WorkerPart(config) if hasattr(config, "workerinput") else _LeadingPart(config)
    config.pluginmanager.register(part, "iad-eval-part")


@pytest.fixture(scope="session")
def iad_models(pytestconfig: pytest.Config) -> Callable[[str], Predictor]:
    """Reaches for a model of the session by its name; each is opened once and closed at the end."""
    return _session(pytestconfig).suite.shelf.held


@pytest.fixture
def iad_case(request: pytest.FixtureRequest) -> CaseUnderTest:
    """One case of the matrix: ``iad_case.check()`` observes it and fails where it cannot be observed."""
    if not hasattr(request, "param"):
        pytest.fail(f"only a test function can ask for {FIXTURE}, and by that name", pytrace=False)
    return CaseUnderTest(request.param, _session(request.config), request.node)


class _Part:
    """What every process of a session does: offer cases, observe those that it is given."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._session: Session | None = None

    @property
    def session(self) -> Session:
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
        cases = [case for item in items if (case := _case_of(item)) is not None]
        if not cases:
            return
        untouched = set(self.session.leave_untouched(cases))
        left = [item for item in items if _case_of(item) in untouched]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item in items if _case_of(item) not in untouched]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        cases = [case for item in session.items if (case := _case_of(item)) is not None]
        if cases and not session.config.option.collectonly:
            self.session.select(cases)
            self.selected(cases)

    def selected(self, cases: list[Case]) -> None:
        """The leading process has something to do here."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        if nextitem is not None and self._session is not None:
            case = _case_of(nextitem)
            if case is not None and _case_of(item) is not None:
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


class _WorkerPart(_Part):
    """What a worker of xdist does besides: tell the leading process which cases it left out."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self._session is not None:
            self._session.close()
            left = [[asdict(case), key] for case, key in self._session.untouched.items()]
            session.config.workeroutput["iad_untouched"] = left  # type: ignore[attr-defined]  # xdist's


class _LeadingPart(_Part):
    """What the serial process or the controller does besides: begin the run, show it, report it."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._line: LiveLine | None = None
        self._conclusion: Conclusion | None = None
        self._trouble: str | None = None
        self._was_used_wrongly = False

    def selected(self, cases: list[Case]) -> None:
        try:
            views = self.session.begin(cases, ["pytest", *map(str, self.config.invocation_params.args)])
        except IadError as error:
            pytest.exit(f"{SPEAKER}{error}", returncode=WRONG_USE)
        if views:
            self._line = _live_line(self.config, self.session, views)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and report.longreprtext.startswith(SPEAKER):
            self._was_used_wrongly = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Concludes before anybody else reports, so that a failed gate is in every report of failures."""
        if self._line is not None:
            self._line.close()
        unexpected: Exception | None = None
        if self._session is not None:
            try:
                self._conclude(session)
            except IadError as error:
                self._trouble = str(error)
                session.exitstatus = WRONG_USE
            except Exception as error:  # the others report first
                unexpected = error
        try:
            yield
        finally:  # a model that cannot be closed costs no report
            if self._session is not None:
                self._session.close()
        if unexpected is not None:
            raise unexpected

    def _conclude(self, session: pytest.Session) -> None:
        assert self._session is not None
        if self._was_used_wrongly:  # xdist would say 1
            session.exitstatus = WRONG_USE
        if self._session.untouched and not session.config.option.collectonly:
            self.selected([])  # where all cases were left out as untouched, they are compared all the same
            if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
                session.exitstatus = pytest.ExitCode.OK
        self._conclusion = found = self._session.conclude()
        if found is None:
            return
        if found.trouble is not None:
            self._trouble, session.exitstatus = found.trouble, WRONG_USE
        if found.judged is not None and found.judged.fails:
            reporter = session.config.pluginmanager.get_plugin("terminalreporter")
            if reporter is not None:
                reporter.write("\n")  # their letters start a line: those of the cases are counted to 100%
            for report in _gate_reports(found.judged, found.results.run, self._typed(found.results.run)):
                session.testsfailed += 1
                session.testscollected += 1
                session.config.hook.pytest_runtest_logreport(report=report)
        if not found.results.is_complete or (found.judged is not None and found.judged.fails):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        if self._trouble is not None:
            terminalreporter.write_line(f"{SPEAKER}{self._trouble}", red=True)
        found = self._conclusion
        if found is None:
            return
        is_verbose = config.option.verbose > 0
        if found.results.observations or not found.judged:
            here = config.invocation_params.dir
            _write(terminalreporter, found.results.document(verbose=is_verbose, next_from=here))
        if found.judged is not None:
            typed = self._typed(found.results.run)
            has_page = (found.results.run / "report.html").is_file()
            judged = found.judged.document(verbose=is_verbose, run=typed, has_page=has_page)
            _write(terminalreporter, judged)
            commands = found.judged.workflow_commands()
            terminalreporter.write(f"\n{commands}" if commands else "", flush=True)

    def _typed(self, path: Path) -> str:
        """A path as a person would type it where pytest was started."""
        here = self.config.invocation_params.dir
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        from iad_eval.words import Case

        for left, key in getattr(node, "workeroutput", {}).get("iad_untouched", ()):
            self.session.untouched[Case(**left)] = key

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["iad_run"] = str(self.session.run.path)
        try:
            desk, compared = self.session.desk, self.session.settings.gates.compare
        except IadError:  # the workers' collections say what is wrong
            return
        node.workerinput["iad_desk"] = (desk.port, desk.secret)
        if compared is not None:
            node.workerinput["iad_compare"] = str(compared)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        if config.getvalue("dist") != "load":
            return None  # the user chose another way to share out tests
        from iad_eval.scheduling import CaseScheduling

        return CaseScheduling(config, log, self.session.group)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        try:
            cases = [case for id in ids if (case := self.session.case_named(id)) is not None]
        except IadError as error:
            pytest.exit(f"{SPEAKER}{error}", returncode=WRONG_USE)
        if cases:
            self.selected(cases)


def _gate_reports(judged: Judgement, run: Path, typed: str) -> Iterator[pytest.TestReport]:
    """A failed gate as a failed test, which says which of the run's files tell more."""
    from iad_eval.gatekeeping import COMPARISON_TEXT
    from iad_eval.results import PAGE

    written = [name for name in (PAGE, COMPARISON_TEXT) if (run / name).is_file()]
    look = ", ".join(f"{typed}/{name}" for name in written or ["report.md"])
    for name, message in judged.failures(look):
        location = ("iad-eval gates", None, name)
        yield pytest.TestReport(
            f"iad-eval gates::{name}", location, {}, "failed", f"{SPEAKER}{message}", "call"
        )


def _write(reporter: pytest.TerminalReporter, document: Document) -> None:
    from iad_eval.reports.terminal import can_show, text_for

    writer = reporter._tw
    encoding = getattr(writer._file, "encoding", None)
    text = text_for(
        document, width=writer.fullwidth, colour=reporter.hasmarkup, ascii_only=not can_show(encoding)
    )
    reporter.write_line(text)


def _place(worker: dict[str, Any]) -> Place:
    from iad_eval.suite import ALONE, Place

    if not worker:
        return ALONE
    name = str(worker["workerid"])  # gw0, gw1, ...; a worker that took another's place counts on
    workers = int(worker.get("workercount", 1))
    return Place(name, int(name.removeprefix("gw")) % workers, workers)


def _session(config: pytest.Config) -> Session:
    part = config.pluginmanager.get_plugin("iad-eval-part")
    assert isinstance(part, _Part)
    return part.session


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


def _case_of(item: pytest.Item) -> Case | None:
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get(FIXTURE) if callspec is not None else None
    return case if isinstance(case, Case) else None


def _live_line(config: pytest.Config, session: Session, views: int) -> LiveLine | None:
    """The live line on a terminal; nothing of it anywhere else, or where tests print past pytest (``-s``)."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not reporter.isatty or os.environ.get("TERM") == "dumb":
        return None
    if config.option.capture == "no":
        return None
    from iad_eval.progress import FileWithLine, LiveLine

    writer = reporter._tw
    file = FileWithLine(writer._file, lambda: int(writer.fullwidth))
    writer._file = file
    line = LiveLine(session.run.observations_folder, session.run.saying_folder, views, file.show)
    line.start()
    return line
