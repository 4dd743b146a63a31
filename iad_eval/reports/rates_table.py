"""What kind of mistakes: misses, overkill, and answers that say neither."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, measure, number
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import percent
from iad_eval.words import ORIGINAL

METRICS = (
    ("balanced", "balanced_accuracy"),
    ("AP", "average_precision"),
    ("missed", "miss_rate"),
    ("overkill", "overkill_rate"),
)
COUNTS = ("unreadable", "failed")


def rates_table(view: DatasetView) -> Table | None:
    """Models down, rates on the original views across; None without original views.

    Numbers of unreadable and failed views have columns where there are any.
    """
    if not view.has_original:
        return None
    found = {who: row for who in view.entrants if (row := view.row(who, ORIGINAL)) is not None}
    counts = [name for name in COUNTS if any(row[name] for row in found.values())]
    rows = [
        (
            Cell(who.label),
            Cell(percent(number(row.get("pooled_accuracy")))),
            *(plain(measure(row, metric)) for _, metric in METRICS),
            *(Cell(str(row[name])) for name in counts),
        )
        for who, row in found.items()
    ]
    notes = [
        "Pooled: accuracy over all photographs instead of the mean over classes. Balanced: the mean of the "
        "accuracies on anomalous and on normal photographs. "
        "AP: average precision. Missed: anomalous photographs not called so. Overkill: normal "
        "photographs not called so."
    ]
    if counts:
        notes.append("Unreadable answers count as wrong, failed views are left out: numbers of views.")
    columns = [
        Column("model", "left"),
        Column("pooled"),
        *(Column(heading) for heading, _ in METRICS),
    ]
    return Table(
        f"{view.dataset}, original views: what kind of mistakes, in %",
        (*columns, *(Column(name) for name in counts)),
        tuple(rows),
        tuple(notes),
    )
