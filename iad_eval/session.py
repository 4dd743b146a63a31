"""One process's part in a session, free of pytest: cases to choose from, a run to write into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.circumstances import begin
from iad_eval.errors import IadError, UsageError
from iad_eval.options import Source, run_path, settings
from iad_eval.run import LATEST, RunDirectory, give_back, new_run_path
from iad_eval.scheduling import group_of, parameters_of, written
from iad_eval.store import require_writable
from iad_eval.suite import ALONE, Place, Registered, Suite
from iad_eval.words import Case

if TYPE_CHECKING:
    from iad_eval.evaluation import Evaluation
    from iad_eval.gatekeeping import Judgement
    from iad_eval.predictors import EngineDesk
    from iad_eval.predictors.lvlm.desk import Desk
    from iad_eval.results import Results
    from iad_eval.settings import Settings
    from iad_eval.stored import StoredRun


class Session:
    """What the plugin's hooks call.

    The process that leads (a serial session, the controller of xdist) begins the run and
    concludes it; every process that runs cases observes them. A worker is given the run's
    path as ``run``, where to ask for an engine as ``engines``, and as ``compared`` the path of what
    the run is compared with, since ``runs/latest`` may be another one by now; the owner's name in
    ``place`` begins the names of the files it writes.
    """

    def __init__(
        self,
        command_line: Source,
        ini: Source,
        root: Path,
        registered: Callable[[], Registered],
        place: Place = ALONE,
        run: Path | None = None,
        engines: EngineDesk | None = None,
        compared: Path | None = None,
    ) -> None:
        self._sources = (command_line, ini)
        self._root = root
        self._registered = registered
        self._place = place
        self._given = run
        self._engines = engines
        self._compared = compared
        self._desk: Desk | None = None
        self._evaluation: Evaluation | None = None
        self._selected: list[Case] = []
        self.untouched: dict[Case, str] = {}  # with the digest of their answers
        self._is_begun = False
        self._reserved: Path | None = None

    @cached_property
    def settings(self) -> Settings:
        """What the command line and the ini file say. Raises UsageError where they cannot be read so."""
        found = settings(*self._sources)
        if self._compared is None:
            return found
        return replace(found, gates=replace(found.gates, compare=self._compared))

    @cached_property
    def suite(self) -> Suite:
        """What follows from the options. Raises IadError where they cannot be met."""
        return Suite(self.settings, self._registered(), self._engines, self._place)

    @property
    def desk(self) -> EngineDesk:
        """Where this process's workers ask for an engine; one is started when the first of them needs it."""
        if self._desk is None:
            from iad_eval.predictors.lvlm.desk import Desk

            self._desk = Desk(self.settings.cache)
        return self._desk.address

    @cached_property
    def run(self) -> RunDirectory:
        """The run's directory; nothing is written into it before the run begins."""
        asked = self._given or run_path(*self._sources)
        if asked is None:
            self._reserved = asked = new_run_path(self._root)
        elif asked.name == LATEST:
            asked = asked.resolve()  # before another session lets the link point elsewhere
        return RunDirectory(asked)

    @cached_property
    def baseline(self) -> StoredRun | None:
        """The run that this one is compared with, if any. Raises UsageError where it cannot be read."""
        compared = self.settings.gates.compare
        if compared is None:
            return None
        from iad_eval.storing import opened

        if compared.resolve() == self.run.path.resolve():
            raise UsageError(
                f"--iad-compare {compared} is the run that this session writes into: name another --iad-run, "
                f"or store it first: python -m iad_eval store {compared} -o FILE"
            )
        return replace(opened(compared), name=self.typed(compared))

    def require_gates(self) -> None:
        """Raises UsageError where a limit is on no class, or what is compared with cannot be read."""
        gates = self.settings.gates
        if gates.limits:
            classes = {name: dataset.classes() for name, dataset in self.suite.datasets.items()}
            for limits in gates.limits:
                limits.require_known(classes)
        if self._given is None or gates.changed_only:  # other workers need not read it all again
            _ = self.baseline

    def leave_untouched(self, cases: Sequence[Case]) -> list[Case]:
        """Which of the cases are left out: all that decides their answers is as in the compared run.

        None of them without ``--iad-changed-only``. Reads the photographs' files for their digests.
        """
        if not self.settings.gates.changed_only or self.baseline is None:
            return []
        from iad_eval.storing import held_key

        for case in dict.fromkeys(cases):
            keys = self.suite.keys(case)
            held = None if keys is None else held_key(self.baseline, case, keys)
            if held is not None:
                self.untouched[case] = held
        return list(self.untouched)

    def select(self, cases: Sequence[Case]) -> None:
        """The cases that may run in this process, in order, each as often as a test asks for it."""
        self._selected = list(cases)

    def begin(self, cases: Sequence[Case], command: Sequence[str]) -> int | None:
        """Opens the run for these cases; returns how many views it asks for, None if already begun.

        Raises UsageError where the run's directory or the cache cannot be used.
        """
        if self._is_begun or not (cases or self.untouched):
            return None
        self.require_gates()
        if self.run.path.name == LATEST and not self.run.path.exists():
            raise UsageError(f"there is no run yet that {self.run.path} could be: leave --iad-run out")
        require_writable(self.settings.cache, "--iad-cache")
        total = begin(self.run, self.suite, cases, command, self._root)
        self._is_begun = True
        return total

    @property
    def evaluation(self) -> Evaluation:
        """This process's evaluation, made when the first case asks for it."""
        if self._evaluation is None:
            if self._given is not None:
                self._require_planned()
            self._evaluation = self.suite.evaluation(self.run)
            self._evaluation.plan(self._selected, ahead=self._given is None)
        return self._evaluation

    def expect(self, case: Case) -> None:
        """The case that runs here after the present one. (A worker learns of it one case ahead only.)"""
        if self._given is not None and self._evaluation is not None:
            self._evaluation.expect(case)

    def typed(self, path: Path) -> str:
        """A path as a person would type it where the session was started."""
        here = self._sources[0].base
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    def _require_planned(self) -> None:
        planned = {entry.case for entry in self.run.planned()}
        if any(case not in planned for case in self._selected):
            raise UsageError(
                f"the leading process did not plan this worker's cases: no report of {self.run.path} would "
                "count them. It must know the same models, datasets and perturbations: register them in the "
                "root directory's conftest.py or in a plugin, name their conftest.py's folder on the command "
                "line, or run without workers (-n0)"
            )

    def group(self, node_id: str) -> str | None:
        """The group of cases that a node id belongs to (:mod:`iad_eval.scheduling`), None for other tests."""
        perturbations, models = self._names
        return group_of(node_id, perturbations, models)

    @cached_property
    def _names(self) -> tuple[Sequence[str], Sequence[str]]:
        try:
            return written(self.suite.perturbations), written(self.suite.models)
        except IadError:  # the workers' collections say what is wrong
            return (), ()

    def case_named(self, node_id: str) -> Case | None:
        """The case of a node id; the longest name wins where a test has parameters of its own as well."""
        if self.group(node_id) is None:
            return None
        parameters = f"-{parameters_of(node_id)}-"
        found = [(len(name), case) for name, case in self._written_ids if f"-{name}-" in parameters]
        return max(found, default=(0, None))[1]

    @cached_property
    def _written_ids(self) -> list[tuple[str, Case]]:
        return [(name, case) for case, id in self.suite.ids.items() for name in written([id])]

    def close(self) -> None:
        """Ends models and files of this process; what was observed is on disk already."""
        if self._evaluation is not None:
            self._evaluation.close()
            self._evaluation = None
        if "suite" in self.__dict__:
            self.suite.close()
        if self._desk is not None:
            self._desk.close()
            self._desk = None

    def conclude(self) -> Conclusion | None:
        """Writes the reports of the run that this process began, if it did."""
        if not self._is_begun:
            if self._reserved is not None:
                give_back(self._reserved)
            return None
        from iad_eval.gatekeeping import judgement, write
        from iad_eval.results import conclude
        from iad_eval.storing import stored_run

        gates = self.settings.gates
        results = conclude(self.run, finished=True, untouched=self.untouched)
        judged, trouble = None, None
        if gates.compare is not None or gates.limits:
            after = stored_run(
                self.typed(self.run.path),
                results.observations,
                results.training,
                results.manifest,
                self.run.planned(),
            )
            try:
                judged = judgement(
                    self.baseline,
                    after,
                    gates,
                    untouched=self.untouched,
                    manifest=results.manifest,
                )
            except UsageError as error:  # the run's own reports are written all the same
                trouble = str(error)
        write(judged, self.run.path)
        if self.settings.makes_page and results.observations:
            from iad_eval.publishing import publish

            publish(results, comparison=judged.record if judged is not None and judged.is_compared else None)
        return Conclusion(results, judged, trouble)


@dataclass(frozen=True, slots=True, eq=False)
class Conclusion:
    """What a session came to; ``trouble`` says why it could not be compared as asked."""

    results: Results
    judged: Judgement | None
    trouble: str | None
