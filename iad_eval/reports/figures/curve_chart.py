"""What a threshold on P(yes) would make of an LVLM's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from iad_eval.reports.chart import Chart, Curve, Mark, Panel, Rule
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import Row, entrant, number
from iad_eval.reports.wording import percent
from iad_eval.visible import visible
from iad_eval.words import Json

_RATES: Final = (
    ("accuracy", "accuracy"),
    ("miss_rate", "missed defects"),
    ("overkill_rate", "good parts called anomalous"),
)


def curve_chart(entry: Row) -> Chart | None:
    """Accuracy, miss rate and overkill in percent, means over classes; None without an accuracy.

    Rules stand at the best threshold and at the accuracy of the answers themselves.
    """
    thresholds = _fractions(entry["thresholds"])
    rates = {name: _fractions(entry[name]) for name, _ in _RATES}
    best = number(entry["best_threshold"])
    if best is None or best not in thresholds or not rates["accuracy"]:
        return None
    who, dataset = entrant(entry), visible(str(entry["dataset"]))
    marks: list[Mark] = [
        Curve(label, tuple(zip(thresholds, [100 * rate for rate in rates[name]], strict=True)), group)
        for group, (name, label) in enumerate(_RATES)
        if rates[name]
    ]
    marks.append(Rule(f"best at {best:.2f}", best))
    answered = number(entry["answer_accuracy"])
    if answered is not None:
        marks.append(Rule(f"as answered: {percent(answered)}%", 100 * answered, "y"))
    return Chart(
        figure_name(str(entry["dataset"]), who.model, who.protocol, "threshold"),
        f"{dataset}, {visible(who.label)}: accuracy against the threshold on P(yes)",
        _alt(entry, rates, best, thresholds.index(best)),
        (Panel(tuple(marks), y_range=(0.0, 100.0)),),
        x_label="threshold on P(yes)",
        y_label="share of photographs, %",
        notes=(
            "Original views, means over classes: anomalous is what has a P(yes) above the threshold.",
            "The best threshold is chosen on the test photographs themselves: it says what could be gained, "
            "not what would be.",
        ),
    )


def _alt(entry: Row, rates: dict[str, list[float]], best: float, place: int) -> str:
    who, dataset = visible(entrant(entry).label), visible(str(entry["dataset"]))
    answered = number(entry["answer_accuracy"])
    said = "" if answered is None else f"{percent(answered)}% by its answers, "
    wrong = []
    if rates["miss_rate"]:
        wrong.append(f"{percent(rates['miss_rate'][place])}% of the defects are missed")
    if rates["overkill_rate"]:
        wrong.append(f"{percent(rates['overkill_rate'][place])}% of the good parts are called anomalous")
    return (
        f"Accuracy of {who} on {dataset} against the threshold on P(yes): {said}"
        f"{percent(number(entry['best_accuracy']))}% at best, at {best:.2f}."
        + (f" There {' and '.join(wrong)}." if wrong else "")
    )


def _fractions(values: Json) -> list[float]:
    """A list of numbers; empty for what was not measured."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    return [each for value in values if (each := number(value)) is not None]
