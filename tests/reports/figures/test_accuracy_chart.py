"""Accuracy by view as a chart: points, intervals, the floor, and what is said where there are more models."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, floor_of, parts_of, row_of

from iad_eval.reports.chart import Chart, Dots, Panel, Rule
from iad_eval.reports.figures import accuracy_chart

MEANS = (
    "Means over classes with their 95% intervals, as in Tables 3 and 4 of the paper. "
    "The dashed line is reached without looking."
)


def test_points_intervals_and_the_floor_of_two_models_in_two_views() -> None:
    asked: Record = {"protocol": "oneshot", "always_anomalous": 0.75}
    view = parts_of(
        row_of("always-anomalous", 0.75),
        row_of("glass", 0.625, low=0.5, high=0.75),
        row_of("glass", 0.25, "rotated", low=0.125, high=0.5),
        row_of("lvlm", 0.875, **asked),
        row_of("lvlm", None, "rotated", **asked),
        floors=[floor_of(0.75)],
    )
    assert accuracy_chart(view) == Chart(
        "parts-accuracy-by-view",
        "parts: accuracy by view",
        "Accuracy of 2 models in 2 views of parts; on original: lvlm (oneshot) 87.5% and glass 62.5%. "
        "Lowest is glass on rotated with 25.0%; calling everything anomalous gives 75.0%.",
        (
            Panel(
                (
                    Dots("glass", ((-0.06, 62.5), (0.94, 25.0)), ((50.0, 75.0), (12.5, 50.0)), 0),
                    Dots("lvlm (oneshot)", ((0.06, 87.5),), ((87.5, 87.5),), 1),
                    Rule("calling everything anomalous", 75.0, "y"),
                ),
                categories=("original", "rotated"),
            ),
        ),
        y_label="photographs judged correctly, %",
        notes=(MEANS, "Not drawn, since they do not look: always-anomalous."),
    )


def test_mostly_good_photographs_have_the_other_floor() -> None:
    chart = accuracy_chart(parts_of(row_of("glass", 0.5), floors=[floor_of(0.125)]))
    assert chart is not None
    assert chart.panels[0].marks[-1] == Rule("calling everything normal", 87.5, "y")
    assert chart.alt.endswith("calling everything normal gives 87.5%.")


def test_without_a_floor_no_rule_is_drawn() -> None:
    chart = accuracy_chart(parts_of(row_of("glass", 0.5)))
    assert chart is not None
    assert [type(mark) for mark in chart.panels[0].marks] == [Dots]
    assert chart.alt.endswith("Lowest is glass on original with 50.0%.")
    assert chart.notes == (MEANS,)


@pytest.mark.parametrize("rows", [[], [row_of("glass", None), row_of("glass", None, "rotated")]])
def test_without_any_accuracy_there_is_no_chart(rows: list[Record]) -> None:
    assert accuracy_chart(parts_of(*rows, floors=[floor_of(0.5)])) is None


def test_trivial_models_are_drawn_where_there_are_no_others() -> None:
    chart = accuracy_chart(parts_of(row_of("random", 0.5), row_of("oracle", 1.0), row_of("glass", None)))
    assert chart is not None
    assert [mark.label for mark in chart.panels[0].marks] == ["oracle", "random"]
    assert chart.notes == (MEANS,)


def test_of_nine_models_the_eight_best_on_original_are_drawn_by_name() -> None:
    rows = [row_of(f"m{number}", 0.5 + number / 100) for number in range(7)]
    unmeasured = [row_of("a", None), row_of("a", 1.0, "rotated")]
    chart = accuracy_chart(parts_of(*rows, *unmeasured, row_of("z", 0.1)))
    assert chart is not None
    assert [mark.label for mark in chart.panels[0].marks] == [*(f"m{number}" for number in range(7)), "z"]
    assert chart.notes[1:] == ("The 8 models with the highest accuracy on original are drawn; left out: 1.",)
    assert chart.alt.startswith("Accuracy of 8 models in 2 views of parts; on original: m6 56.0%, m5 55.0%,")


def test_without_original_views_the_first_one_is_told() -> None:
    view = parts_of(row_of("glass", 0.5, "a-blur"), row_of("glass", 0.75, "padded"))
    chart = accuracy_chart(view)
    assert chart is not None
    assert chart.panels[0].categories == ("padded", "a-blur")
    assert "on padded: glass 75.0%. Lowest is glass on a-blur with 50.0%." in chart.alt


def test_a_chart_of_models_that_the_anchor_view_lacks_says_so() -> None:
    chart = accuracy_chart(parts_of(row_of("glass", None), row_of("glass", 0.75, "rotated")))
    assert chart is not None
    assert "on original: not measured. Lowest is glass on rotated" in chart.alt
