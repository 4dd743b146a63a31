"""Intervals: Wilson against scipy, the bootstrap's draws against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from iad_eval.intervals import REPLICATES, bootstrap_weights, percentile_interval, wilson


@st.composite
def trials(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 3000))
    return draw(st.integers(0, n)), n


@given(trials())
@settings(max_examples=100, deadline=None)
def test_wilson_is_that_of_scipy(trial: tuple[int, int]) -> None:
    successes, n = trial
    wanted = binomtest(successes, n).proportion_ci(0.95, method="wilson")
    interval = wilson(successes, n)
    assert interval is not None
    assert interval == pytest.approx((wanted.low, wanted.high), abs=1e-12)


@given(trials())
@settings(max_examples=100, deadline=None)
def test_wilson_stays_within_zero_and_one_and_has_width_even_at_the_ends(trial: tuple[int, int]) -> None:
    interval = wilson(*trial)
    assert interval is not None
    assert 0 <= interval[0] < interval[1] <= 1


def test_wilson_of_no_trials_is_not_measured() -> None:
    assert wilson(0, 0) is None


def test_draws_come_from_seed_dataset_class_and_number_of_photographs_alone() -> None:
    first = bootstrap_weights(0, "mvtec", "bottle", 83)
    assert np.array_equal(first, bootstrap_weights(0, "mvtec", "bottle", 83))
    assert not np.array_equal(first, bootstrap_weights(1, "mvtec", "bottle", 83))
    assert not np.array_equal(first, bootstrap_weights(0, "visa", "bottle", 83))
    assert not np.array_equal(first, bootstrap_weights(0, "mvtec", "cable", 83))


@pytest.mark.parametrize("photographs", [1, 2, 83])
def test_every_replicate_draws_as_many_photographs_as_there_are(photographs: int) -> None:
    drawn = bootstrap_weights(0, "mvtec", "bottle", photographs)
    assert drawn.shape == (REPLICATES, photographs)
    assert (drawn.sum(axis=1) == photographs).all()
    assert (drawn == np.round(drawn)).all()
    assert drawn.min() >= 0


def test_a_folder_whose_name_is_no_text_has_draws_of_its_own() -> None:
    assert not np.array_equal(bootstrap_weights(0, "d", "\udce9", 9), bootstrap_weights(0, "d", "e", 9))


def test_photographs_are_drawn_with_replacement_and_equally_often() -> None:
    drawn = bootstrap_weights(3, "visa", "pcb1", 50)
    assert drawn.mean(axis=0) == pytest.approx(np.ones(50), abs=0.16)  # 5 standard errors
    assert (drawn == 0).mean() == pytest.approx((1 - 1 / 50) ** 50, abs=0.01)


def test_interval_runs_from_the_2_5th_to_the_97_5th_percentile_of_what_was_measured() -> None:
    replicates = np.concatenate([np.arange(1001.0), np.full(7, np.nan)])
    assert percentile_interval(replicates) == (25.0, 975.0)


def test_interval_without_a_measured_replicate_is_not_measured() -> None:
    assert percentile_interval(np.full(5, np.nan)) is None
    assert percentile_interval(np.zeros(0)) is None
