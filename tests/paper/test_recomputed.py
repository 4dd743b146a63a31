"""What the paper's printed cells come to, worked out on paper."""

from __future__ import annotations

import pytest

from iad_eval.paper import Printed, RecomputedDrop, best_thresholds, recomputed_drops


def test_average_drops_from_the_printed_cells() -> None:
    found = {(each.printed.table, each.printed.model): 100 * each.recomputed for each in recomputed_drops()}
    by_hand = {
        ("Table 3", "GLASS"): 83.1 - 225.5 / 3,  # 77.1 + 73.1 + 75.3
        ("Table 3", "INP-Former"): 83.3 - 78.5,  # 67.2 + 85.6 + 82.7 = 235.5
        ("Table 3", "AnomalyGPT"): 85.6 - 227.9 / 3,  # 85.1 + 70.0 + 72.8
        ("Table 3", "Qwen"): 91.8 - 90.1,  # 89.4 + 89.6 + 91.3 = 270.3
        ("Table 4", "GLASS"): 89.6 - 190.6 / 3,  # 57.2 + 56.6 + 76.8
        ("Table 4", "INP-Former"): 90.8 - 75.9,  # 56.6 + 80.4 + 90.7 = 227.7
        ("Table 4", "AnomalyGPT"): 77.6 - 198.7 / 3,  # 69.2 + 74.2 + 55.3
        ("Table 4", "Qwen"): 73.7 - 212.0 / 3,  # 67.3 + 71.4 + 73.3
    }
    assert found == pytest.approx(by_hand)
    assert len(recomputed_drops()) == 8


def test_two_printed_averages_do_not_follow_from_their_own_row() -> None:
    told = [
        (each.printed.table, each.printed.model, each.printed.text, f"{100 * each.recomputed:.1f}")
        for each in recomputed_drops()
        if not each.follows
    ]
    assert told == [("Table 3", "AnomalyGPT", "10.3", "9.6"), ("Table 4", "AnomalyGPT", "11.6", "11.4")]


@pytest.mark.parametrize(
    ("recomputed", "follows"),
    [
        (0.1, True),
        (0.1015, True),  # half a digit of the original, of the mean of the others and of the average
        (0.0985, True),
        (0.1016, False),
        (0.0984, False),
        (-0.1, False),
    ],
)
def test_rounding_explains_three_halves_of_the_last_digit_and_no_more(
    recomputed: float, follows: bool
) -> None:
    average = Printed("Table 3", "mvtec", "GLASS", "average_drop", "10.0", None)
    assert RecomputedDrop(average, recomputed).follows is follows


def test_the_best_threshold_on_original_heads_tables_3_and_4() -> None:
    """GLASS: 57.8/83.1/79.3 and 89.6/87.1/81.3, INP-Former: 83.3/82.8/78.9 and 90.8/83.3/76.6."""
    found = {(each.model, each.dataset): (each.threshold, each.heads_the_table) for each in best_thresholds()}
    assert found == {
        ("GLASS", "mvtec"): ("p90", True),
        ("GLASS", "visa"): ("max", True),
        ("INP-Former", "mvtec"): ("max", True),
        ("INP-Former", "visa"): ("max", True),
    }
    assert len(best_thresholds()) == len(found)
