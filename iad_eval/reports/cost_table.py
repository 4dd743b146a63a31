"""What a judged image costs: seconds and tokens."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.reading import entrant, number, records, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import NOT_MEASURED, rounded
from iad_eval.words import Json

_TOKENS = (
    ("prompt tokens", "prompt_tokens"),
    ("picture tokens", "visual_tokens"),
    ("answer tokens", "answer_tokens"),
)


def cost_table(summary: Mapping[str, Json]) -> Table | None:
    """Models down; views, seconds and, where somebody counted them, tokens per image across."""
    found = [each for each in records(summary, "cost") if whole(each["n"])]
    if not found:
        return None
    tokens = [
        (title, name) for title, name in _TOKENS if any(number(each[name]) is not None for each in found)
    ]
    rows = []
    for each in found:
        cells = [Cell(entrant(each).label), Cell(f"{whole(each['n']):,}")]
        cells += [Cell(rounded(number(each[name]))) for name in ("seconds_median", "seconds_mean")]
        cells += [Cell(_count(number(each[name]))) for _, name in tokens]
        rows.append(tuple(cells))
    notes = ["Seconds from asking to answer; several views may be under way at once. Tokens are means."]
    recorded = [
        f"{entrant(each).label} ({whole(each['recorded']):,})" for each in found if whole(each["recorded"])
    ]
    if recorded:
        notes.append(f"Recorded answers have the times of their recording: {', '.join(recorded)}.")
    if tokens:
        notes.append(
            "Picture tokens: of the picture in question alone; prompt tokens hold the references' too."
        )
    columns = (Column("model", "left"), Column("views"), Column("s, median"), Column("s, mean"))
    return Table(
        "What an image costs",
        (*columns, *(Column(title) for title, _ in tokens)),
        tuple(rows),
        tuple(notes),
    )


def _count(value: float | None) -> str:
    return NOT_MEASURED if value is None else f"{value:,.0f}"
