"""The sign-flip test: against all assignments of signs, against McNemar, exact and drawn."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs_by_hand import one_view, pairs, small_classes

from iad_eval.paired.mcnemar import mcnemar
from iad_eval.paired.pairs import Pairs
from iad_eval.paired.sign_flip import DRAWS, sign_flip


def _by_definition(classes: list[Pairs]) -> float:
    """Every assignment of signs to the photographs that differ."""
    effects = [
        Fraction(int(lost), int(each.views.sum()) * len(classes))
        for each in classes
        for lost in each.lost
        if lost
    ]
    observed = abs(sum(effects, Fraction()))
    sums = [abs(sum(each, Fraction())) for each in itertools.product(*((one, -one) for one in effects))]
    return sum(each >= observed for each in sums) / len(sums)


def test_photographs_with_all_their_views_change_signs() -> None:
    # lost are 2, 1 and -1; of the 8 sums +-2 +-1 +-1 those at least 2 away from 0: 4, 2, 2, -2, -2, -4
    assert sign_flip([pairs(["rrw", "rrr"], ["wwr", "wrr"])], 0) == 0.75


@given(small_classes())
@settings(max_examples=80, deadline=None)
def test_p_is_the_share_of_all_assignments_of_signs(classes: list[Pairs]) -> None:
    assert sign_flip(classes, 0) == pytest.approx(_by_definition(classes), abs=1e-12)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_one_class_in_one_view_is_mcnemars_test(newly_wrong: int, newly_right: int, still_right: int) -> None:
    p = sign_flip([one_view(newly_wrong, newly_right, still_right)], 0)
    assert p == pytest.approx(mcnemar(newly_wrong, newly_right), rel=1e-10)


def test_classes_of_equal_size_are_one_class_to_the_test() -> None:
    classes = [one_view(5, 1, 14, "bolt"), one_view(4, 2, 14, "washer")]
    assert sign_flip(classes, 0) == pytest.approx(mcnemar(9, 3), rel=1e-12)


def test_without_a_photograph_that_differs_nothing_speaks_against_chance() -> None:
    assert sign_flip([one_view(0, 0, 9)], 0) == 1.0
    assert sign_flip([pairs(["rw"], ["rw"]), pairs(["rw", "ww"], ["ww", "rw"])], 0) == 1.0


def test_thousands_of_photographs_in_four_views_are_exact() -> None:
    # each lost or won all four views: a fair coin, thrown 3,000 times
    flipped = pairs(["r" * 1550 + "w" * 1450] * 4, ["w" * 1550 + "r" * 1450] * 4)
    assert sign_flip([flipped], 0) == pytest.approx(mcnemar(1550, 1450), rel=1e-10)


def _classes_of_all_sizes() -> list[Pairs]:
    """27 classes of 83, 84, ... photographs: no lattice of a size that could be walked."""
    return [one_view(3 + number % 2, 3, 77 + number - number % 2, f"class {number}") for number in range(27)]


def test_classes_of_all_sizes_are_drawn_and_agree_with_the_normal_distribution() -> None:
    classes = _classes_of_all_sizes()
    sizes = [each.photographs for each in classes]
    assert sizes == list(range(83, 110))
    estimate = sum(each.lost.sum() / each.photographs for each in classes)
    spread = math.sqrt(sum(np.abs(each.lost).sum() / each.photographs**2 for each in classes))
    drawn = sign_flip(classes, 3)
    assert drawn == pytest.approx(math.erfc(estimate / spread / math.sqrt(2)), abs=0.005)
    assert drawn * (DRAWS + 1) == pytest.approx(round(drawn * (DRAWS + 1)), abs=1e-6)


def test_draws_come_from_the_seed_alone() -> None:
    classes = _classes_of_all_sizes()
    first = sign_flip(classes, 0)
    assert first == sign_flip(classes[::-1], 0)
    assert first != sign_flip(classes, -1)
    assert first == pytest.approx(sign_flip(classes, -1), abs=0.01)


def test_drawn_p_is_never_zero() -> None:
    classes = [one_view(20, 0, 63 + number, f"class {number}") for number in range(27)]
    assert sign_flip(classes, 0) == 1 / (1 + DRAWS)
