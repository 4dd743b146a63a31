"""Figures of a run above the paper's, with their difference and where the paper's figure lies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iad_eval.paper import MODELS, Printed, name_in_paper
from iad_eval.reports.reading import Entrant, Measure
from iad_eval.reports.table import Cell, Column, Emphasis
from iad_eval.reports.wording import NOT_MEASURED, interval, percent, points

KEYS = (Column("model", "left"), Column("figures", "left"))

INSIDE = (
    "Difference: this run minus the paper, in points. Paper is inside: its figure lies in this run's 95% "
    "interval."
)


LEGEND: tuple[tuple[Emphasis, str], ...] = (
    ("floor", "not above the trivial floor of its photographs: calling everything the same is as good"),
)

_HALF_A_DIGIT = 0.0005  # of what the paper prints


@dataclass(frozen=True, slots=True)
class Rival:
    """A model of the run and the paper's that it is; one of both may be None."""

    who: Entrant | None
    paper: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of the run and the paper's; ``decimals`` for what is no share (a correlation, seconds).

    ``floor`` is what an accuracy of the paper has to be above; None where there is no such thing. The run's
    is not above its own floor where ``at_floor``.
    """

    measured: Measure
    printed: Printed | None
    decimals: int | None = None
    floor: float | None = None
    at_floor: bool = False

    @property
    def is_comparable(self) -> bool:
        """Whether both are there."""
        return self.measured.value is not None and self.printed is not None

    @property
    def run_cell(self) -> Cell:
        """The run's figure with its interval."""
        if self.decimals is None:
            emphasis: Emphasis = "floor" if self.at_floor else "none"
            return Cell(percent(self.measured.value), interval(self.measured), emphasis)
        return Cell(self._plain(self.measured.value))

    @property
    def paper_cell(self) -> Cell:
        """The paper's figure as it is printed, marked where it is not above the trivial floor."""
        if self.printed is None:
            return Cell(NOT_MEASURED)
        is_floor = self.floor is not None and self.printed.value <= self.floor + _HALF_A_DIGIT
        return Cell(self.printed.text, emphasis="floor" if is_floor else "none")

    @property
    def difference_cell(self) -> Cell:
        """The run's minus the paper's."""
        if self.measured.value is None or self.printed is None:
            return Cell(NOT_MEASURED)
        difference = self.measured.value - self.printed.value
        if self.decimals is None:
            return Cell(points(difference))
        difference = round(difference, self.decimals)
        return Cell(f"{'+' if difference > 0 else ''}{self._plain(difference + 0.0)}")  # no minus before 0

    @property
    def place_cell(self) -> Cell:
        """Whether the paper's figure lies inside the run's interval or outside."""
        low, high = self.measured.low, self.measured.high
        if low is None or high is None or self.printed is None:
            return Cell(NOT_MEASURED)
        return Cell("inside" if low - 1e-9 <= self.printed.value <= high + 1e-9 else "outside")

    def _plain(self, value: float | None) -> str:
        return NOT_MEASURED if value is None else f"{value:.{self.decimals}f}"


def rivals(entrants: Iterable[Entrant], protocol: str | None, models: Sequence[str] = MODELS) -> list[Rival]:
    """The paper's models in its order, whether or not the run has them, then the run's other models.

    Of a model that was asked in several ways only ``protocol`` is the paper's.
    """
    known: dict[str, list[Entrant | None]] = {model: [] for model in models}
    others = []
    for who in entrants:
        name = name_in_paper(who.model)
        if name in known and (name != "Qwen" or who.protocol == protocol):
            known[name].append(who)
        else:
            others.append(who)
    found = [Rival(who, model) for model, run in known.items() for who in run or [None]]
    return [*found, *(Rival(who, None) for who in others)]


def notes_of(rows: Iterable[Sequence[Cell]]) -> tuple[str, ...]:
    """What difference and place mean, where rows have them."""
    return (INSIDE,) if any(cell.text == "difference" for row in rows for cell in row) else ()


def rows_of(rival: Rival, pairs: Sequence[Pair], *keys: str) -> list[tuple[Cell, ...]]:
    """The run's figures, if it has the model, the paper's below, if that has it.

    Where some can be compared also difference and place. ``keys`` stand between the model's
    name and what the row is about.
    """
    run = "" if rival.who is None else rival.who.label
    middle = [Cell(key) for key in keys]
    rows = []
    if rival.who is not None:
        rows.append((Cell(run), *middle, Cell("this run"), *(pair.run_cell for pair in pairs)))
    if rival.paper is not None:
        rows.append((Cell(rival.paper), *middle, Cell("paper"), *(pair.paper_cell for pair in pairs)))
    if any(pair.is_comparable for pair in pairs):
        rows.append((Cell(run), *middle, Cell("difference"), *(pair.difference_cell for pair in pairs)))
        if any(pair.is_comparable and pair.measured.low is not None for pair in pairs):
            rows.append((Cell(run), *middle, Cell("paper is"), *(pair.place_cell for pair in pairs)))
    return rows
