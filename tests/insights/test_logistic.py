"""The logistic fit: against scikit-learn and scipy, and where there is nothing to fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from iad_eval.insights.logistic import STEEPEST, logistic_fit
from iad_eval.metrics import Bools, Floats


def _single(x: Floats, y: Bools) -> tuple[float, float]:
    [[intercept, slope]] = logistic_fit(x, y, np.ones((1, len(x))))
    return float(intercept), float(slope)


def _by_scipy(x: Floats, y: Bools, weights: Floats) -> Floats:
    def loss(at: Floats) -> float:
        log_odds = at[0] + at[1] * x
        return float((weights * (np.logaddexp(0, log_odds) - y * log_odds)).sum())

    best: Floats = minimize(loss, np.zeros(2), method="BFGS", options={"gtol": 1e-9}).x
    return best


def _drawn(seed: int, n: int, slope: float) -> tuple[Floats, Bools]:
    generator = np.random.default_rng(seed)
    x = generator.normal(-2.0, 0.7, n)
    return x, generator.random(n) < 1 / (1 + np.exp(-slope * (x + 2)))


@given(st.integers(0, 10_000), st.integers(40, 300), st.floats(-2.5, 2.5))
@settings(max_examples=60, deadline=None)
def test_coefficients_are_those_of_scikit_learn(seed: int, n: int, slope: float) -> None:
    x, y = _drawn(seed, n, slope)
    wanted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(x[:, None], y)
    assert _single(x, y) == pytest.approx((wanted.intercept_[0], wanted.coef_[0, 0]), rel=1e-4, abs=1e-4)


def test_every_weighting_has_the_maximum_of_its_own_likelihood() -> None:
    x, y = _drawn(5, 120, 1.5)
    weights = np.random.default_rng(1).multinomial(120, np.full(120, 1 / 120), size=20).astype(np.float64)
    wanted = np.stack([_by_scipy(x, y, each) for each in weights])
    assert logistic_fit(x, y, weights) == pytest.approx(wanted, abs=1e-4)


def test_two_sizes_give_the_log_odds_of_their_shares() -> None:
    x = np.repeat([-2.0, -1.0], 8)
    y = np.array([True] * 2 + [False] * 6 + [True] * 6 + [False] * 2)
    assert _single(x, y) == pytest.approx((3 * np.log(3), 2 * np.log(3)))  # odds 1/3 and 3


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([1.0, 2.0, 3.0, 4.0], [False, False, True, True]),
        ([1.0, 2.0, 2.0, 3.0], [False, False, True, True]),  # but for one value that has both
        ([1.0, 2.0, 3.0], [True, True, True]),
        ([1.0, 2.0, 3.0], [False, False, False]),
        ([2.0, 2.0, 2.0], [True, False, True]),
        ([], []),
    ],
)
def test_without_a_maximum_nothing_is_told(x: list[float], y: list[bool]) -> None:
    fitted = logistic_fit(np.array(x), np.array(y, dtype=np.bool_), np.ones((2, len(x))))
    assert np.isnan(fitted).all()


@given(st.lists(st.tuples(st.floats(-6, 0), st.booleans()), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_whatever_the_data_a_fit_is_bounded_or_nothing(points: list[tuple[float, bool]]) -> None:
    x = np.array([each for each, _ in points])
    y = np.array([found for _, found in points], dtype=np.bool_)
    [fitted] = logistic_fit(x, y, np.ones((1, len(x))))
    assert np.isnan(fitted).all() or abs(fitted[1]) * x.std() <= STEEPEST + 1e-6


def test_separated_weightings_leave_the_others_as_they_are() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    y = np.array([False, True, False, True])
    fitted = logistic_fit(x, y, np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0]]))
    assert np.isnan(fitted).any(axis=1).tolist() == [False, True, False]
    assert fitted[0] == pytest.approx(fitted[2])


def test_far_values_do_not_overflow() -> None:
    x = np.concatenate([np.linspace(-1, 1, 2_000), [1e6]])
    y = np.arange(2_001) % 2 == 0
    assert np.isfinite(logistic_fit(x, y, np.ones((1, 2_001)))).all()
