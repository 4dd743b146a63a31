"""The paper's Tables 1 and 2: how well a model ranks photographs, and how well it judges them."""

from __future__ import annotations

from iad_eval.reports.floor_row import floor_footer
from iad_eval.reports.reading import DatasetView, Entrant, measure
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import LEGEND, accuracy_cell, judged_by, plain
from iad_eval.reports.wording import percent
from iad_eval.words import ORIGINAL


def original_table(view: DatasetView) -> Table | None:
    """Models down; AUROC, accuracy and the gap between them across. None without original views."""
    if not view.has_original:
        return None
    return Table(
        f"{view.dataset}, original views: ranking and judging, in %",
        (
            Column("model", "left"),
            Column("judged by", "left"),
            Column("AUROC"),
            Column("accuracy"),
            Column("gap"),
        ),
        tuple(_row(view, who) for who in view.entrants),
        (
            "AUROC says how well scores put anomalous above normal photographs, without any threshold; "
            "accuracy is what is left once each photograph is called one or the other. Gap: AUROC minus "
            "accuracy, in points.",
        ),
        floor_footer(view, before=(percent(0.5),), accuracies=1, after=("",)),
        legend=LEGEND,
    )


def _row(view: DatasetView, who: Entrant) -> tuple[Cell, ...]:
    auroc = measure(view.row(who, ORIGINAL), "auroc")
    accuracy = measure(view.row(who, ORIGINAL), "accuracy").value
    gap = None if auroc.value is None or accuracy is None else auroc.value - accuracy
    return (
        Cell(who.label),
        Cell(judged_by(view, who)),
        plain(auroc),
        accuracy_cell(view, who, ORIGINAL),
        Cell(percent(gap)),
    )
