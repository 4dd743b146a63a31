"""Figure 6 of the paper: scores of training images and test views, with the thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from iad_eval.reports.chart import Chart, Mark, Panel, Rule, Steps
from iad_eval.reports.figures.choosing import has_looked
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import DatasetView, Entrant, Row, entrant, measure, number, whole
from iad_eval.reports.wording import counted, listed, percent
from iad_eval.visible import visible
from iad_eval.words import ORIGINAL, SCORE_THRESHOLDS, Json

MOST_CLASSES = 16
"""Panels in one chart."""

_SERIES: Final = (
    ("training", "training images"),
    ("normal", "normal test views"),
    ("anomalous", "anomalous test views"),
)


def distributions_chart(view: DatasetView, who: Entrant) -> Chart | None:
    """One panel a class; heights are percentages of each series, so that small and large ones compare.

    Rules are the paper's three thresholds. None for trivial models and those without training scores.
    """
    found = [each for each in view.records("distributions") if entrant(each) == who]
    if not found or not has_looked(who):
        return None
    found.sort(key=lambda each: str(each["class_name"]))
    left_out = len(found) - MOST_CLASSES
    notes = [
        "As Figure 6 of the paper: original test views against training images. Dashed lines are the "
        "largest (max), the 90th and the 80th percentile training score; what lies to the right is called "
        "anomalous.",
        "Heights are shares of each series, in %.",
    ]
    beyond = sum(whole(each.get("beyond")) for each in found[:MOST_CLASSES])
    if beyond:
        notes.append(f"The last step of a panel also holds what lies beyond it: {counted(beyond, 'score')}.")
    if left_out > 0:
        notes.append(f"The first {MOST_CLASSES} classes by name are drawn; left out: {left_out:,}.")
    return Chart(
        figure_name(view.dataset, who.model, who.protocol, "scores"),
        f"{visible(view.dataset)}, {visible(who.label)}: scores in training and test",
        _alt(view, who, min(len(found), MOST_CLASSES)),
        tuple(map(_panel, found[:MOST_CLASSES])),
        x_label="score",
        y_label="share of the series, %",
        notes=tuple(notes),
    )


def _panel(entry: Row) -> Panel:
    marks: list[Mark] = []
    for group, (name, label) in enumerate(_SERIES):
        counts = _numbers(entry[name])
        total = sum(counts)
        if total:
            heights = tuple(100 * count / total for count in counts)
            marks.append(Steps(label, tuple(_numbers(entry["edges"])), heights, group))
    values = entry["thresholds"]
    assert isinstance(values, Mapping)
    for threshold in SCORE_THRESHOLDS:
        value = number(values.get(threshold))
        if value is not None:
            marks.append(Rule(threshold, value))
    return Panel(tuple(marks), visible(str(entry["class_name"])))


def _alt(view: DatasetView, who: Entrant, classes: int) -> str:
    told = [
        f"{percent(accuracy)}% at {threshold}"
        for threshold in SCORE_THRESHOLDS
        if (accuracy := measure(view.row(who, ORIGINAL, threshold=threshold), "accuracy").value) is not None
    ]
    accuracies = f" Accuracy on original is {listed(told)}." if told else ""
    return (
        f"Scores that {visible(who.label)} gives training images, normal and anomalous test views of "
        f"{counted(classes, 'class')} of {visible(view.dataset)}, with the thresholds max, p90 and p80."
        f"{accuracies}"
    )


def _numbers(values: Json) -> list[float]:
    assert isinstance(values, Sequence)
    return [each for value in values if (each := number(value)) is not None]
