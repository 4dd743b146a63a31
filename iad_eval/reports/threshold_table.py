"""The paper's Tables 8 and 9: what each threshold makes of the same scores."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, measure
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain


def threshold_table(view: DatasetView) -> Table | None:
    """Models and views down, ``max``, ``p90`` and ``p80`` across; None where no model has thresholds."""
    rows = []
    for who in view.entrants:
        names = view.thresholds(who)
        head = view.headline_threshold(who)
        for perturbation in view.perturbations if names else []:
            cells = [Cell(who.label), Cell(perturbation)]
            for name in ("max", "p90", "p80"):
                row = view.row(who, perturbation, threshold=name)
                cells.append(plain(measure(row, "accuracy"), "best" if name == head else "none"))
            rows.append(tuple(cells))
    if not rows:
        return None
    return Table(
        f"{view.dataset}: the same scores under three thresholds, accuracy in %",
        (Column("model", "left"), Column("view", "left"), Column("max"), Column("p90"), Column("p80")),
        tuple(rows),
        (
            "An image is called anomalous where its score exceeds the largest (max), the 90th or the 80th "
            "percentile score of the class's training images.",
        ),
        legend=(("best", "the threshold that heads the first table"),),
    )
