"""Who is asked: one file per model behind a small Protocol and one lazy door."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from iad_eval.errors import UsageError, unknown
from iad_eval.predictors.recipes import recipe_for
from iad_eval.prompts import DEFAULT_PROTOCOLS, Prompt, load
from iad_eval.settings import DetectorSettings, LvlmSettings
from iad_eval.words import ClassSamples, Json, Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from iad_eval.views import View


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What a model said about a view: a score, an answer text, or the reason of a failure.

    ``anomaly_map`` says where its score comes from: (height, width) of the view's image.
    """

    view: View
    score: float | None = None
    answer: str | None = None
    latency_s: float | None = None
    error: str | None = None
    details: Mapping[str, Json] = field(default_factory=dict)
    anomaly_map: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Training scores of one class, and how they were taken (``leave-one-out``, ``in-sample`` ...)."""

    scores: tuple[float, ...]
    taken: str


class Predictor(Protocol):
    """A model of the session. Constructing one loads nothing; the first view does."""

    @property
    def name(self) -> str:
        """The name that case ids end with."""

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """All that decides an answer besides the photograph and the perturbation.

        Reads files at most: no image is decoded, no weights are loaded.
        """

    def describe(self) -> Mapping[str, Json]:
        """Settings for the manifest: what it is, at which revision, set how."""

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """One reply for each view, in any order; pulls views as it has room for them.

        A view or a class that cannot be judged becomes a reply with an error.
        """

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """Scores of the class's training images, asked as ``protocol`` says; None where none are to be had.

        Raises IadError where they cannot be had.
        """

    def close(self) -> None:
        """Gives back memory and processes; may be called twice."""


@runtime_checkable
class Calibrated(Protocol):
    """A predictor whose training scores hang on more than its answers do: which photographs are scored."""

    def calibration_identity(self, siblings: ClassSamples, protocol: str | None) -> Mapping[str, Json]:
        """All that decides the training scores. Raises IadError as ``identity`` does."""


@runtime_checkable
class Individual(Protocol):
    """A predictor whose answer hangs on which photograph it is, not only on what it shows."""

    def individual_identity(self, sample: Sample, perturbation: str) -> Mapping[str, Json]:
        """All that decides this sample's answer besides its pixels and the class's ``identity``."""


@runtime_checkable
class Sampled(Protocol):
    """A predictor whose answers are drawn: asked again about a view, it may say something else."""

    def redrawn_identity(self, repeat: int) -> Mapping[str, Json] | None:
        """What the ``repeat``-th further draw (from 1 on) adds to the identity; None where none is drawn."""


Prompting = Callable[[str, str, str, str, int], Prompt]
"""Dataset, class, perturbation, protocol, number of references -> the prompt. May raise UsageError."""


def paper_prompt(dataset: str, class_name: str, perturbation: str, protocol: str, shots: int = 1) -> Prompt:
    """The paper's own prompt, for a dataset that is called what it is: ``mvtec``, ``visa``, ``synthetic``."""
    return load(None, {dataset: dataset}, {dataset: [class_name]}, [perturbation]).prompt(
        dataset, class_name, perturbation, protocol, shots
    )


@dataclass(frozen=True, slots=True)
class EngineDesk:
    """Where a worker asks for the engine that the leading process runs: a port of this machine, a secret."""

    port: int
    secret: bytes


def _no_classes(dataset: str) -> tuple[Sample, ...]:
    return ()


def _unheard(text: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What a model may lean on: a folder for fits kept by content, a seed, digests and pixels of files.

    LVLMs find their settings in ``lvlm`` and the words in ``prompting``; ``engines``, where it is
    set, gives the server that the leading process runs for all workers.

    Trained detectors find theirs in ``detectors``, ``recipes`` holds the tables of
    ``--iad-detectors`` by model, ``training`` gives a dataset's training samples of all classes.
    This is process ``worker`` of ``workers`` that share the machine's devices. ``progress``
    shows a person what is being done, until it is told something else or "".
    """

    cache: Path
    seed: int
    digests: Callable[[Path], str]
    read: Callable[[Path], Image.Image]
    lvlm: LvlmSettings = field(default_factory=LvlmSettings)
    prompting: Prompting = paper_prompt
    engines: EngineDesk | None = None
    detectors: DetectorSettings = field(default_factory=DetectorSettings)
    recipes: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    training: Callable[[str], tuple[Sample, ...]] = _no_classes
    worker: int = 0
    workers: int = 1
    progress: Callable[[str], None] = _unheard

    def recipe(self, name: str) -> Mapping[str, Json]:
        """What ``--iad-detectors`` says of a model: its own table, laid over that of its family."""
        return recipe_for(name, self.recipes)

    @contextlib.contextmanager
    def saying(self, text: str) -> Iterator[None]:
        """Shows a text as long as it takes."""
        self.progress(text)
        try:
            yield
        finally:
            self.progress("")


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that ``--iad-model NAME`` can name; a name ending in ``:`` is a family, ``vllm:ID``.

    ``open`` is given the name as typed and the context. Entries are made without
    importing what the model needs: that happens in ``open``. ``protocols`` are the ways
    it can be asked, the default first; () for trained detectors. ``recorded`` is a folder of
    answers that came with the model (laid out as the answer cache is).
    """

    name: str
    open: Callable[[str, ModelContext], Predictor]
    protocols: tuple[str, ...] = ()
    recorded: Path | None = None


def model_entry(name: str, others: Iterable[ModelEntry] = ()) -> ModelEntry:
    """The entry that a typed name means; ``others`` are models that third parties registered.

    Raises UsageError for an unknown name, with the nearest known ones.
    """
    entries = {entry.name: entry for entry in (*_OWN, *others)}
    family = name.partition(":")[0] + ":"
    if name == family:
        raise UsageError(f"--iad-model {name} says nothing after the colon; type --iad-model {family}NAME")
    found = entries.get(name) or (entries.get(family) if ":" in name else None)
    if found is None:
        raise unknown("model", name, entries, "--iad-model")
    return found


def _patch_knn(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.patch_knn import PatchKnn
    from iad_eval.predictors.trained import OneForAll, TrainedPredictor

    return TrainedPredictor(OneForAll(PatchKnn()), context)


def _always_anomalous(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.floors import Constant

    return Constant(name, "Yes.")


def _always_normal(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.floors import Constant

    return Constant(name, "No.")


def _oracle(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.floors import Oracle

    return Oracle(name)


def _random(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.floors import Random

    return Random(name, context.seed, context.digests)


def _scores(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.scores_file import ScoresFile

    return ScoresFile(name)


def _lvlm(name: str, context: ModelContext) -> Predictor:
    from iad_eval.predictors.lvlm import open_lvlm

    return open_lvlm(name, context)


TINY = Path(__file__).parents[1] / "checkpoints" / "qwen2-vl-tiny"
"""The embedded checkpoint: trained on drawn parts, for trying things out (its card says what it is not)."""

_OWN = (
    ModelEntry("patch-knn", _patch_knn),
    ModelEntry("qwen2-vl-72b-awq", _lvlm, DEFAULT_PROTOCOLS),
    ModelEntry("qwen2-vl-7b", _lvlm, DEFAULT_PROTOCOLS),
    ModelEntry("qwen2-vl-2b", _lvlm, DEFAULT_PROTOCOLS),
    ModelEntry("qwen2-vl-tiny", _lvlm, DEFAULT_PROTOCOLS, TINY / "recorded"),
    ModelEntry("vllm:", _lvlm, DEFAULT_PROTOCOLS),
    ModelEntry("scores:", _scores),
    ModelEntry("always-anomalous", _always_anomalous),
    ModelEntry("always-normal", _always_normal),
    ModelEntry("oracle", _oracle),
    ModelEntry("random", _random),
)
