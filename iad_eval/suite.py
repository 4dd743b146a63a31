"""The suite of one session: settings become datasets, models and cases, and these become a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.answers import AnswerCache
from iad_eval.asks import Asking, further_draws
from iad_eval.datasets import Dataset, DatasetEntry, open_dataset
from iad_eval.errors import IadError
from iad_eval.identity import FileDigests
from iad_eval.matrix import build, case_id
from iad_eval.perturbations import Perturbation, perturbation
from iad_eval.predictors import EngineDesk, ModelContext, ModelEntry, model_entry
from iad_eval.predictors.recipes import read_recipes
from iad_eval.progress import Said
from iad_eval.prompts import DEFAULT_PROTOCOLS, PromptBook, load
from iad_eval.run import PlannedCase, RunDirectory
from iad_eval.settings import Settings
from iad_eval.shelf import Shelf
from iad_eval.words import Case, ClassSamples, Json, Sample

if TYPE_CHECKING:
    from iad_eval.evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Registered:
    """What third parties add through the plugin's hooks."""

    models: Sequence[ModelEntry] = ()
    datasets: Sequence[DatasetEntry] = ()
    perturbations: Sequence[Perturbation] = ()
    prompts: Path | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """This process's place among those that share a session's cases and the machine's devices."""

    owner: str
    worker: int = 0
    workers: int = 1


ALONE = Place("main")


class Suite:
    """Everything that follows from the settings, made when it is first needed.

    Any access may raise IadError: a wrong name, a folder that holds no such dataset.
    """

    def __init__(
        self,
        settings: Settings,
        registered: Registered,
        engines: EngineDesk | None = None,
        place: Place = ALONE,
    ) -> None:
        self.settings = settings
        self._registered = registered
        self._engines = engines
        self._place = place
        self._said = Said()

    @cached_property
    def datasets(self) -> Mapping[str, Dataset]:
        """Datasets by name."""
        others = self._registered.datasets
        return {spec.name: open_dataset(spec, self.settings, others) for spec in self.settings.datasets}

    @cached_property
    def perturbations(self) -> Mapping[str, Perturbation]:
        """Perturbations by canonical name: ``rotate:15.0`` and ``rotate:15`` are one."""
        others = {own.name: own for own in self._registered.perturbations}
        found = [perturbation(name, others) for name in self.settings.perturbations]
        return {each.name: each for each in found}

    @cached_property
    def models(self) -> Mapping[str, ModelEntry]:
        """Entries of models by the name typed."""
        entries = {name: model_entry(name, self._registered.models) for name in self.settings.models}
        return {name: self._with_own_protocols(entry) for name, entry in entries.items()}

    @cached_property
    def prompts(self) -> PromptBook:
        """What LVLMs are asked. Raises UsageError for a prompt file that does not read."""
        return load(
            self._prompt_file,
            {spec.name: spec.kind for spec in self.settings.datasets},
            {name: dataset.classes() for name, dataset in self.datasets.items()},
            list(self.perturbations),
        )

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The whole matrix, before any selection by pytest."""
        return build(
            list(self.datasets.values()),
            self.settings.classes,
            list(self.perturbations),
            self.models,
            self.settings.protocols,
        )

    @cached_property
    def ids(self) -> Mapping[Case, str]:
        """The id of each case."""
        return {case: case_id(case, self.models) for case in self.cases}

    @cached_property
    def shelf(self) -> Shelf:
        """The session's models."""
        from iad_eval.pixels import read_image

        return Shelf(
            self.models,
            ModelContext(
                self.settings.cache,
                self.settings.seed,
                self._digests,
                read_image,
                self.settings.lvlm,
                lambda *asked: self.prompts.prompt(*asked),
                self._engines,
                self.settings.detectors,
                read_recipes(self.settings.detectors.recipes, self.models),
                self._all_training,
                self._place.worker,
                self._place.workers,
                self._said,
            ),
        )

    def evaluation(self, run: RunDirectory) -> Evaluation:
        """This process's share of a run."""
        from iad_eval.album import Album
        from iad_eval.evaluation import Evaluation
        from iad_eval.ledger import Ledger
        from iad_eval.maps import Maps
        from iad_eval.photographs import Photographs
        from iad_eval.pictures import Pictures

        owner = self._place.owner
        self._said.begin(run.saying_folder, owner)
        earlier = self._earlier()
        answers = AnswerCache(self.settings.cache, owner, self._recorded(), earlier)
        photographs = Photographs()
        maps = Maps(run.path, self.settings.cache, earlier.path if earlier is not None else None)
        ledger = Ledger(run, answers, maps, owner, photographs.view)
        pictures = Pictures(run.path, self.settings.cache) if self.settings.makes_page else None
        return Evaluation(self._asking, ledger, self.shelf, photographs, Album(photographs, pictures))

    def siblings(self, case: Case) -> ClassSamples:
        """The samples of the case's class that the session uses."""
        return self._asking.siblings(case)

    def planned(self, cases: Iterable[Case]) -> list[PlannedCase]:
        """The selected cases, each once, with their numbers of views."""
        return [PlannedCase(case, len(self.siblings(case).test)) for case in dict.fromkeys(cases)]

    def keys(self, case: Case) -> dict[str, str] | None:
        """The identity of the answer about each of a case's samples; None where one cannot be asked about.

        Reads the files of the class for their digests, decodes none.
        """
        try:
            asks = self._asking.asks(case, self.shelf.predictor(case.model))
        except IadError:
            return None
        first = [ask for ask in asks if not ask.repeat]
        return None if any(ask.trouble for ask in first) else {ask.sample.id: ask.key for ask in first}

    def repeats(self, cases: Iterable[Case]) -> dict[str, Json]:
        """How often each model is asked about a view, 1 where it draws nothing; empty without repeats."""
        count = self.settings.repeats
        models = sorted({case.model for case in cases}) if count > 1 else []
        return {name: 1 + len(further_draws(self.shelf.predictor(name), count)) for name in models}

    def close(self) -> None:
        """Closes the models that were opened, if any."""
        if "shelf" in self.__dict__:
            self.shelf.close()
        self._said.close()

    def _all_training(self, dataset: str) -> tuple[Sample, ...]:
        """The training samples of all classes of a dataset, also of those that the session leaves out."""
        found = self.datasets[dataset]
        return tuple(
            sample for name in found.classes() for sample in self._asking.prepared(found, name).train
        )

    @property
    def _prompt_file(self) -> Path | None:
        return self.settings.lvlm.prompts or self._registered.prompts

    def _with_own_protocols(self, entry: ModelEntry) -> ModelEntry:
        """An LVLM can be asked in the user's own ways as well."""
        if self._prompt_file is None or entry.protocols != DEFAULT_PROTOCOLS:
            return entry
        return replace(entry, protocols=self.prompts.protocols)

    def _earlier(self) -> RunDirectory | None:
        """The run that this one is compared with, where it is a directory: its answers hold here, too."""
        compared = self.settings.gates.compare
        return RunDirectory(compared) if compared is not None and compared.is_dir() else None

    def _recorded(self) -> dict[str, Path]:
        if not self.settings.lvlm.uses_recorded:
            return {}
        return {name: entry.recorded for name, entry in self.models.items() if entry.recorded is not None}

    @cached_property
    def _digests(self) -> FileDigests:
        return FileDigests()

    @cached_property
    def _asking(self) -> Asking:
        chosen = self.settings
        return Asking(self.datasets, self.perturbations, chosen.limit, self._digests, chosen.repeats)
