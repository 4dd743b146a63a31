"""Holm's correction: by hand, what it promises, and as statsmodels has it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from iad_eval.paired.holm import holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("given_p", "adjusted"),
    [
        ([], []),
        ([0.25], [0.25]),
        ([0.5, 0.01, 0.125], [0.5, 0.03, 0.25]),  # 1 * 0.5, 3 * 0.01, 2 * 0.125
        ([0.25, 0.3], [0.5, 0.5]),  # 2 * 0.25, then 0.3, which must not be less
        ([0.75, 0.75], [1.0, 1.0]),
    ],
)
def test_the_smallest_of_m_is_multiplied_by_m_and_so_on(given_p: list[float], adjusted: list[float]) -> None:
    assert holm(given_p) == pytest.approx(adjusted)


@given(p_values)
@settings(max_examples=40, deadline=None)
def test_adjusted_values_are_those_of_statsmodels(given_p: list[float]) -> None:
    assert holm(given_p) == pytest.approx(multipletests(given_p, method="holm")[1], abs=1e-12)


@given(p_values)
@settings(max_examples=100, deadline=None)
def test_nothing_becomes_smaller_or_changes_places(given_p: list[float]) -> None:
    adjusted = holm(given_p)
    assert all(before <= after <= 1 for before, after in zip(given_p, adjusted, strict=True))
    in_order = [adjusted[place] for place in sorted(range(len(given_p)), key=given_p.__getitem__)]
    assert in_order == sorted(adjusted)
