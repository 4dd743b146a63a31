"""What two runs both have, as arrays, and what either lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from iad_eval.judging import Asker, Calls
from iad_eval.metrics import Bools, Floats
from iad_eval.paired.pairs import Pairs
from iad_eval.words import Case, Threshold

ABSENT = -2
"""The call of a view that is not compared, beside the verdicts of :data:`Calls`."""

Side = Literal["before", "after"]

SIDES: tuple[Side, Side] = ("before", "after")

Reason = Literal["not run", "no such photograph", "not observed", "other photograph", "other truth"]
"""Why a view is not compared: its case was not asked for; the class has no such photograph; it failed or was
not reached; the photograph's file or its truth is another one now."""

REASONS: tuple[Reason, ...] = (
    "not run",
    "no such photograph",
    "not observed",
    "other photograph",
    "other truth",
)


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """``views`` of a case that one side lacks, or (``both``) holds about another photograph or truth."""

    case: Case
    side: Literal["before", "after", "both"]
    reason: Reason
    views: int


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What one side said of the V x n views of a class.

    ``calls`` (V, n) are :data:`ABSENT` where a view is not compared, ``scores`` (V, n) NaN where there
    is none; ``answers`` are those of each view, "" without one.
    """

    calls: Calls
    scores: Floats
    answers: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedClass:
    """One class by one asker: the n photographs of which some view is compared, in V perturbations.

    ``threshold`` is the one both sides are judged by, None where they share none and only scores can be
    compared; ``is_touched`` (V,) says in which perturbations anything that decides an answer differs,
    or may differ.
    """

    dataset: str
    class_name: str
    asker: Asker
    threshold: Threshold | None
    perturbations: Sequence[str]
    samples: Sequence[str]
    defects: Sequence[str]
    is_anomalous: Bools
    before: Said
    after: Said
    is_touched: Sequence[bool]

    @property
    def both(self) -> Bools:
        """(V, n): the views that are compared."""
        compared: Bools = self.before.calls != ABSENT
        return compared

    def right(self, side: Side) -> Bools:
        """(V, n): called as they are; false where nothing is compared."""
        said: Said = getattr(self, side)
        correct: Bools = said.calls == self.is_anomalous
        return correct

    def pairs(self, perturbation: str | None = None) -> Pairs | None:
        """Right and wrong on both sides, in one view or all; None where nothing is compared."""
        rows = [perturbation is None or name == perturbation for name in self.perturbations]
        both = self.both[rows]
        columns = both.any(axis=0)
        if not columns.any():
            return None
        before, after = (self.right(side)[rows][:, columns] for side in SIDES)
        return Pairs(self.dataset, self.class_name, both[:, columns], before, after)


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """All classes that both runs have views of, by dataset, asker and name; what is missing; the thresholds.

    ``own_thresholds`` are the headline thresholds (before, after) by dataset and asker, where both exist.
    """

    classes: Sequence[MatchedClass]
    missing: Sequence[Missing]
    own_thresholds: Mapping[tuple[str, Asker], tuple[Threshold | None, Threshold | None]]
