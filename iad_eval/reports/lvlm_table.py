"""What an LVLM's own probability of "yes" is worth, beside its answer."""

from __future__ import annotations

from iad_eval.reports.reading import DatasetView, Entrant, Row, entrant, measure, number
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import NOT_MEASURED, percent, ratio
from iad_eval.words import ORIGINAL


def lvlm_table(view: DatasetView) -> Table | None:
    """Models that answer and give P(yes) down; how P(yes) ranks, judges and is calibrated across.

    None where there is no such model with original views.
    """
    calibrations = {entrant(each): each for each in view.records("calibration")}
    rows = [_row(view, each, calibrations.get(entrant(each), {})) for each in view.records("curves")]
    if not rows:
        return None
    columns = (Column("model", "left"), Column("AUROC"), Column("AP"), Column("by its answer"))
    best = (Column("best at P(yes) >"), Column("accuracy there"))
    return Table(
        f"{view.dataset}, original views: what P(yes) is worth, in %",
        (*columns, *best, Column("Brier"), Column("ECE")),
        tuple(rows),
        (
            "P(yes): the probability that the model gives to answering yes. The best threshold was chosen on "
            "these very photographs: on others it would usually do worse.",
            "Brier: mean squared distance of P(yes) from the truth. ECE (expected calibration error): how "
            "far P(yes) is from the share of anomalous photographs among those with such a P(yes). Both are "
            "0 at best.",
        ),
    )


def _row(view: DatasetView, curve: Row, calibration: Row) -> tuple[Cell, ...]:
    who: Entrant = entrant(curve)
    row = view.row(who, ORIGINAL, threshold="answer")
    return (
        Cell(who.label),
        plain(measure(row, "auroc")),
        plain(measure(row, "average_precision")),
        Cell(percent(number(curve["answer_accuracy"]))),
        Cell(ratio(number(curve["best_threshold"]))),
        Cell(percent(number(curve["best_accuracy"]))),
        Cell(_error(calibration, "brier")),
        Cell(_error(calibration, "expected_calibration_error")),
    )


def _error(calibration: Row, name: str) -> str:
    value = number(calibration.get(name))
    return NOT_MEASURED if value is None else f"{value:.3f}"
