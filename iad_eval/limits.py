"""Limits: what a result must not fall below or exceed, as typed and as found for a class."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from iad_eval.errors import UsageError, nearest

OVERALL, EACH = "overall", "each"
"""Where a limit holds that is no class: for the mean over classes, for every class."""

Gate = Literal["fail_drop", "min_accuracy", "max_average_drop", "max_unreadable"]

GATES: tuple[Gate, ...] = ("fail_drop", "min_accuracy", "max_average_drop", "max_unreadable")


@dataclass(frozen=True, slots=True)
class Limit:
    """A fraction (0..1) and where it holds: :data:`OVERALL`, :data:`EACH`, a class, "" as typed without."""

    value: float
    where: str = ""

    @classmethod
    def parse(cls, gate: Gate, text: str) -> Limit:
        """``2``, ``each=5``, ``capsule=10``, ``mvtec/capsule=10``, in percent or percentage points.

        Raises UsageError for a number that is none, or lies outside 0 to 100.
        """
        where, _, number = text.rpartition("=")
        try:
            value = float(number.strip().removesuffix("%"))
        except ValueError:
            value = math.nan
        if not 0 <= value <= 100:
            flag = flag_of(gate)
            raise UsageError(
                f"{flag} takes a number from 0 to 100, alone or for a class, not {text!r}; "
                f"type for example {flag} 2 or {flag} capsule=5"
            )
        return cls(value / 100, where.strip())


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one gate. Without any, the gate is not set."""

    gate: Gate
    given: tuple[Limit, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.given)

    def overall(self) -> float | None:
        """For the mean over classes."""
        return self._last(OVERALL, "")

    def of_class(self, dataset: str, class_name: str) -> float | None:
        """For one class. A drop's plain limit holds for it, too: no class may hide behind the mean."""
        plain = ("",) if self.gate == "fail_drop" else ()
        return self._last(f"{dataset}/{class_name}", class_name, EACH, *plain)

    def require_known(self, classes: Mapping[str, Iterable[str]]) -> None:
        """Raises UsageError for a limit on something that is no class of any dataset."""
        names = {name for found in classes.values() for name in found}
        names |= {f"{dataset}/{name}" for dataset, found in classes.items() for name in found}
        for limit in self.given:
            if limit.where not in (OVERALL, EACH, "") and limit.where not in names:
                known = sorted(names | {OVERALL, EACH})
                raise UsageError(
                    f"{flag_of(self.gate)} {limit.where}={100 * limit.value:g}: there is no class "
                    f"{limit.where!r} here.{nearest(limit.where, known)} Known: {', '.join(known)}"
                )

    def _last(self, *places: str) -> float | None:
        for place in places:  # the most exact one counts, the last of several
            found = [limit.value for limit in self.given if limit.where == place]
            if found:
                return found[-1]
        return None


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What a session is compared with and held to.

    ``compare`` is a stored file or a run's directory; ``undecided_fails`` lets a drop that is neither
    established nor excluded fail; ``changed_only`` leaves out the cases of which nothing changed.
    """

    compare: Path | None = None
    limits: tuple[Limits, ...] = field(default_factory=tuple)
    undecided_fails: bool = False
    changed_only: bool = False

    def __post_init__(self) -> None:
        if self.compare is None and self.of("fail_drop"):
            raise UsageError("--iad-fail-drop wants something to compare with: --iad-compare FILE|RUN")
        if self.compare is None and self.changed_only:
            raise UsageError("--iad-changed-only wants something to compare with: --iad-compare FILE|RUN")

    def of(self, gate: Gate) -> Limits:
        """The limits of a gate."""
        return next((each for each in self.limits if each.gate == gate), Limits(gate))


def limits_of(gate: Gate, typed: Sequence[str]) -> Limits:
    """Raises UsageError for a text that is no limit."""
    return Limits(gate, tuple(Limit.parse(gate, text) for text in typed))


def flag_of(gate: Gate) -> str:
    """As typed on the command line."""
    return f"--iad-{gate.replace('_', '-')}"
