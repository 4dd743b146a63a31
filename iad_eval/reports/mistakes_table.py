"""The few photographs worth looking at first."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, entrant, number
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import NOT_MEASURED

_CALLED = {"missed": "normal", "overkill": "anomalous"}


def mistakes_table(view: DatasetView) -> Table | None:
    """The plainest mistakes of the best model; None where it made none or beats no floor."""
    best = view.best
    rows = []
    for found in view.mistakes:
        if best is None or entrant(found) != best:
            continue
        margin = number(found["margin"])
        cells = [
            Cell(str(found["sample"]).partition("/")[2]),
            Cell(f"called {_CALLED[str(found['kind'])]}"),
            Cell(NOT_MEASURED if margin is None else f"{margin:.2f}"),
            Cell(f"{found['wrong_views']} of {found['views']}"),
        ]
        rows.append(tuple(cells))
    if best is None or not rows:
        return None
    return Table(
        f"{view.dataset}: look at these first, the plainest mistakes of {best.label}",
        (Column("photograph", "left"), Column("mistake", "left"), Column("off by"), Column("wrong views")),
        tuple(rows),
        ("Off by: distance from the threshold, in standard deviations of the class's scores.",)
        if any(number(found["margin"]) is not None for found in view.mistakes if entrant(found) == best)
        else (),
    )
