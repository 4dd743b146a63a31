"""The paper's Tables 1 to 4 in one: models down; AUROC, accuracy per view and average drop across."""

from __future__ import annotations

from iad_eval.reports.floor_row import floor_footer
from iad_eval.reports.reading import DatasetView, Entrant, Measure, Row, is_floor, measure, number
from iad_eval.reports.table import Cell, Column, Emphasis, Table
from iad_eval.reports.wording import NOT_MEASURED, counted, interval, listed, percent

LEGEND: tuple[tuple[Emphasis, str], ...] = (
    ("best", "the highest accuracy of its column"),
    ("floor", "not above the trivial floor of the photographs judged: no better than not looking"),
)


def views_table(view: DatasetView) -> Table:
    """Accuracies are class means at each model's headline threshold, in percent."""
    has_drops = any(view.drop(who) is not None for who in view.entrants)
    columns = [Column("model", "left"), Column("judged by", "left"), Column("AUROC")]
    columns += [Column(name) for name in view.perturbations]
    columns += [Column("average drop")] if has_drops else []
    best = {name: _best(view, name) for name in view.perturbations}
    rows = [_row(view, who, best, has_drops) for who in view.entrants]
    return Table(
        f"{view.dataset}: share of photographs judged correctly, in %",
        tuple(columns),
        tuple(rows),
        _notes(view),
        floor_footer(
            view,
            before=(percent(0.5),),
            accuracies=len(view.perturbations),
            after=(percent(0.0),) if has_drops else (),
        ),
        LEGEND,
    )


def plain(measured: Measure, emphasis: Emphasis = "none") -> Cell:
    """A figure with its interval as a cell."""
    return Cell(percent(measured.value), interval(measured), emphasis)


def accuracy_cell(view: DatasetView, who: Entrant, perturbation: str) -> Cell:
    """The accuracy in one view, marked where it is the highest of all models or no better than the floor."""
    return _accuracy(view, who, perturbation, _best(view, perturbation))


def _accuracy(view: DatasetView, who: Entrant, perturbation: str, best: float | None) -> Cell:
    row = view.row(who, perturbation)
    measured = measure(row, "accuracy")
    if is_floor(row):
        return plain(measured, "floor")
    is_best = measured.value is not None and measured.value == best and len(view.entrants) > 1
    return plain(measured, "best" if is_best else "none")


def _row(view: DatasetView, who: Entrant, best: dict[str, float | None], has_drops: bool) -> tuple[Cell, ...]:
    auroc = measure(view.row(who, view.anchor), "auroc")
    cells = [Cell(who.label), Cell(judged_by(view, who)), plain(auroc)]
    cells += [_accuracy(view, who, name, best[name]) for name in view.perturbations]
    return (*cells, plain(_average_drop(view.drop(who)))) if has_drops else tuple(cells)


def _best(view: DatasetView, perturbation: str) -> float | None:
    found = [measure(view.row(who, perturbation), "accuracy").value for who in view.entrants]
    return max((value for value in found if value is not None), default=None)


def _average_drop(drop: Row | None) -> Measure:
    if drop is None:
        return Measure(None)
    return Measure(
        number(drop["average_drop"]), number(drop["average_drop_low"]), number(drop["average_drop_high"])
    )


def judged_by(view: DatasetView, who: Entrant) -> str:
    """How a model's verdicts are reached: by its answer or by a threshold on its score."""
    threshold = view.headline_threshold(who)
    if threshold is None:
        return NOT_MEASURED
    recorded = ", RECORDED" if view.is_recorded(who) else ""
    return (f"its answer{recorded}") if threshold == "answer" else f"score > {threshold}{recorded}"


def _notes(view: DatasetView) -> tuple[str, ...]:
    notes = [
        f"{counted(len(view.classes), 'class')}, {counted(view.photographs, 'test photograph')}; "
        "the mean over classes, with its 95% interval."
    ]
    if any(view.thresholds(who) for who in view.entrants):
        if view.has_original:
            notes.append(
                "Thresholds come from scores of training images; each model has the one that is best on "
                "original, and keeps it for the other views."
            )
        else:
            notes.append("Without the original views no best threshold can be chosen: score > max is shown.")
    return (*notes, *_lenient(view), *_gaps(view))


def _lenient(view: DatasetView) -> list[str]:
    """Whose answers had to be read from a sentence, and how many, over all views; usually none."""
    notes = []
    for who in view.entrants:
        rows = [view.row(who, name, threshold="answer") for name in view.perturbations]
        count, answers = (
            int(sum(number(row.get(of)) or 0 for row in rows if row)) for of in ("lenient", "n")
        )
        if count:
            told = f"{count:,} of {counted(answers, 'answer')} of {who.label} ({percent(count / answers)}%)"
            notes.append(f"{told} opened without yes or no; a sentence decided.")
    return notes


def _gaps(view: DatasetView) -> tuple[str, ...]:
    """Which models' means are over fewer classes than the table's: views failed, thresholds are missing."""
    whole = len(view.classes)
    short = view.measured_on_fewer_than(whole)
    if not short:
        return ()
    return (
        f"Not all {counted(whole, 'class')} could be measured in every view, and means are over the others: "
        f"{listed(short)}. A drop compares photographs that were judged in all views.",
    )
