"""Correlations are those of scipy, and nothing where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from iad_eval.insights.correlation import pearson, spearman

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(-9, 9)), min_size=3, max_size=40)


@given(PAIRS)
@settings(max_examples=200, deadline=None)
def test_both_are_those_of_scipy_with_ties(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs, dtype=np.float64).T
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert (pearson(one, other), spearman(one, other)) == (None, None)
    else:
        assert pearson(one, other) == pytest.approx(stats.pearsonr(one, other).statistic)
        assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic)


def test_two_points_have_no_correlation() -> None:
    line = np.array([1.0, 2.0])
    assert pearson(line, line) is None
    assert spearman(line, line) is None
