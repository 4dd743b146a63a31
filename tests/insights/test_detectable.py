"""The minimum detectable drop: its formula from the other side, its floor, its behaviour."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import aligned, runs, said
from scipy.stats import binomtest, norm

from iad_eval.insights.detectable import detectable, minimum_detectable_drop, photographs_needed
from iad_eval.words import Observation

shares = st.floats(0, 1)


def test_photographs_that_a_drop_needs_are_those_of_connors_formula() -> None:
    # 1.959964 sqrt(0.1) + 0.841621 sqrt(0.1 - 0.05^2) = 0.619795 + 0.262794; (0.882589 / 0.05)^2
    assert photographs_needed(0.05, 0.1) == pytest.approx(311.585, abs=0.01)
    # a drop of 0.2 alone makes 0.2 differ: 1.959964 sqrt(0.2) + 0.841621 sqrt(0.16) = 1.213171; (../0.2)^2
    assert photographs_needed(0.2, 0.1) == pytest.approx(36.795, abs=0.01)


def test_the_drop_of_so_many_photographs_is_the_one_that_needs_them() -> None:
    assert minimum_detectable_drop(312, 0.9, 0.1) == pytest.approx(0.05, abs=1e-4)
    assert minimum_detectable_drop(37, 0.9, 0.1) == pytest.approx(0.2, abs=0.002)


def test_without_flips_two_runs_are_taken_to_err_independently() -> None:
    assert minimum_detectable_drop(500, 0.8, None) == minimum_detectable_drop(500, 0.8, 0.32)
    assert minimum_detectable_drop(500, 1.0, None) == minimum_detectable_drop(500, 1.0, 0.0)


def test_six_flips_one_way_are_the_fewest_that_the_exact_test_finds() -> None:
    assert binomtest(0, 6).pvalue < 0.05 < binomtest(0, 5).pvalue
    assert minimum_detectable_drop(5, 0.9, 0.1) is None
    assert minimum_detectable_drop(0, 0.0, None) is None
    assert minimum_detectable_drop(6, 0.9, 0.0) == 1.0
    assert minimum_detectable_drop(8, 0.9, 0.0) == 0.75  # the formula alone says 0.72
    assert minimum_detectable_drop(3000, 1.0, 0.0) == pytest.approx(7.85 / 3000, rel=0.01)


@given(st.integers(6, 5000), shares, shares)
@settings(max_examples=200, deadline=None)
def test_the_drop_is_the_smallest_that_the_formula_allows(n: int, accuracy: float, flipped: float) -> None:
    found = minimum_detectable_drop(n, accuracy, flipped)
    assert found is not None
    assert 6 / n <= found <= 1
    z_alpha, z_beta = norm.ppf(0.975), norm.ppf(0.8)

    def power_is_enough(drop: float) -> bool:
        differing = max(drop, flipped)
        needed = z_alpha * math.sqrt(differing) + z_beta * math.sqrt(differing - drop * drop)
        return bool(math.sqrt(n) * drop >= needed)

    assert power_is_enough(min(1.0, found + 1e-9))
    assert found == 6 / n or not power_is_enough(found - 1e-9)


@given(st.integers(6, 5000), st.integers(0, 5000), shares, shares)
@settings(max_examples=200, deadline=None)
def test_more_photographs_and_fewer_flips_show_smaller_drops(
    n: int, more: int, flipped: float, fewer: float
) -> None:
    few, many = minimum_detectable_drop(n, 0.9, flipped), minimum_detectable_drop(n + more, 0.9, flipped)
    calm = minimum_detectable_drop(n, 0.9, flipped * fewer)
    assert few is not None
    assert many is not None
    assert calm is not None
    assert many <= few
    assert calm <= few


def test_the_power_at_the_drop_found_is_what_was_asked_for() -> None:
    # the chance that McNemar's test rejects, summed over all that 200 photographs can show
    n, flipped = 200, 0.15
    drop = minimum_detectable_drop(n, 0.8, flipped)
    assert drop is not None
    harmful = (flipped + drop) / 2 / flipped
    power = 0.0
    for differing in range(1, n + 1):
        chance = math.comb(n, differing) * flipped**differing * (1 - flipped) ** (n - differing)
        for worse in range(differing + 1):
            if (2 * worse - differing) ** 2 > norm.ppf(0.975) ** 2 * differing:
                one = math.comb(differing, worse) * harmful**worse * (1 - harmful) ** (differing - worse)
                power += chance * one
    assert power == pytest.approx(0.8, abs=0.03)  # counts are whole


def _rows(observations: list[Observation]) -> list[tuple[Any, ...]]:
    return [
        (row["class_name"], row["n"], row["flipped"], row["minimum_detectable_drop"])
        for row in detectable(aligned(observations))
    ]


def test_flipped_is_the_share_of_pairs_that_differ_from_the_original() -> None:
    observations = [
        *said("YYYYYYYN", "AAAAAAAA"),  # 7 of 8 right
        *said("YYYYYYNY", "AAAAAAAA", view="rotated"),  # two of 8 differ
        *said("YYYYNx--", "AAAAAAAA", view="padded"),  # one of 5
        *said("NN", "GG", place="parts/nut"),
    ]
    assert _rows(observations) == [
        (None, 10, 3 / 13, minimum_detectable_drop(10, 0.9, 3 / 13)),
        ("bolt", 8, 3 / 13, minimum_detectable_drop(8, 7 / 8, 3 / 13)),
        ("nut", 2, None, None),
    ]


def test_with_one_view_nothing_is_known_of_flips() -> None:
    observations = said("YYYYYYYYNN", "AAAAAAAAAA")
    drop = minimum_detectable_drop(10, 0.8, None)
    assert _rows(observations) == [(None, 10, None, drop), ("bolt", 10, None, drop)]


def test_without_original_views_there_is_nothing_to_compare() -> None:
    assert _rows(said("YN", "AG", view="rotated")) == []
    elsewhere = [*said("x", "A"), *said("Y", "A", view="rotated"), *said("Y", "A", place="parts/nut")]
    assert [name for name, *_ in _rows(elsewhere)] == [None, "nut"]


@given(runs())
@settings(max_examples=30, deadline=None)
def test_a_drop_is_within_zero_and_one_and_the_dataset_shows_no_more_than_its_photographs(
    run: list[Observation],
) -> None:
    for row in detectable(aligned(run)):
        n, drop, flipped = row["n"], row["minimum_detectable_drop"], row["flipped"]
        assert isinstance(n, int)
        assert (drop is None) is (n < 6)
        assert drop is None or (isinstance(drop, float) and 6 / n <= drop <= 1)
        assert flipped is None or (isinstance(flipped, float) and 0 <= flipped <= 1)
