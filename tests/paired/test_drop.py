"""The drop and its interval: cases made by hand, the bootstrap by its definition, what n photographs say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from pairs_by_hand import one_view, pairs, small_classes

from iad_eval.intervals import bootstrap_weights, unseen
from iad_eval.paired.drop import drop
from iad_eval.paired.pairs import Pairs


def test_accuracies_are_means_over_classes_of_the_share_of_right_views() -> None:
    bolt = pairs(["rrw.", "rwwr"], ["rww.", "rwrr"], "bolt")  # 7 views: 4 right before, 4 after
    washer = pairs(["rrrr"], ["rrrw"], "washer")  # 4 views: 4, then 3
    found = drop([bolt, washer], 0)
    assert found.before == pytest.approx((4 / 7 + 1) / 2)
    assert found.after == pytest.approx((4 / 7 + 3 / 4) / 2)
    assert found.estimate == pytest.approx(1 / 8)


def test_interval_is_that_of_photographs_drawn_class_by_class() -> None:
    # photographs lose 2, 1, 0 or -1 of two views, or the only one that counts
    bolt = pairs(
        ["r" * 30 + "w" * 10 + "r" * 40, "r" * 60 + "." * 20],
        ["w" * 30 + "r" * 50, "w" * 9 + "r" * 51 + "." * 20],
        "bolt",
    )
    washer = one_view(20, 6, 40, "washer")
    drawn = []
    for each in (bolt, washer):
        weights = bootstrap_weights(5, "parts", each.class_name, each.photographs)
        drawn.append([(row * each.lost).sum() / (row * each.views).sum() for row in weights])
    wanted = np.percentile(np.mean(drawn, axis=0), [2.5, 97.5])
    found = drop([bolt, washer], 5)
    assert (found.low, found.high) == pytest.approx(tuple(wanted), abs=1e-12)
    assert found.low < found.estimate < found.high


def test_views_of_a_photograph_are_no_further_evidence() -> None:
    once = one_view(30, 10, 60)
    four_times = pairs(["r" * 30 + "w" * 10 + "r" * 60] * 4, ["w" * 30 + "r" * 70] * 4)
    assert drop([four_times], 0) == drop([once], 0)


def test_without_a_flip_the_interval_says_what_so_many_photographs_leave_open() -> None:
    # 1 - 0.025 ** (1 / 83) = 0.0434712
    found = drop([one_view(0, 0, 83)], 0)
    assert found.estimate == 0.0
    assert (found.low, found.high) == pytest.approx((-0.0434712, 0.0434712), abs=1e-7)


def test_of_several_classes_the_smallest_leaves_the_most_open() -> None:
    # 1 - 0.025 ** (1 / 20) = 0.1684335, one class of three
    found = drop([one_view(0, 0, n, f"class {n}") for n in (83, 20, 150)], 0)
    assert (found.low, found.high) == pytest.approx((-0.0561445, 0.0561445), abs=1e-7)


def test_a_photograph_that_lost_never_narrows_what_is_open() -> None:
    highs = [drop([one_view(lost, 0, 115 - lost)], 0).high for lost in range(12)]
    assert highs == sorted(highs)
    assert highs[1] == pytest.approx(1 / 115 + 0.0315682, abs=1e-7)  # 1 - 0.025 ** (1 / 115)


def test_where_all_was_lost_the_interval_ends_at_one() -> None:
    found = drop([one_view(12, 0, 0)], 0)
    # 1 - 0.025 ** (1 / 12) = 0.2646485
    assert (found.estimate, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(1 - 0.2646485, abs=1e-7)


@given(small_classes())
@settings(max_examples=60, deadline=None)
def test_interval_holds_the_estimate_and_what_is_open_beside_it(classes: list[Pairs]) -> None:
    found = drop(classes, 0)
    open_still = unseen(min(each.photographs for each in classes)) / len(classes)
    assert found.before - found.after == pytest.approx(found.estimate, abs=1e-12)
    assert -1 <= found.low <= max(-1.0, found.estimate - open_still)
    assert min(1.0, found.estimate + open_still) <= found.high <= 1


@given(small_classes())
@settings(max_examples=30, deadline=None)
def test_exchanging_before_and_after_turns_the_interval_around(classes: list[Pairs]) -> None:
    there = drop(classes, 0)
    back = drop(
        [Pairs(each.dataset, each.class_name, each.both, each.after, each.before) for each in classes], 0
    )
    assert (back.estimate, back.low, back.high) == pytest.approx(
        (-there.estimate, -there.high, -there.low), abs=1e-12
    )
