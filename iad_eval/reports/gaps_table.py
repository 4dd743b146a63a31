"""What a partial run lacks: which views of which classes, and of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.reading import Entrant, Row, entrant, records, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import counted, listed
from iad_eval.words import Json

BRIEF_ROWS = 8
"""Rows of the brief table; the verbose one has all."""


def gaps_table(summary: Mapping[str, Json], *, verbose: bool) -> Table | None:
    """Classes and models down, the views that lack photographs and how many across; None for a whole run."""
    found: dict[tuple[str, Entrant], list[Row]] = {}
    for each in records(summary, "gaps"):
        place = f"{each['dataset']}/{each['class_name']}"
        found.setdefault((place, entrant(each)), []).append(each)
    if not found:
        return None
    has_failed = any(whole(each["failed"]) for each in records(summary, "gaps"))
    rows = [_row(place, who, lacking, has_failed) for (place, who), lacking in found.items()]
    shown = rows if verbose else rows[:BRIEF_ROWS]
    columns = [Column("dataset/class", "left"), Column("model", "left"), Column("views", "left")]
    notes = []
    if has_failed:
        notes.append(
            "Failed, of those missing: the model was asked, and something went wrong; see predictions.csv."
        )
    if len(shown) < len(rows):
        notes.append(f"And {counted(len(rows) - len(shown), 'more row')}; -v shows all.")
    return Table(
        "What is missing, in views",
        (*columns, Column("missing"), *([Column("failed")] if has_failed else []), Column("asked")),
        tuple(shown),
        tuple(notes),
    )


def _row(place: str, who: Entrant, lacking: Sequence[Row], has_failed: bool) -> tuple[Cell, ...]:
    asked, observed, failed = (
        sum(whole(each[name]) for each in lacking) for name in ("asked", "observed", "failed")
    )
    names = listed([str(each["perturbation"]) for each in lacking])
    counts = [asked - observed, *([failed] if has_failed else []), asked]
    return (Cell(place), Cell(who.label), Cell(names), *(Cell(f"{count:,}") for count in counts))
