"""Scores in training and test: heights as shares of each series, thresholds, many classes."""

from __future__ import annotations

from typing import Any

from rows_by_hand import Record, about, parts_of, row_of

from iad_eval.reports.chart import Chart, Panel, Rule, Steps
from iad_eval.reports.figures import distributions_chart
from iad_eval.reports.reading import Entrant

PAPER = (
    "As Figure 6 of the paper: original test views against training images. Dashed lines are the largest "
    "(max), the 90th and the 80th percentile training score; what lies to the right is called anomalous."
)
SHARES = "Heights are shares of each series, in %."
GLASS = Entrant("glass")


def _scores(class_name: str, model: str = "glass", **more: Any) -> Record:
    told: dict[str, Any] = {
        "edges": [0.0, 1.0, 2.0],
        "training": [3, 1],
        "normal": [4, 0],
        "anomalous": [1, 3],
        "beyond": 0,
        "thresholds": {"max": 1.5, "p90": 1.25, "p80": 1.0},
    }
    return about(model, class_name=class_name, **{**told, **more})


def test_each_series_is_in_percent_of_its_own() -> None:
    rows = [row_of("glass", accuracy, threshold=name) for name, accuracy in (("max", 0.875), ("p80", 0.75))]
    rows += [row_of("glass", None, threshold="p90"), row_of("glass", 0.1, threshold="max", class_name="nut")]
    empty: dict[str, Any] = {
        "normal": [0, 0],
        "beyond": 2,
        "thresholds": {"max": 1.5, "p90": 1.25, "p80": None},
    }
    view = parts_of(*rows, distributions=[_scores("nut"), _scores("a \x1bbolt", **empty)])
    edges = (0.0, 1.0, 2.0)
    assert distributions_chart(view, GLASS) == Chart(
        "parts-glass-scores",
        "parts, glass: scores in training and test",
        "Scores that glass gives training images, normal and anomalous test views of 2 classes of parts, "
        "with the thresholds max, p90 and p80. Accuracy on original is 87.5% at max and 75.0% at p80.",
        (
            Panel(
                (
                    Steps("training images", edges, (75.0, 25.0), 0),
                    Steps("anomalous test views", edges, (25.0, 75.0), 2),
                    Rule("max", 1.5),
                    Rule("p90", 1.25),
                ),
                r"a \x1bbolt",
            ),
            Panel(
                (
                    Steps("training images", edges, (75.0, 25.0), 0),
                    Steps("normal test views", edges, (100.0, 0.0), 1),
                    Steps("anomalous test views", edges, (25.0, 75.0), 2),
                    Rule("max", 1.5),
                    Rule("p90", 1.25),
                    Rule("p80", 1.0),
                ),
                "nut",
            ),
        ),
        x_label="score",
        y_label="share of the series, %",
        notes=(PAPER, SHARES, "The last step of a panel also holds what lies beyond it: 2 scores."),
    )


def test_one_score_beyond_is_one_and_older_summaries_know_of_none() -> None:
    beyond = distributions_chart(parts_of(distributions=[_scores("nut", beyond=1)]), GLASS)
    assert beyond is not None
    assert beyond.notes[-1].endswith("beyond it: 1 score.")
    old = _scores("nut")
    del old["beyond"]
    chart = distributions_chart(parts_of(distributions=[old]), GLASS)
    assert chart is not None
    assert chart.notes == (PAPER, SHARES)
    assert chart.alt.endswith("of 1 class of parts, with the thresholds max, p90 and p80.")


def test_of_eighteen_classes_the_first_sixteen_by_name_are_drawn_and_told() -> None:
    names = [f"class-{letter}" for letter in "rqponmlkjihgfedcba"]
    outlying = [_scores(name, beyond=int(name == "class-r")) for name in names]
    chart = distributions_chart(parts_of(distributions=outlying), GLASS)
    assert chart is not None
    assert [panel.title for panel in chart.panels] == [f"class-{letter}" for letter in "abcdefghijklmnop"]
    assert chart.notes == (PAPER, SHARES, "The first 16 classes by name are drawn; left out: 2.")
    assert "test views of 16 classes of parts" in chart.alt


def test_others_and_trivial_models_have_no_chart() -> None:
    view = parts_of(distributions=[_scores("nut"), _scores("nut", "oracle")])
    assert distributions_chart(view, Entrant("glass", "oneshot")) is None
    assert distributions_chart(view, Entrant("oracle")) is None
    assert distributions_chart(parts_of(), GLASS) is None
