"""Who is asked: one file per model behind a small Protocol and one lazy door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from iad_eval.views import View
from iad_eval.words import ClassSamples, Json


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

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols it can be asked by, the default first; () for trained detectors."""

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
        """Scores of the class's training images; None for a model without scores."""

    def close(self) -> None:
        """Gives back memory and processes; may be called twice."""
