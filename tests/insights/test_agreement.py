"""Agreement: shares and kappas by hand, and against scikit-learn."""

from __future__ import annotations

import math
import random
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import aligned, runs, said
from sklearn.metrics import cohen_kappa_score

from iad_eval.insights.agreement import agreement, kappa
from iad_eval.intervals import bootstrap_weights
from iad_eval.words import Observation


def test_views_judged_by_both_are_taken_together() -> None:
    observations = [
        *said("YYNN?-", "AAAGGG"),
        *said("YNNN?Y", "AAAGGG", model="glass"),
        *said("YYN", "AAA", view="rotated"),
        *said("YNx", "AAA", view="rotated", model="glass"),
        *said("YY", "AA", view="padded"),  # glass was not shown these
    ]
    [found] = agreement(aligned(observations))
    assert found["one"] == {"model": "glass", "protocol": None}
    assert found["other"] == {"model": "qwen", "protocol": None}
    assert found["n"] == 7
    assert found["share"] == pytest.approx(5 / 7)
    # glass: 2 yes, 4 no, 1 unreadable; qwen: 4 yes, 2 no, 1 unreadable
    by_chance = (2 * 4 + 4 * 2 + 1) / 49
    assert found["kappa"] == pytest.approx((5 / 7 - by_chance) / (1 - by_chance))


def test_the_interval_draws_photographs_with_all_their_views() -> None:
    observations = []
    for view, theirs in (("original", "YN" * 10), ("rotated", "YNYY" * 5)):
        observations += said("Y" * 20, "A" * 20, view=view)
        observations += said(theirs, "A" * 20, view=view, model="glass")
    [found] = agreement(aligned(observations))
    alike = np.array([2, 0, 2, 1] * 5)
    low, high = np.percentile(bootstrap_weights(0, "parts", "bolt", 20) @ alike / 40, [2.5, 97.5])
    assert found["share"] == pytest.approx(25 / 40)
    assert found["low"] == pytest.approx(low)
    assert found["high"] == pytest.approx(high)


def test_trivial_models_are_not_compared() -> None:
    names = ("always-anomalous", "always-normal", "oracle", "random", "qwen")
    assert agreement(aligned([view for name in names for view in said("YN", "AG", model=name)])) == []


def test_protocols_of_a_model_are_compared_like_models() -> None:
    observations = [*said("YN", "AG", protocol="zeroshot"), *said("YY", "AG", protocol="oneshot")]
    [found] = agreement(aligned(observations))
    assert found["one"] == {"model": "qwen", "protocol": "oneshot"}
    assert found["share"] == 0.5


def test_who_never_judged_the_same_view_is_not_compared() -> None:
    assert agreement(aligned([*said("Y-", "AG"), *said("-N", "AG", model="glass")])) == []
    apart = [*said("Y", "A"), *said("N", "A", model="glass", view="rotated")]
    assert agreement(aligned(apart)) == []


def test_kappa_is_not_measured_where_chance_agrees_throughout() -> None:
    [found] = agreement(aligned([*said("YY", "AG"), *said("YY", "AG", model="glass")]))
    assert found["share"] == 1.0
    assert found["kappa"] is None
    assert kappa(np.zeros((3, 3), dtype=np.int64)) is None


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
@settings(max_examples=100, deadline=None)
def test_kappa_is_that_of_scikit_learn_and_the_same_both_ways(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((3, 3), dtype=np.int64)
    for one, other in pairs:
        table[one, other] += 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a division that gives nan, as is wanted
        wanted = cohen_kappa_score([one for one, _ in pairs], [other for _, other in pairs])
    found = kappa(table)
    assert found == kappa(table.T)
    if found is None:
        assert math.isnan(wanted)
    else:
        assert found == pytest.approx(wanted, abs=1e-12)


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_agreement_is_a_share_whatever_the_order_of_the_records(
    run: list[Observation], generator: random.Random
) -> None:
    found = agreement(aligned(run))
    generator.shuffle(run)
    assert agreement(aligned(run)) == found
    for each in found:
        low, share, high = each["low"], each["share"], each["high"]
        assert isinstance(low, float)
        assert isinstance(share, float)
        assert isinstance(high, float)
        assert 0 <= low <= share + 1e-12
        assert share - 1e-12 <= high <= 1
