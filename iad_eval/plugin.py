"""The pytest plugin: takes pytest's objects, calls plain methods, hands the results back.

A test function that asks for the fixture ``iad_case`` becomes one item for each case of
the matrix. Nothing is read or written in sessions that have no such item.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iad_eval import hookspecs
from iad_eval.errors import IadError
from iad_eval.options import OPTIONS, Source, run_path, settings
from iad_eval.run import RunDirectory
from iad_eval.suite import Registered, Suite
from iad_eval.words import Case

if TYPE_CHECKING:
    from iad_eval.evaluation import CaseResult, Evaluation
    from iad_eval.predictors import Predictor
    from iad_eval.progress import LiveLine
    from iad_eval.results import Results

FIXTURE = "iad_case"
MARKER = "iad(dataset, class_name, perturbation, model, protocol): a case of the evaluation matrix"


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("iad", "industrial anomaly detection (iad-eval)")
    for option in OPTIONS:
        again = " (repeatable)" if option.repeatable else ""
        group.addoption(option.flag, action="append", metavar=option.metavar, help=option.help + again)
        parser.addini(option.name, option.help, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    worker = hasattr(config, "workerinput")
    config.pluginmanager.register((_Worker if worker else _Session)(config), "iad-eval-session")


@pytest.fixture(scope="session")
def iad_models(pytestconfig: pytest.Config) -> Callable[[str], Predictor]:
    """Reaches for a model of the session by its name; each is opened once and closed at the end."""
    return _of(pytestconfig).suite.shelf.predictor


@pytest.fixture
def iad_case(request: pytest.FixtureRequest) -> CaseUnderTest:
    """One case of the matrix: ``iad_case.check()`` observes it and fails where it could not be observed."""
    if not hasattr(request, "param"):
        pytest.fail(f"{FIXTURE} is given to test functions; a fixture cannot ask for it on its own")
    return CaseUnderTest(request.param, _of(request.config).evaluation)


class CaseUnderTest:
    """What a test function sees of a case."""

    def __init__(self, case: Case, evaluation: Callable[[], Evaluation]) -> None:
        self.case = case
        self._evaluation = evaluation

    def observe(self) -> CaseResult:
        """Everything the model says about the case's views; the test fails where it cannot be asked."""
        try:
            return self._evaluation().observe(self.case)
        except IadError as error:
            pytest.fail(str(error), pytrace=False)

    def check(self) -> CaseResult:
        """Observes the case; the test fails where a view could not be observed."""
        result = self.observe()
        complaint = result.complaint()
        if complaint is not None:
            pytest.fail(complaint, pytrace=False)
        return result


class _Process:
    """What every process of a session does: make cases, observe those that it is given."""

    owner = "main"

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self._suite: Suite | None = None
        self._evaluation: Evaluation | None = None
        self._here: list[Case] = []

    @property
    def suite(self) -> Suite:
        if self._suite is None:
            hook = self.config.hook
            registered = Registered(
                [entry for entries in hook.pytest_iad_models() for entry in entries],
                [entry for entries in hook.pytest_iad_datasets() for entry in entries],
                [entry for entries in hook.pytest_iad_perturbations() for entry in entries],
            )
            self._suite = Suite(settings(*_sources(self.config)), registered)
        return self._suite

    def run(self) -> RunDirectory:
        raise NotImplementedError

    def evaluation(self) -> Evaluation:
        if self._evaluation is None:
            self._evaluation = self.suite.evaluation(self.run(), self.owner)
            self._evaluation.plan(self._here, ahead=self.owner == "main")
        return self._evaluation

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if FIXTURE not in metafunc.fixturenames:
            return
        try:
            ids = self.suite.ids
        except IadError as error:
            raise pytest.Collector.CollectError(f"iad-eval: {error}") from error
        cases = [pytest.param(case, id=ids[case], marks=_mark(case)) for case in ids]
        metafunc.parametrize(FIXTURE, cases, indirect=True, scope="function")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if not session.config.option.collectonly:
            self._here = [case for item in session.items if (case := _case_of(item)) is not None]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if self._evaluation is not None:
            self._evaluation.close()
            self._evaluation = None


class _Worker(_Process):
    """A worker of pytest-xdist: writes into the run that the controller opened."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._input: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]  # xdist puts it there
        self.owner = str(self._input["workerid"])

    def run(self) -> RunDirectory:
        return RunDirectory(Path(self._input["iad_run"]))


class _Session(_Process):
    """The whole session: opens the run, shows its progress, reports at the end."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._run: RunDirectory | None = None
        self._line: LiveLine | None = None
        self._begun = False
        self._results: Results | None = None

    def run(self) -> RunDirectory:
        if self._run is None:
            from iad_eval.run import new_run_path

            asked = run_path(*_sources(self.config))
            self._run = RunDirectory(asked or new_run_path(self.config.rootpath))
        return self._run

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        super().pytest_collection_finish(session)
        if self._here:
            self._begin(self._here)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["iad_run"] = str(self.run().path)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        if config.getvalue("dist") != "load":
            return None  # the user chose another way to share out tests
        from iad_eval.scheduling import CaseScheduling, group_of

        chosen = settings(*_sources(config))
        return CaseScheduling(config, log, lambda id: group_of(id, chosen.perturbations, chosen.models))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        from iad_eval.scheduling import group_of

        chosen = settings(*_sources(self.config))
        if self._begun or not any(group_of(id, chosen.perturbations, chosen.models) for id in ids):
            return
        self._begin([case for id in ids if (case := _case_named(id, self.suite)) is not None])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:  # type: ignore[override]  # pytest fills in what is named
        super().pytest_sessionfinish()
        if self._line is not None:
            self._line.close()
        if self._begun:
            from iad_eval.results import conclude

            self._results = conclude(self.run())
            if not self._results.is_complete and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self._results is not None:
            from iad_eval.reports.terminal import write_report

            write_report(self._results, terminalreporter)

    def _begin(self, cases: list[Case]) -> None:
        from iad_eval.circumstances import begin

        try:
            total = begin(self.run(), self.suite, cases, sys.argv, self.config.rootpath)
        except IadError as error:
            pytest.exit(f"iad-eval: {error}", returncode=2)
        self._begun = True
        self._show_progress(total)

    def _show_progress(self, total: int) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or not reporter.isatty:
            return
        from iad_eval.progress import LiveLine

        def write(text: str) -> None:
            reporter._tw._file.write(text)
            reporter._tw._file.flush()

        self._line = LiveLine(self.run().observations_folder, total, write, lambda: reporter._tw.fullwidth)
        self._line.start()


def _of(config: pytest.Config) -> _Process:
    found = config.pluginmanager.get_plugin("iad-eval-session")
    assert isinstance(found, _Process)
    return found


def _sources(config: pytest.Config) -> tuple[Source, Source]:
    def typed(name: str) -> Iterable[str]:
        return config.getoption(name) or ()

    def ini(name: str) -> Iterable[str]:
        return config.getini(name)

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


def _case_named(node_id: str, suite: Suite) -> Case | None:
    """The case of a node id; the longest id wins where a test has parameters of its own as well."""
    bracket = node_id.partition("[")[2].removesuffix("]")
    found = [
        case
        for case, id in suite.ids.items()
        if bracket == id or bracket.startswith(f"{id}-") or bracket.endswith(f"-{id}")
    ]
    return max(found, key=lambda case: len(suite.ids[case]), default=None)
