"""Accuracy, misses and overkill against the threshold on P(yes)."""

from __future__ import annotations

from typing import Any

import pytest
from rows_by_hand import about

from iad_eval.reports.chart import Chart, Curve, Panel, Rule
from iad_eval.reports.figures import curve_chart

MEASURED: dict[str, Any] = {
    "thresholds": [0.0, 0.5, 1.0],
    "accuracy": [0.5, 0.875, 0.25],
    "miss_rate": [0.0, 0.125, 1.0],
    "overkill_rate": [1.0, 0.25, 0.0],
    "best_threshold": 0.5,
    "best_accuracy": 0.875,
    "answer_accuracy": 0.75,
}


def _chart(**more: object) -> Chart | None:
    return curve_chart(about("lvlm", "oneshot", **{**MEASURED, **more}))


def test_three_rates_and_two_rules() -> None:
    assert _chart() == Chart(
        "parts-lvlm-oneshot-threshold",
        "parts, lvlm (oneshot): accuracy against the threshold on P(yes)",
        "Accuracy of lvlm (oneshot) on parts against the threshold on P(yes): 75.0% by its answers, 87.5% at "
        "best, at 0.50. There 12.5% of the defects are missed and 25.0% of the good parts are called "
        "anomalous.",
        (
            Panel(
                (
                    Curve("accuracy", ((0.0, 50.0), (0.5, 87.5), (1.0, 25.0)), 0),
                    Curve("missed defects", ((0.0, 0.0), (0.5, 12.5), (1.0, 100.0)), 1),
                    Curve("good parts called anomalous", ((0.0, 100.0), (0.5, 25.0), (1.0, 0.0)), 2),
                    Rule("best at 0.50", 0.5),
                    Rule("as answered: 75.0%", 75.0, "y"),
                ),
                y_range=(0.0, 100.0),
            ),
        ),
        x_label="threshold on P(yes)",
        y_label="share of photographs, %",
        notes=(
            "Original views, means over classes: anomalous is what has a P(yes) above the threshold.",
            "The best threshold is chosen on the test photographs themselves: it says what could be gained, "
            "not what would be.",
        ),
    )


@pytest.mark.parametrize(
    ("absent", "labels", "told"),
    [
        (["miss_rate"], ["accuracy", "good parts called anomalous"],
         "at 0.50. There 25.0% of the good parts are called anomalous."),
        (["overkill_rate"], ["accuracy", "missed defects"],
         "at 0.50. There 12.5% of the defects are missed."),
        (["miss_rate", "overkill_rate"], ["accuracy"], "at 0.50."),
    ],
)  # fmt: skip
def test_a_rate_that_no_class_can_tell_is_left_out(absent: list[str], labels: list[str], told: str) -> None:
    chart = _chart(**dict.fromkeys(absent))
    assert chart is not None
    curves = [mark for mark in chart.panels[0].marks if isinstance(mark, Curve)]
    assert [curve.label for curve in curves] == labels
    assert chart.alt.endswith(f"87.5% at best, {told}")


def test_colours_stay_with_their_rates() -> None:
    chart = _chart(miss_rate=None)
    assert chart is not None
    assert [mark.group for mark in chart.panels[0].marks if isinstance(mark, Curve)] == [0, 2]


def test_without_an_accuracy_of_answers_no_rule_and_no_word_is_about_it() -> None:
    chart = _chart(answer_accuracy=None)
    assert chart is not None
    assert [mark for mark in chart.panels[0].marks if isinstance(mark, Rule)] == [Rule("best at 0.50", 0.5)]
    assert "against the threshold on P(yes): 87.5% at best, at 0.50." in chart.alt


@pytest.mark.parametrize(
    "lacking", [{"accuracy": None}, {"accuracy": []}, {"best_threshold": None}, {"best_threshold": 0.3}]
)
def test_without_an_accuracy_there_is_no_chart(lacking: dict[str, object]) -> None:
    assert _chart(**lacking) is None
