"""The majority vote, counted by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import aligned, runs, said

from iad_eval.insights.votes import votes
from iad_eval.intervals import bootstrap_weights, wilson
from iad_eval.words import Json, Observation


def _three(first: str, second: str, third: str, truths: str, place: str = "parts/bolt") -> list[Observation]:
    calls = {"a": first, "b": second, "c": third}
    return [
        view for model, said_by in calls.items() for view in said(said_by, truths, model=model, place=place)
    ]


def test_two_of_three_decide() -> None:
    observations = _three("YYNN", "YNNY", "NYYN", "AAAG")  # Y Y N N
    low, high = wilson(3, 4) or (0, 0)
    assert votes(aligned(observations)) == [
        {
            "dataset": "parts",
            "perturbation": "original",
            "voters": [{"model": model, "protocol": None} for model in "abc"],
            "n": 4,
            "correct": 3,
            "accuracy": 0.75,
            "low": low,
            "high": high,
        }
    ]


def test_unreadable_is_no_vote_and_a_tie_is_looked_at() -> None:
    observations = _three("Y?N?", "N?N?", "??YN", "AAAG")  # tie, nobody, N, N
    [found] = votes(aligned(observations))
    assert (found["n"], found["correct"]) == (4, 3)
    [good] = votes(aligned(_three("Y", "N", "?", "G")))
    assert good["correct"] == 0


def test_photographs_that_fewer_than_three_judged_are_left_out() -> None:
    observations = _three("YYY", "Y-Y", "YYx", "AAA")
    [found] = votes(aligned(observations))
    assert found["n"] == 1


def test_trivial_models_have_no_vote() -> None:
    observations = [*said("Y", "A"), *said("Y", "A", model="glass"), *said("Y", "A", model="oracle")]
    assert votes(aligned(observations)) == []


def test_who_judged_none_of_the_photographs_voted_on_is_no_voter() -> None:
    observations = [*_three("Y-", "Y-", "Y-", "AA"), *said("-Y", "AA", model="d")]
    [found] = votes(aligned(observations))
    assert found["voters"] == [{"model": model, "protocol": None} for model in "abc"]


def test_accuracy_is_the_mean_over_classes_with_the_bootstraps_interval() -> None:
    observations = [
        *_three("YN" * 10, "YN" * 10, "YN" * 10, "A" * 20),  # 1/2
        *_three("YYYN", "YYYN", "YYYN", "AAAA", "parts/nut"),  # 3/4
    ]
    [found] = votes(aligned(observations))
    drawn = [
        bootstrap_weights(0, "parts", "bolt", 20) @ np.array([1, 0] * 10) / 20,
        bootstrap_weights(0, "parts", "nut", 4) @ np.array([1, 1, 1, 0]) / 4,
    ]
    low, high = np.percentile((drawn[0] + drawn[1]) / 2, [2.5, 97.5])
    assert (found["n"], found["correct"], found["accuracy"]) == (24, 13, 0.625)
    assert found["low"] == pytest.approx(low)
    assert found["high"] == pytest.approx(high)


def test_each_view_is_voted_on_by_itself_the_original_first() -> None:
    observations = [
        view
        for perturbation in ("rotated", "a-first-name", "original")
        for model in "abc"
        for view in said("Y", "A", model=model, view=perturbation)
    ]
    found: list[Json] = [each["perturbation"] for each in votes(aligned(observations))]
    assert found == ["original", "a-first-name", "rotated"]


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_the_records_changes_no_vote(run: list[Observation], generator: random.Random) -> None:
    found = votes(aligned(run))
    generator.shuffle(run)
    assert votes(aligned(run)) == found
    for each in found:
        accuracy = each["accuracy"]
        assert isinstance(accuracy, float)
        assert 0 <= accuracy <= 1
