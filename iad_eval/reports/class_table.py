"""Per-class detail of one model."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, Entrant, is_floor, measure
from iad_eval.reports.table import Cell, Column, Emphasis, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import percent


def class_table(view: DatasetView, who: Entrant) -> Table:
    """Classes down; photographs, AUROC, accuracy per view, mistakes and the floor across."""
    rows = []
    for name in view.classes:
        first = view.row(who, view.anchor, name)
        if first is None:
            continue
        floor = view.floor(name)
        cells = [Cell(name), Cell(str(first["n"])), plain(measure(first, "auroc"))]
        for perturbation in view.perturbations:
            row = view.row(who, perturbation, name)
            emphasis: Emphasis = "floor" if is_floor(row) else "none"
            cells.append(plain(measure(row, "accuracy"), emphasis))
        cells += [plain(measure(first, "miss_rate")), plain(measure(first, "overkill_rate"))]
        rows.append((*cells, Cell(percent(floor[1] if floor else None))))
    columns = [Column("class", "left"), Column("n"), Column("AUROC")]
    columns += [Column(name) for name in view.perturbations]
    columns += [Column("missed"), Column("overkill"), Column("floor")]
    return Table(
        f"{view.dataset}, {who.label}: class by class, in %",
        tuple(columns),
        tuple(rows),
        (
            f"Missed defects and overkill on {view.anchor}; floor: the better of calling everything "
            "anomalous or everything normal.",
        ),
        legend=(("floor", "not above the trivial floor of its class"),),
    )
