"""Invariance: judged alike in all views, counted by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import aligned, runs, said

from iad_eval.insights.invariance import invariance
from iad_eval.intervals import bootstrap_weights, wilson
from iad_eval.words import Json, Observation


def _whole(observations: list[Observation]) -> dict[str, Json]:
    return next(row for row in invariance(aligned(observations)) if row["class_name"] is None)


def test_a_photograph_is_alike_where_no_view_changes_its_verdict() -> None:
    observations = [
        *said("YNYYN", "AAAGG"),
        *said("YNNYY", "AAAGG", view="rotated"),
        *said("YNYYN", "AAAGG", view="padded"),
    ]
    low, high = wilson(3, 5) or (0, 0)
    numbers: dict[str, Json] = {"n": 5, "alike": 3, "share": 0.6, "low": low, "high": high}
    numbers["alike_and_right"] = 1  # the first; the second misses a defect, the fourth rejects a good part
    place: dict[str, Json] = {"dataset": "parts", "model": "qwen", "protocol": None}
    assert invariance(aligned(observations)) == [
        {**place, "class_name": None, **numbers},
        {**place, "class_name": "bolt", **numbers},
    ]


def test_unreadable_is_a_verdict_of_its_own_and_never_right() -> None:
    observations = [*said("??Y", "AGA"), *said("?N?", "AGA", view="rotated")]
    assert _whole(observations) | {"n": 3, "alike": 1, "alike_and_right": 0} == _whole(observations)


def test_photographs_that_lack_a_view_do_not_count() -> None:
    observations = [*said("YYYY", "AAAA"), *said("Yx-N", "AAAA", view="rotated")]
    assert _whole(observations) | {"n": 2, "alike": 1, "share": 0.5} == _whole(observations)


def test_the_whole_is_the_mean_over_classes_and_the_sum_of_their_counts() -> None:
    observations = [
        *said("YYYY", "AAAA"),
        *said("YYNN", "AAAA", view="rotated"),  # 1/2
        *said("NY", "GG", place="parts/nut"),
        *said("NY", "GG", place="parts/nut", view="rotated"),  # 1
        *said("N", "G", place="parts/washer"),  # never rotated: left out
    ]
    rows = invariance(aligned(observations))
    assert [(row["class_name"], row["n"], row["alike"], row["share"]) for row in rows] == [
        (None, 6, 4, 0.75),
        ("bolt", 4, 2, 0.5),
        ("nut", 2, 2, 1.0),
    ]


def test_the_interval_of_the_whole_draws_photographs_within_classes() -> None:
    observations = []
    for place in ("parts/bolt", "parts/nut"):
        observations += said("Y" * 12, "A" * 12, place=place)
        observations += said("YN" * 6, "A" * 12, place=place, view="rotated")
    alike = np.array([1, 0] * 6)
    drawn = [bootstrap_weights(0, "parts", name, 12) @ alike / 12 for name in ("bolt", "nut")]
    low, high = np.percentile((drawn[0] + drawn[1]) / 2, [2.5, 97.5])
    assert _whole(observations)["low"] == pytest.approx(low)
    assert _whole(observations)["high"] == pytest.approx(high)


@pytest.mark.parametrize("view", ["original", "rotated"])
def test_nothing_is_alike_where_there_is_nothing_to_compare(view: str) -> None:
    assert invariance(aligned(said("YN", "AG", view=view))) == []
    without_original = [*said("YN", "AG", view="padded"), *said("YN", "AG", view="rotated")]
    assert invariance(aligned(without_original)) == []


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_shares_are_shares_whatever_the_order_of_the_records(
    run: list[Observation], generator: random.Random
) -> None:
    rows = invariance(aligned(run))
    generator.shuffle(run)
    assert invariance(aligned(run)) == rows
    for row in rows:
        n, alike, right, share = (row[name] for name in ("n", "alike", "alike_and_right", "share"))
        assert isinstance(n, int)
        assert isinstance(alike, int)
        assert isinstance(right, int)
        assert isinstance(share, float)
        assert 0 <= right <= alike <= n
        assert 0 <= share <= 1
