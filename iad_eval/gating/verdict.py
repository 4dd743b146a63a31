"""What a gate came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from iad_eval.judging import Asker, in_order, named
from iad_eval.limits import Gate
from iad_eval.words import TRIVIAL, Json

SAME = 1e-9
"""Means of several classes are rounded: a value this near its limit is the limit."""

Outcome = Literal["worse", "no worse", "undecided", "unchanged", "missed", "held", "not measured"]
"""Of a drop: established and beyond its limit; the interval ends below the limit; neither; nothing that
decides an answer differs. Of any other limit: missed, held, or nothing there to hold it against."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate came to for one asker on one dataset, all classes together (``class_name`` None) or one.

    ``value`` with its 95% interval and ``limit`` are fractions (0..1), ``p`` is corrected by Holm's
    procedure. ``photographs`` were compared; about ``decided_by`` would decide an undecided drop.
    ``noise_floor`` is how far sampling alone moves the value, where it was measured (0..1).
    """

    gate: Gate
    dataset: str
    asker: Asker
    class_name: str | None
    limit: float
    outcome: Outcome
    fails: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    photographs: int = 0
    decided_by: int | None = None
    noise_floor: float | None = None

    @property
    def name(self) -> str:
        """``fail-drop[mvtec-capsule-glass]``: as the gate's line in a test report."""
        model, protocol = self.asker
        parts = [self.dataset, self.class_name or "overall", model, *([protocol] if protocol else [])]
        return f"{self.gate.replace('_', '-')}[{'-'.join(parts)}]"

    def to_json(self) -> dict[str, Json]:
        """A flat JSON object."""
        return {
            "name": self.name,
            "gate": self.gate,
            "dataset": self.dataset,
            **named(self.asker),
            "class_name": self.class_name,
            "limit": self.limit,
            "outcome": self.outcome,
            "fails": self.fails,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "p": self.p,
            "photographs": self.photographs,
            "decided_by": self.decided_by,
            "noise_floor": self.noise_floor,
        }


def lookers(models: set[str]) -> set[str]:
    """The models that look at photographs; all of them where none does."""
    return models - TRIVIAL or models


def asker_of(row: Mapping[str, Json]) -> Asker:
    """Whom a record is about."""
    protocol = row["protocol"]
    return str(row["model"]), None if protocol is None else str(protocol)


def by_gate(verdict: Verdict) -> tuple[str, ...]:
    """The key that sorts verdicts: by gate, dataset and asker, all classes together first."""
    return (verdict.gate, verdict.dataset, *in_order(verdict.asker), verdict.class_name or "")


def number(value: Json) -> float | None:
    """A JSON number as float; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
