"""Who is asked: one file per model behind a small Protocol and one lazy door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from iad_eval.errors import UsageError, unknown
from iad_eval.words import ClassSamples, Json

if TYPE_CHECKING:
    from PIL import Image

    from iad_eval.views import View


@dataclass(frozen=True, slots=True, eq=False)
class Reply:
    """What a model said about a view: a score, an answer text, or the reason of a failure."""

    view: View
    score: float | None = None
    answer: str | None = None
    latency_s: float | None = None
    error: str | None = None
    details: Mapping[str, Json] = field(default_factory=dict)


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

    def calibration(self, siblings: ClassSamples) -> Calibration | None:
        """Scores of the class's training images; None for a model without scores.

        Raises IadError where they cannot be had.
        """

    def close(self) -> None:
        """Gives back memory and processes; may be called twice."""


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What a model may lean on: a folder for fits kept by content, a seed, digests and pixels of files."""

    cache: Path
    seed: int
    digests: Callable[[Path], str]
    read: Callable[[Path], Image.Image]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that ``--iad-model NAME`` can name; a name ending in ``:`` is a family, ``vllm:ID``.

    ``open`` is given the name as typed and the context. Entries are made without
    importing what the model needs: that happens in ``open``. ``protocols`` are the ways
    it can be asked, the default first; () for trained detectors.
    """

    name: str
    open: Callable[[str, ModelContext], Predictor]
    protocols: tuple[str, ...] = ()


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
    from iad_eval.predictors.trained import TrainedPredictor

    return TrainedPredictor(PatchKnn(), context.cache / "fits", context.digests, context.read)


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


_OWN = (
    ModelEntry("patch-knn", _patch_knn),
    ModelEntry("always-anomalous", _always_anomalous),
    ModelEntry("always-normal", _always_normal),
    ModelEntry("oracle", _oracle),
    ModelEntry("random", _random),
)
