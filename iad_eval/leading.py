"""The part of the process that leads a session: it begins the run, shows it, concludes it, reports it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iad_eval.errors import IadError
from iad_eval.parts import Part
from iad_eval.under_test import SPEAKER
from iad_eval.words import Case

if TYPE_CHECKING:
    from iad_eval.gatekeeping import Judgement
    from iad_eval.progress import LiveLine
    from iad_eval.reports import Document
    from iad_eval.session import Conclusion, Session

WRONG_USE = 2


class LeadingPart(Part):
    """What the serial process or the controller does besides: begin the run, show it, report it."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._line: LiveLine | None = None
        self._conclusion: Conclusion | None = None
        self._trouble: str | None = None
        self._was_used_wrongly = False

    def selected(self, cases: list[Case]) -> None:
        """Begins the run."""
        try:
            views = self.session.begin(cases, ["pytest", *map(str, self.config.invocation_params.args)])
        except IadError as error:
            pytest.exit(f"{SPEAKER}{error}", returncode=WRONG_USE)
        if views:
            self._line = _live_line(self.config, self.session, views)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remembers that a collection failed by somebody's hand."""
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
            for report in _gate_reports(
                found.judged, found.results.run, self.session.typed(found.results.run)
            ):
                session.testsfailed += 1
                session.testscollected += 1
                session.config.hook.pytest_runtest_logreport(report=report)
        if not found.results.is_complete or (found.judged is not None and found.judged.fails):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Prints the reports of the run."""
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
            from iad_eval.results import PAGE

            typed = self.session.typed(found.results.run)
            has_page = (found.results.run / PAGE).is_file()
            judged = found.judged.document(verbose=is_verbose, run=typed, has_page=has_page)
            _write(terminalreporter, judged)
            commands = found.judged.workflow_commands()
            terminalreporter.write(f"\n{commands}" if commands else "", flush=True)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker told which cases it left out."""
        for left, key in getattr(node, "workeroutput", {}).get("iad_untouched", ()):
            self.session.untouched[Case(**left)] = key

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tells a worker of the run, of the engine, and of what the run is compared with."""
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
        """Keeps all views of a class and model on one worker."""
        if config.getvalue("dist") != "load":
            return None  # the user chose another way to share out tests
        from iad_eval.scheduling import CaseScheduling

        return CaseScheduling(config, log, self.session.group)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """The cases that run in some worker are known."""
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
