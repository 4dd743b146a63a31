"""What kind of mistakes: misses, overkill, and answers that say neither."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, measure
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.words import ORIGINAL

METRICS = ("balanced_accuracy", "average_precision", "miss_rate", "overkill_rate")


def rates_table(view: DatasetView) -> Table | None:
    """Models down, rates on the original views across; None without original views."""
    if not view.has_original:
        return None
    rows = []
    for who in view.entrants:
        row = view.row(who, ORIGINAL)
        counts = [Cell(str(row[name])) if row is not None else Cell("0") for name in ("unreadable", "failed")]
        rows.append((Cell(who.label), *(plain(measure(row, name)) for name in METRICS), *counts))
    return Table(
        f"{view.dataset}, original views: what kind of mistakes, in %",
        (
            Column("model", "left"),
            Column("balanced accuracy"),
            Column("average precision"),
            Column("missed defects"),
            Column("overkill"),
            Column("unreadable"),
            Column("failed"),
        ),
        tuple(rows),
        (
            "Missed defects: anomalous photographs not called so. Overkill: normal photographs not called "
            "so. Unreadable answers count as wrong, failed views are left out; both are numbers of views.",
        ),
    )
