"""How small a drop a run of this size can tell from chance."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, entrant, number, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import percent


def detectable_table(view: DatasetView, *, by_class: bool = False) -> Table | None:
    """Models down, or models and classes; photographs, verdicts that flip and the smallest drop across.

    None where nothing was measured.
    """
    found = [each for each in view.records("detectable") if by_class or each["class_name"] is None]
    if not found:
        return None
    keys = [Column("model", "left"), *([Column("class", "left")] if by_class else [])]
    rows = []
    for each in found:
        name = each["class_name"]
        cells = [
            Cell(entrant(each).label),
            *([Cell("all" if name is None else str(name))] if by_class else []),
        ]
        cells += [Cell(f"{whole(each['n']):,}"), Cell(percent(number(each["flipped"])))]
        rows.append((*cells, Cell(percent(number(each["minimum_detectable_drop"])))))
    return Table(
        f"{view.dataset}: the smallest drop that two runs of this size can tell from chance",
        (*keys, Column("photographs"), Column("flipped, %"), Column("drop, points")),
        tuple(rows),
        (
            "Two runs on the same photographs, compared pair by pair (two-sided test at 5%): so large must a "
            "drop in accuracy be to be found in 80% of such comparisons. Flipped: how often a perturbed view "
            "is judged correctly where original is not, or the reverse; with more flips less can be told.",
        ),
    )
