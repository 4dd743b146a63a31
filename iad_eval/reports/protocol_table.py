"""The paper's Table 5: what a model loses without a reference image, and without words about the class."""

from __future__ import annotations

from iad_eval.paper import PROTOCOLS
from iad_eval.reports.floor_row import floor_footer
from iad_eval.reports.reading import DatasetView, Entrant
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import LEGEND, accuracy_cell
from iad_eval.reports.wording import NOT_MEASURED

_SHOWN = {
    "oneshot-specific": ("yes", "yes"),
    "oneshot": ("yes", "no"),
    "zeroshot-description": ("no", "yes"),
    "zeroshot": ("no", "no"),
}


def protocol_table(view: DatasetView) -> Table | None:
    """Models and protocols down, what is shown and the accuracy per view across.

    Only models that were asked by several protocols; None where there is no such model.
    """
    asked: dict[str, list[Entrant]] = {}
    for who in view.entrants:
        if who.protocol is not None:
            asked.setdefault(who.model, []).append(who)
    rows = [
        _row(view, who)
        for entrants in asked.values()
        if len(entrants) > 1
        for who in sorted(entrants, key=_order)
    ]
    if not rows:
        return None
    columns = [Column("model", "left"), Column("protocol", "left")]
    columns += [Column("reference", "left"), Column("class words", "left")]
    notes = [
        "Reference: whether a good photograph is shown beside the one in question. Class words: whether "
        "something is said about this class of parts."
    ]
    if any(row[2].text == NOT_MEASURED for row in rows):
        notes.append(f"{NOT_MEASURED}: a protocol of your own; its prompt says what is shown.")
    return Table(
        f"{view.dataset}: the same model asked in several ways, accuracy in %",
        (*columns, *(Column(name) for name in view.perturbations)),
        tuple(rows),
        tuple(notes),
        floor_footer(view, keys=len(columns), accuracies=len(view.perturbations)),
        legend=(("best", "the highest accuracy in this view, of all models"), *LEGEND[1:]),
    )


def _order(who: Entrant) -> tuple[int, str]:
    """The paper's protocols in its order, then others by name."""
    name = who.protocol or ""
    return (PROTOCOLS.index(name) if name in PROTOCOLS else len(PROTOCOLS), name)


def _row(view: DatasetView, who: Entrant) -> tuple[Cell, ...]:
    name = who.protocol or ""
    reference, words = _SHOWN.get(name, (NOT_MEASURED, NOT_MEASURED))
    accuracies = (accuracy_cell(view, who, perturbation) for perturbation in view.perturbations)
    return (Cell(who.model), Cell(name), Cell(reference), Cell(words), *accuracies)
