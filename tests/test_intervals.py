"""Intervals: Wilson against scipy, the bootstrap's draws against what they promise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from iad_eval.intervals import (
    REPLICATES,
    bootstrap_weights,
    percentile_interval,
    unseen,
    wilson,
    wilson_of_clusters,
)


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


@st.composite
def photographs_with_views(draw: st.DrawFn) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    n = draw(st.integers(1, 200))
    source = np.random.default_rng(draw(st.integers(0, 10**6)))
    views = source.integers(0, 5, n)
    views[0] = 4
    return source.binomial(views, draw(st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))), views


@given(photographs_with_views())
@settings(max_examples=100, deadline=None)
def test_wilson_of_clusters_lies_between_all_views_and_as_many_as_the_design_effect_can_take(
    seen: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
) -> None:
    right, views = seen
    found, all_views = wilson_of_clusters(right, views), wilson(int(right.sum()), int(views.sum()))
    assert found is not None
    assert all_views is not None
    assert 0 <= found[0] <= right.sum() / views.sum() + 1e-12
    assert right.sum() / views.sum() - 1e-12 <= found[1] <= 1
    assert found[1] - found[0] >= all_views[1] - all_views[0] - 1e-12
    assert found[0] <= all_views[0] + 1e-12
    assert found[1] >= all_views[1] - 1e-12


@given(trials())
@settings(max_examples=100, deadline=None)
def test_wilson_of_clusters_of_one_view_is_wilson(trial: tuple[int, int]) -> None:
    successes, n = trial
    found = wilson_of_clusters((np.arange(n) < successes).astype(np.int64), np.ones(n, dtype=np.int64))
    assert found == pytest.approx(wilson(successes, n), abs=1e-12)


@given(trials(), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_views_that_all_say_the_same_are_worth_one(trial: tuple[int, int], views: int) -> None:
    successes, n = trial
    right = (np.arange(n) < successes) * views
    found = wilson_of_clusters(right, np.full(n, views))
    assert found == pytest.approx(wilson(successes, n), abs=1e-12)


def test_design_effect_is_the_variance_over_photographs_in_ratio_to_a_binomials() -> None:
    # 10 photographs in 2 views: 4 right in both, 4 in one, 2 in none: 12 of 20; deviations from 1.2 squared:
    # 4 * 0.64 + 4 * 0.04 + 2 * 1.44 = 5.6; (10 / 9) * 5.6 / 400 over 0.24 / 19 = 1.231481: 16.2406 trials
    found = wilson_of_clusters(np.array([2] * 4 + [1] * 4 + [0] * 2), np.full(10, 2))
    # centre (0.6 + 3.841459 / 32.4812) / (1 + 3.841459 / 16.2406) = 0.580870, half 0.215116
    assert found == pytest.approx((0.365755, 0.795988), abs=2e-6)


@pytest.mark.parametrize(("right", "trials_right"), [([4] * 83, 83), ([0] * 83, 0)])
def test_where_all_views_agree_photographs_are_trials(right: list[int], trials_right: int) -> None:
    assert wilson_of_clusters(np.array(right), np.full(83, 4)) == wilson(trials_right, 83)


def test_one_photograph_is_one_trial() -> None:
    found = wilson_of_clusters(np.array([2]), np.array([4]))
    # centre 0.5, half 1.959964 / 4.841459 * sqrt(0.25 + 3.841459 / 4)
    assert found == pytest.approx((0.0546, 0.9454), abs=1e-4)


def test_photographs_without_a_view_say_nothing() -> None:
    some = wilson_of_clusters(np.array([2, 0, 1, 2]), np.array([2, 0, 2, 2]))
    assert some == wilson_of_clusters(np.array([2, 1, 2]), np.array([2, 2, 2]))
    assert wilson_of_clusters(np.array([0]), np.array([0])) is None
    assert wilson_of_clusters(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)) is None


@pytest.mark.parametrize("n", [1, 12, 83, 1725])
def test_unseen_is_the_end_of_the_exact_interval_of_none(n: int) -> None:
    assert unseen(n) == pytest.approx(binomtest(0, n).proportion_ci(0.95, method="exact").high, abs=1e-12)
