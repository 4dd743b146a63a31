"""Metrics against scikit-learn, for many weightings at once, with ties."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, average_precision_score, balanced_accuracy_score, roc_auc_score

from iad_eval import metrics
from iad_eval.metrics import Bools, Floats


@st.composite
def rated(draw: st.DrawFn) -> tuple[Floats, Bools, Floats]:
    """Scores with and without ties, truths, and weightings of which some leave photographs out."""
    n = draw(st.integers(1, 40))
    seed = draw(st.integers(0, 2**32 - 1))
    levels = draw(st.sampled_from([2, 5, 1_000_000]))
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, levels, n) / levels * 7 - 3
    is_anomalous = generator.random(n) < draw(st.sampled_from([0.05, 0.5, 0.95]))
    drawn = generator.multinomial(n, np.full(n, 1 / n), size=3).astype(np.float64)
    return scores, is_anomalous, np.concatenate([np.ones((1, n)), drawn, generator.random((1, n))])


def _both_labels(is_anomalous: Bools, weights: Floats) -> bool:
    return bool(weights[is_anomalous].sum() > 0 and weights[~is_anomalous].sum() > 0)


@given(rated())
@settings(max_examples=80, deadline=None)
def test_auroc_is_that_of_scikit_learn(case: tuple[Floats, Bools, Floats]) -> None:
    scores, truth, weightings = case
    for value, weights in zip(metrics.ranking(scores, truth, weightings).auroc, weightings, strict=True):
        if _both_labels(truth, weights):
            assert value == pytest.approx(roc_auc_score(truth, scores, sample_weight=weights), abs=1e-12)
        else:
            assert np.isnan(value)


@given(rated())
@settings(max_examples=80, deadline=None)
def test_average_precision_is_that_of_scikit_learn(case: tuple[Floats, Bools, Floats]) -> None:
    scores, truth, weightings = case
    for value, weights in zip(
        metrics.ranking(scores, truth, weightings).average_precision, weightings, strict=True
    ):
        if _both_labels(truth, weights):
            wanted = average_precision_score(truth, scores, sample_weight=weights)
            assert value == pytest.approx(wanted, abs=1e-12)
        else:
            assert np.isnan(value)


@given(rated())
@settings(max_examples=80, deadline=None)
def test_accuracies_are_those_of_scikit_learn(case: tuple[Floats, Bools, Floats]) -> None:
    scores, truth, weightings = case
    called = scores > 0
    correct = called == truth
    share = metrics.share(correct, weightings)
    balanced = metrics.balanced_accuracy(correct, truth, weightings)
    for row, weights in enumerate(weightings):
        if weights.sum() > 0:
            assert share[row] == pytest.approx(
                accuracy_score(truth, called, sample_weight=weights), abs=1e-12
            )
        if _both_labels(truth, weights):
            wanted = balanced_accuracy_score(truth, called, sample_weight=weights)
            assert balanced[row] == pytest.approx(wanted, abs=1e-12)
        else:
            assert np.isnan(balanced[row])


def _row(*weights: float) -> Floats:
    return np.array([weights], dtype=np.float64)


def test_auroc_counts_a_tie_half() -> None:
    truth = np.array([True, False, False])
    assert metrics.ranking(np.array([1.0, 1.0, 0.0]), truth, _row(1, 1, 1)).auroc.tolist() == [0.75]


def test_auroc_of_equal_scores_is_a_half_and_of_reversed_scores_zero() -> None:
    truth = np.array([True, False, True, False])
    assert metrics.ranking(np.zeros(4), truth, _row(1, 1, 1, 1)).auroc.tolist() == [0.5]
    assert metrics.ranking(-truth.astype(np.float64), truth, _row(1, 1, 1, 1)).auroc.tolist() == [0.0]


def test_infinite_scores_are_ranked_like_others() -> None:
    truth = np.array([False, True, True])
    scores = np.array([-np.inf, np.inf, np.inf])
    assert metrics.ranking(scores, truth, _row(1, 1, 1)).auroc.tolist() == [1.0]
    assert metrics.ranking(scores, truth, _row(1, 1, 1)).average_precision.tolist() == [1.0]


def test_missed_and_overkilled_photographs_are_told_apart() -> None:
    truth = np.array([True, True, True, True, False, False])
    correct = np.array([True, True, True, False, True, False])
    assert metrics.miss_rate(correct, truth, _row(1, 1, 1, 1, 1, 1)).tolist() == [0.25]
    assert metrics.overkill_rate(correct, truth, _row(1, 1, 1, 1, 1, 1)).tolist() == [0.5]
    assert metrics.miss_rate(correct, truth, _row(1, 0, 0, 3, 1, 1)).tolist() == [0.75]


@pytest.mark.parametrize("label", [True, False])
def test_with_one_label_only_what_needs_both_is_not_measured(label: bool) -> None:
    truth = np.full(3, label)
    correct = np.array([True, True, False])
    weights = _row(1, 1, 1)
    rates = [metrics.miss_rate(correct, truth, weights), metrics.overkill_rate(correct, truth, weights)]
    measured, missing = rates if label else rates[::-1]
    assert measured[0] == pytest.approx(1 / 3)
    assert np.isnan(missing[0])
    assert np.isnan(metrics.balanced_accuracy(correct, truth, weights)[0])
    assert np.isnan(metrics.ranking(np.arange(3.0), truth, weights).auroc[0])
    assert np.isnan(metrics.ranking(np.arange(3.0), truth, weights).average_precision[0])


def test_without_photographs_nothing_is_measured() -> None:
    nothing: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
    weights = np.ones((2, 0))
    for measured in (
        metrics.share(nothing, weights),
        metrics.balanced_accuracy(nothing, nothing, weights),
        metrics.ranking(np.zeros(0), nothing, weights).auroc,
        metrics.ranking(np.zeros(0), nothing, weights).average_precision,
    ):
        assert measured.shape == (2,)
        assert np.isnan(measured).all()
