"""DeLong: by hand, against the structural components of 1988, a published implementation, scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from MLstatkit import Delong_test
from sklearn.metrics import roc_auc_score

from iad_eval.metrics import Bools, Floats
from iad_eval.paired.delong import AurocDifference, auroc_difference, mean_auroc_difference

TRUTH = np.array([False, False, True, True])


@st.composite
def judged_twice(draw: st.DrawFn) -> tuple[Floats, Floats, Bools]:
    """Up to 40 photographs whose scores tie often."""
    normal, anomalous = draw(st.integers(2, 20)), draw(st.integers(2, 20))
    few = st.lists(st.integers(0, 9), min_size=normal + anomalous, max_size=normal + anomalous)
    before, after = np.array(draw(few), dtype=np.float64), np.array(draw(few), dtype=np.float64)
    return before, after, np.arange(normal + anomalous) >= normal


def _components(scores: Floats, is_anomalous: Bools) -> tuple[Floats, Floats]:
    """V10 and V01 of DeLong et al. (1988), pair by pair."""
    wins = np.array(
        [
            [1.0 if x > y else 0.5 if x == y else 0.0 for y in scores[~is_anomalous]]
            for x in scores[is_anomalous]
        ]
    )
    return wins.mean(axis=1), wins.mean(axis=0)


def test_two_and_two_photographs_by_hand() -> None:
    # before: 3 beats 1 and 2, 1.5 beats 1 alone: placements 1, 0.5 and 1, 0.5; AUROC 0.75. After: all 1.
    # both variances of the differences 0, 0.5: 0.125; standard error sqrt(0.125 / 2 + 0.125 / 2) = 0.353553
    found = auroc_difference(np.array([1.0, 2.0, 3.0, 1.5]), np.array([1.0, 2.0, 3.0, 4.0]), TRUTH)
    assert found is not None
    assert found[:4] == pytest.approx((0.75, 1.0, 0.25, 0.353553), abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0.25 - 0.692952, 0.25 + 0.692952), abs=1e-6)
    assert found.p == pytest.approx(0.479500, abs=1e-6)  # z = 0.707107


@given(judged_twice())
@settings(max_examples=80, deadline=None)
def test_variance_is_that_of_the_structural_components(seen: tuple[Floats, Floats, Bools]) -> None:
    before, after, truth = seen
    found = auroc_difference(before, after, truth)
    assert found is not None
    (v10_before, v01_before), (v10_after, v01_after) = _components(before, truth), _components(after, truth)
    s10, s01 = np.cov(v10_before, v10_after), np.cov(v01_before, v01_after)
    covariance = s10 / truth.sum() + s01 / (~truth).sum()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert found.standard_error**2 == pytest.approx(variance, abs=1e-12)
    assert found.before == pytest.approx(roc_auc_score(truth, before), abs=1e-12)
    assert found.after == pytest.approx(roc_auc_score(truth, after), abs=1e-12)
    assert found.difference == pytest.approx(found.after - found.before, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_p_is_that_of_a_published_implementation(seed: int) -> None:
    source = np.random.default_rng(seed)
    truth = source.random(150) < 0.7
    before = source.normal(size=150) + truth
    after = np.round(before + source.normal(size=150), seed % 3)  # ties, some times
    found = auroc_difference(before, after, truth)
    assert found is not None
    z, p, auroc_before, auroc_after = Delong_test(truth, before, after, return_ci=False, return_auc=True)
    assert found.difference / found.standard_error == pytest.approx(z, abs=1e-9)
    assert (found.before, found.after, found.p) == pytest.approx((auroc_before, auroc_after, p), abs=1e-9)


@pytest.mark.parametrize(
    "truth", [[True] * 4, [False] * 4, [True, False, False, False], [True, True, True, False]]
)
def test_a_label_with_fewer_than_two_photographs_is_not_measured(truth: list[bool]) -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    assert auroc_difference(scores, scores[::-1], np.array(truth)) is None


def test_both_perfect_is_no_certainty() -> None:
    # 1 - 0.025 ** (1 / 3) = 0.707598: three normal photographs agree
    scores, truth = np.arange(8.0), np.arange(8) >= 3
    found = auroc_difference(scores, scores * 2, truth)
    assert found is not None
    assert found == pytest.approx((1.0, 1.0, 0.0, 0.0, -0.707598, 0.707598, 1.0), abs=1e-6)


def test_from_perfect_to_reversed_says_no_more_than_the_signs_of_the_rarer_label() -> None:
    scores, truth = np.arange(8.0), np.arange(8) >= 3
    found = auroc_difference(scores, -scores, truth)
    assert found is not None
    assert found == pytest.approx((1.0, 0.0, -1.0, 0.0, -1.0, -0.292402, 0.25), abs=1e-6)


def test_mean_is_over_independent_classes() -> None:
    bolt = AurocDifference(0.9, 0.8, -0.1, 0.03, 0.0, 0.0, 0.0)
    washer = AurocDifference(0.7, 0.8, 0.1, 0.04, 0.0, 0.0, 0.0)
    nut = AurocDifference(0.8, 0.5, -0.3, 0.0, 0.0, 0.0, 0.0)
    # sqrt(0.03^2 + 0.04^2) / 3 = 0.05 / 3 = 0.0166667, z = -6
    found = mean_auroc_difference([bolt, washer, nut])
    assert found[:4] == pytest.approx((0.8, 0.7, -0.1, 0.0166667), abs=1e-6)
    assert (found.low, found.high) == pytest.approx((-0.1326661, -0.0673339), abs=1e-6)
    assert found.p == pytest.approx(1.9731753e-9, rel=1e-6)


@given(judged_twice())
@settings(max_examples=30, deadline=None)
def test_mean_of_one_class_is_that_class(seen: tuple[Floats, Floats, Bools]) -> None:
    found = auroc_difference(*seen)
    assert found is not None
    assert mean_auroc_difference([found]) == pytest.approx(found, abs=1e-12)


def test_of_classes_without_a_variance_the_least_known_speaks() -> None:
    truth = np.arange(8) >= 3
    known = auroc_difference(np.arange(8.0), np.arange(8.0), truth)
    less = auroc_difference(np.arange(4.0), np.arange(4.0), TRUTH)
    turned = auroc_difference(np.arange(8.0), -np.arange(8.0), truth)
    assert known is not None
    assert less is not None
    assert turned is not None
    # 1 - 0.025 ** (1 / 2) = 0.841886, one class of two
    assert mean_auroc_difference([known, less]) == pytest.approx(
        (1, 1, 0, 0, -0.420943, 0.420943, 1), abs=1e-6
    )
    assert mean_auroc_difference([less, turned])[2:] == pytest.approx(
        (-0.5, 0, -0.920943, -0.079057, 0.25), abs=1e-6
    )


def test_scores_may_be_infinite() -> None:
    found = auroc_difference(
        np.array([-math.inf, 0, 1, math.inf]), np.array([0.0, math.inf, 1, math.inf]), TRUTH
    )
    assert found is not None
    assert (found.before, found.after) == (1.0, 0.625)  # 1 beats 0, inf beats 0 and ties with inf
