"""Photographs that would decide: the formula by hand, its floors, and whether that many do decide."""

from __future__ import annotations

import pytest
from pairs_by_hand import one_view, pairs

from iad_eval.paired.deciding import photographs_to_decide
from iad_eval.paired.drop import Drop, drop
from iad_eval.paired.pairs import Pairs
from iad_eval.paired.sign_flip import sign_flip


def _needed(classes: list[Pairs], margin: float) -> int | None:
    return photographs_to_decide(drop(classes, 0), classes, margin)


def test_below_the_margin_the_gap_is_that_to_the_margin() -> None:
    # N = 100, lost +1 five times and -1 four: estimate 0.01, variance (9 - 1 / 100) / 99 / 100 = 0.000908081,
    # (1.959964 + 0.841621)^2 = 7.848880, gap 0.04: 100 * 0.000908081 * 7.848880 / 0.0016 = 445.46
    assert _needed([one_view(5, 4, 91)], 0.05) == 446


def test_above_the_margin_the_gap_is_that_to_no_drop() -> None:
    # lost +1 nine times, -1 four: estimate 0.05, variance (13 - 25 / 100) / 99 / 100 = 0.001287879:
    # 100 * 0.001287879 * 7.848880 / 0.0025 = 404.34
    assert _needed([one_view(9, 4, 87)], 0.02) == 405
    assert _needed([one_view(9, 4, 87)], 0.03) == 405


def test_classes_grow_in_the_same_mix() -> None:
    # variances 0.000908081 (as above) and, with 3 lost and 2 won of 50, (5 - 1 / 50) / 49 / 50 = 0.002032653;
    # a quarter of their sum is 0.000735184, the estimate (0.01 + 0.02) / 2 = 0.015:
    # 150 * 0.000735184 * 7.848880 / 0.035^2 = 706.57
    assert _needed([one_view(5, 4, 91, "bolt"), one_view(3, 2, 45, "washer")], 0.05) == 707


def test_views_of_a_photograph_count_once() -> None:
    four = pairs(["r" * 5 + "w" * 4 + "r" * 91] * 4, ["w" * 5 + "r" * 95] * 4)
    assert _needed([four], 0.05) == 446


def test_without_a_flip_the_margin_says_how_many_must_be_seen() -> None:
    # ln 0.025 / ln 0.98 = 182.59, and with two classes ln 0.025 / ln 0.96 = 90.36 in the smaller one
    assert _needed([one_view(0, 0, 40)], 0.02) == 183
    assert (
        _needed([one_view(0, 0, 40, "bolt"), one_view(0, 0, 80, "washer")], 0.02) == 272
    )  # 120 / 40 * 90.36


def test_so_many_photographs_without_a_flip_are_as_many_as_it_takes() -> None:
    assert drop([one_view(0, 0, 182)], 0).high > 0.02 > drop([one_view(0, 0, 183)], 0).high


def test_a_drop_that_all_photographs_share_still_needs_six_of_them() -> None:
    assert _needed([one_view(3, 0, 0)], 0.02) == 6
    assert sign_flip([one_view(5, 0, 0)], 0) > 0.05 > sign_flip([one_view(6, 0, 0)], 0)


def test_it_is_more_than_there_are_now() -> None:
    assert _needed([one_view(30, 0, 70)], 0.02) == 101
    assert _needed([one_view(0, 0, 3)], 1.0) == 4


@pytest.mark.parametrize("margin", [0.0, 0.02, 0.05])
def test_where_the_estimate_is_the_margin_no_number_decides(margin: float) -> None:
    assert photographs_to_decide(Drop(0.9, 0.9 - margin, margin, -1, 1), [one_view(5, 5, 90)], margin) is None


def test_an_improvement_is_decided_against_a_margin_of_nothing() -> None:
    # the variance of nine lost and four won, turned around, and the gap of 0.05
    assert _needed([one_view(4, 9, 87)], 0.0) == 405


@pytest.mark.parametrize(("newly_wrong", "newly_right", "margin"), [(5, 4, 0.05), (9, 4, 0.02)])
def test_with_so_many_of_the_same_kind_it_is_decided(
    newly_wrong: int, newly_right: int, margin: float
) -> None:
    now = one_view(newly_wrong, newly_right, 100 - newly_wrong - newly_right)
    more = one_view(5 * newly_wrong, 5 * newly_right, 500 - 5 * newly_wrong - 5 * newly_right)
    needed = _needed([now], margin)
    assert needed is not None
    assert needed <= 500

    def decided(classes: list[Pairs]) -> bool:
        return (
            sign_flip(classes, 0) < 0.05
            if drop(classes, 0).estimate > margin
            else drop(classes, 0).high < margin
        )

    assert not decided([now])
    assert decided([more])
