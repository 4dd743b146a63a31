"""A table as a value: what is said, not how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Emphasis = Literal["best", "floor", "warning", "none"]
"""Why a cell stands out; the table's ``legend`` says it in words."""

Align = Literal["left", "right"]

MARKS: Mapping[Emphasis, str] = {"best": "*", "floor": "†", "warning": "!", "none": ""}
"""The sign that follows a cell's text, so that emphasis survives where there is no colour."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of text, its interval (``90.4–93.0``, or empty) and why it stands out.

    Renderers may set the interval beside the text or below it.
    """

    text: str
    interval: str = ""
    emphasis: Emphasis = "none"


@dataclass(frozen=True, slots=True)
class Column:
    """A heading over cells. Texts align left, figures right."""

    name: str
    align: Align = "right"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns, one cell for each column.

    ``notes`` are sentences to print below; ``footer`` is a row set apart from the others
    (the trivial floor, the mean); ``legend`` gives the words for an emphasis. Raises
    ValueError where a row has another length than ``columns``.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    footer: tuple[Cell, ...] = ()
    legend: tuple[tuple[Emphasis, str], ...] = ()

    def __post_init__(self) -> None:
        for row in (*self.rows, *([self.footer] if self.footer else [])):
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.title!r}: {len(row)} cells under {len(self.columns)} columns")

    @property
    def key_columns(self) -> int:
        """How many leading columns name a row: those of text before the first of figures."""
        for index, column in enumerate(self.columns):
            if column.align == "right":
                return index
        return len(self.columns)

    @property
    def used_legend(self) -> tuple[tuple[Emphasis, str], ...]:
        """The part of the legend that a cell of this table needs."""
        used = {cell.emphasis for cell in self.cells()}
        return tuple((emphasis, words) for emphasis, words in self.legend if emphasis in used)

    def cells(self) -> Iterator[Cell]:
        """All cells, the footer's last."""
        for row in self.rows:
            yield from row
        yield from self.footer
