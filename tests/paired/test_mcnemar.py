"""McNemar's exact p: by hand, by its definition in whole numbers, and as others compute it."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from iad_eval.paired.mcnemar import mcnemar

flips = st.integers(0, 400)


@pytest.mark.parametrize(
    ("newly_wrong", "newly_right", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (4, 4, 1.0),
        (5, 0, 0.0625),  # 2 / 32
        (6, 0, 0.03125),  # 2 / 64
        (0, 6, 0.03125),
        (8, 2, 0.109375),  # 2 (1 + 10 + 45) / 1024
    ],
)
def test_p_is_that_of_a_fair_coin(newly_wrong: int, newly_right: int, p: float) -> None:
    assert mcnemar(newly_wrong, newly_right) == p


@given(flips, flips)
@settings(max_examples=60, deadline=None)
def test_p_is_twice_the_smaller_tail_in_whole_numbers(newly_wrong: int, newly_right: int) -> None:
    n, fewer = newly_wrong + newly_right, min(newly_wrong, newly_right)
    tail = Fraction(2 * sum(math.comb(n, k) for k in range(fewer + 1)), 2**n)
    assert mcnemar(newly_wrong, newly_right) == pytest.approx(min(1.0, float(tail)), rel=1e-12)


@given(flips, flips)
@settings(max_examples=60, deadline=None)
def test_p_is_that_of_scipy_and_of_statsmodels(newly_wrong: int, newly_right: int) -> None:
    p = mcnemar(newly_wrong, newly_right)
    if newly_wrong + newly_right:
        assert p == pytest.approx(binomtest(newly_wrong, newly_wrong + newly_right).pvalue, abs=1e-9)
    table = [[7, newly_wrong], [newly_right, 3]]
    assert p == pytest.approx(min(1.0, statsmodels_mcnemar(table, exact=True).pvalue), abs=1e-9)


def test_thousands_of_flips_are_as_exact() -> None:
    assert mcnemar(20_200, 19_800) == pytest.approx(binomtest(20_200, 40_000).pvalue, rel=1e-9)
    assert mcnemar(5_000, 0) == 0.0  # 2**-4999: less than any float
