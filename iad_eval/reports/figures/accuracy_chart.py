"""The paper's Tables 3 and 4 as a picture: accuracy by view."""

from __future__ import annotations

from iad_eval.reports.chart import Chart, Dots, Mark, Panel, Rule
from iad_eval.reports.figures.choosing import compared, spread
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import DatasetView, Entrant, measure
from iad_eval.reports.wording import counted, listed, percent
from iad_eval.visible import visible


def accuracy_chart(view: DatasetView) -> Chart | None:
    """Views across, a point with its 95% interval for each model, in percent; None without any accuracy.

    Each model is judged at its headline threshold; the rule is the higher trivial floor.
    """
    drawn, notes = compared(view)
    if not drawn:
        return None
    marks: list[Mark] = [
        _dots(view, who, group, offset)
        for group, (who, offset) in enumerate(zip(drawn, spread(len(drawn)), strict=True))
    ]
    floor = view.floor()
    if floor is not None:
        marks.append(Rule(f"calling {floor[0]}", 100 * floor[1], "y"))
    return Chart(
        figure_name(view.dataset, "accuracy-by-view"),
        f"{visible(view.dataset)}: accuracy by view",
        _alt(view, drawn),
        (Panel(tuple(marks), categories=tuple(map(visible, view.perturbations))),),
        y_label="photographs judged correctly, %",
        notes=(
            "Means over classes with their 95% intervals, as in Tables 3 and 4 of the paper. "
            "The dashed line is reached without looking.",
            *notes,
        ),
    )


def _dots(view: DatasetView, who: Entrant, group: int, offset: float) -> Dots:
    points, intervals = [], []
    for place, name in enumerate(view.perturbations):
        accuracy = measure(view.row(who, name), "accuracy")
        if accuracy.value is not None:
            low = accuracy.value if accuracy.low is None else accuracy.low
            high = accuracy.value if accuracy.high is None else accuracy.high
            points.append((place + offset, 100 * accuracy.value))
            intervals.append((100 * low, 100 * high))
    return Dots(visible(who.label), tuple(points), tuple(intervals), group)


def _alt(view: DatasetView, drawn: list[Entrant]) -> str:
    told = [
        (accuracy, visible(who.label), visible(name))
        for who in drawn
        for name in view.perturbations
        if (accuracy := measure(view.row(who, name), "accuracy").value) is not None
    ]
    anchor = visible(view.anchor)
    there = sorted((each for each in told if each[2] == anchor), key=lambda each: -each[0])
    floor = view.floor()
    lowest = min(told)
    return (
        f"Accuracy of {counted(len(drawn), 'model')} in {counted(len(view.perturbations), 'view')} of "
        f"{visible(view.dataset)}; on {anchor}: "
        f"{listed([f'{label} {percent(value)}%' for value, label, _ in there]) or 'not measured'}. "
        f"Lowest is {lowest[1]} on {lowest[2]} with {percent(lowest[0])}%"
        + (f"; calling {floor[0]} gives {percent(floor[1])}%." if floor is not None else ".")
    )
