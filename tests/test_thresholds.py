"""The paper's thresholds on hand-made training scores, and which of them heads a table."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.thresholds import headline, threshold_values
from iad_eval.words import Threshold


def test_thresholds_of_scores_from_zero_to_ten() -> None:
    assert threshold_values([3, 1, 4, 0, 5, 9, 2, 6, 8, 7, 10]) == {"max": 10, "p90": 9, "p80": 8}


def test_thresholds_lie_between_scores_where_a_percentile_does() -> None:
    assert threshold_values([1.0, 2.0]) == pytest.approx({"max": 2.0, "p90": 1.9, "p80": 1.8})


def test_one_training_score_is_all_thresholds() -> None:
    assert threshold_values([0.25]) == {"max": 0.25, "p90": 0.25, "p80": 0.25}


def test_without_training_scores_there_are_no_thresholds() -> None:
    assert threshold_values([]) == {}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_thresholds_are_numpys_percentiles_and_fall_in_order(scores: list[float]) -> None:
    values = threshold_values(scores)
    assert values["max"] == max(scores)
    assert values["p90"] == np.percentile(np.array(scores), 90)
    assert values["p80"] == np.percentile(np.array(scores), 80)
    assert values["max"] >= values["p90"] >= values["p80"]


@pytest.mark.parametrize(
    ("accuracies", "best"),
    [
        ({"max": 0.7, "p90": 0.9, "p80": 0.8}, "p90"),
        ({"max": 0.7, "p90": 0.8, "p80": 0.9}, "p80"),
        ({"max": 0.9, "p90": 0.8, "p80": 0.7}, "max"),
        ({"p80": 0.9, "p90": 0.9, "max": 0.9}, "max"),
        ({"p80": 0.9, "p90": 0.9, "max": 0.8}, "p90"),
        ({"max": None, "p90": None, "p80": None}, "max"),
        ({"max": None, "p90": 0.2, "p80": None}, "p90"),
        ({"answer": 0.4}, "answer"),
        ({"answer": None, "max": 0.9, "p90": 0.9, "p80": 0.9}, "answer"),
        ({}, None),
    ],
)
def test_headline_is_the_best_on_original_with_ties_in_the_papers_order(
    accuracies: dict[Threshold, float | None], best: Threshold | None
) -> None:
    assert headline(accuracies) == best


def test_means_that_differ_in_rounding_alone_are_a_tie() -> None:
    as_max, as_p90 = (0.7 + 0.8 + 0.9) / 3, (0.9 + 0.8 + 0.7) / 3
    assert as_max < as_p90  # the same classes, added up in another order
    assert headline({"max": as_max, "p90": as_p90, "p80": 0.5}) == "max"
