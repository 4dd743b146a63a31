"""Whether a perturbation changes a verdict: photographs judged alike in all views, and flips."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.reading import DatasetView, Entrant, Row, entrant, measure, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import NOT_MEASURED
from iad_eval.words import ORIGINAL


def stability_table(view: DatasetView) -> Table | None:
    """Models down; share alike in all views, how many of these are right, and flips per perturbation across.

    None where no model judged a photograph in several views.
    """
    flips = {
        (entrant(each), str(each["perturbation"])): each
        for each in view.records("flips")
        if each["class_name"] is None
    }
    perturbed = [name for name in view.perturbations if name != ORIGINAL]
    rows = [
        (
            Cell(entrant(each).label),
            plain(measure(each, "share")),
            Cell(f"{whole(each['alike_and_right']):,} of {whole(each['n']):,}"),
            *(_flipped(flips, entrant(each), name) for name in perturbed),
        )
        for each in view.records("invariance")
        if each["class_name"] is None
    ]
    if not rows:
        return None
    columns = (Column("model", "left"), Column("alike, %"), Column("alike and right"))
    notes = [
        "Alike: photographs with the same verdict in every view, as a mean over classes; an unreadable "
        "answer is a verdict of its own."
    ]
    if flips:
        notes.append(
            "Under each perturbation harmful / beneficial flips: photographs judged correctly on original "
            "and wrongly there, and the reverse."
        )
    return Table(
        f"{view.dataset}: do verdicts survive the perturbations?",
        (*columns, *(Column(name) for name in perturbed)),
        tuple(rows),
        tuple(notes),
    )


def _flipped(flips: Mapping[tuple[Entrant, str], Row], who: Entrant, perturbation: str) -> Cell:
    found = flips.get((who, perturbation))
    if found is None:
        return Cell(NOT_MEASURED)
    return Cell(f"{whole(found['harmful']):,} / {whole(found['beneficial']):,}")
