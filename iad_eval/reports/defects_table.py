"""Which kinds of defects are found: accuracy by kind, beside the size of the kind's defects."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, Entrant, Row, entrant, measure, number, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import NOT_MEASURED, listed, small_percent
from iad_eval.words import GOOD, ORIGINAL


def defects_table(view: DatasetView) -> Table | None:
    """Classes and their kinds down; photographs, mean size and each model's accuracy across.

    None where no model has a threshold.
    """
    found: dict[tuple[str, str], dict[Entrant, Row]] = {}
    for each in view.records("defects"):
        place = (str(each["class_name"]), str(each["defect"]))
        found.setdefault(place, {})[entrant(each)] = each
    if not found:
        return None
    judged = {who for of_kind in found.values() for who in of_kind}
    entrants = [who for who in view.entrants if who in judged]
    rows = [
        (
            *_kind(class_name, defect, of_kind),
            *(plain(measure(of_kind.get(who), "accuracy")) for who in entrants),
        )
        for (class_name, defect), of_kind in sorted(found.items(), key=lambda each: _order(*each[0]))
    ]
    on = {
        who: str(row.get("perturbation", view.anchor))
        for of_kind in found.values()
        for who, row in of_kind.items()
    }
    seen = min(on.values(), key=lambda name: (name != ORIGINAL, name))
    others = [f"{who.label} ({on[who]})" for who in entrants if on[who] != seen]
    columns = (Column("class", "left"), Column("kind", "left"), Column("n"), Column("size"))
    return Table(
        f"{view.dataset}, {seen} views: which kinds of defects are found, accuracy in %",
        (*columns, *(Column(who.label) for who in entrants)),
        tuple(rows),
        (
            "Size: the mean share of the picture that masks mark, in %. Good parts are right where they "
            "are called normal.",
            *([f"Models without {seen} views are judged on others: {listed(others)}."] if others else []),
        ),
    )


def _order(class_name: str, defect: str) -> tuple[str, bool, str]:
    """By class, its good parts first."""
    return (class_name, defect != GOOD, defect)


def _kind(class_name: str, defect: str, of_kind: dict[Entrant, Row]) -> tuple[Cell, ...]:
    """Names, count and size; where views failed for some models, as those saw it that judged most."""
    most = max(of_kind.values(), key=lambda row: whole(row["n"]))
    size = NOT_MEASURED if defect == GOOD else small_percent(number(most["mask_fraction"]))
    return Cell(class_name), Cell(defect), Cell(f"{whole(most['n']):,}"), Cell(size)
