"""Flips: counted by hand, and what they have to do with the drop."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import aligned, answered, runs, said

from iad_eval.insights.aligned import align
from iad_eval.insights.flips import flips
from iad_eval.judging import judge
from iad_eval.words import Observation


def test_harmful_flips_lose_a_right_verdict_and_beneficial_ones_win_one() -> None:
    observations = [
        *said("YYNNY?", "AAAGGA"),
        *said("YNYYNY", "AAAGGA", view="rotated"),  # kept, harmful, beneficial, harmful, beneficial twice
        *said("YYYNYN", "AAAGGA", view="padded"),  # beneficial; the last stays wrong in another way
    ]
    place = {"dataset": "parts", "model": "qwen", "protocol": None}
    padded = {**place, "perturbation": "padded", "n": 6, "harmful": 0, "beneficial": 1}
    rotated = {**place, "perturbation": "rotated", "n": 6, "harmful": 2, "beneficial": 3}
    assert flips(aligned(observations)) == [
        {**padded, "class_name": None},
        {**padded, "class_name": "bolt"},
        {**rotated, "class_name": None},
        {**rotated, "class_name": "bolt"},
    ]


def test_only_photographs_judged_in_both_views_count_and_classes_are_summed() -> None:
    observations = [
        *said("YYY-", "AAAA"),
        *said("NNxY", "AAAA", view="rotated"),
        *said("YN", "GG", place="parts/nut"),
        *said("NY", "GG", place="parts/nut", view="rotated"),
        *said("N", "G", place="parts/washer"),
    ]
    found = flips(aligned(observations))
    assert [(row["class_name"], row["n"], row["harmful"], row["beneficial"]) for row in found] == [
        (None, 4, 3, 1),
        ("bolt", 2, 2, 0),
        ("nut", 2, 1, 1),
    ]


@pytest.mark.parametrize("view", ["original", "rotated"])
def test_there_are_no_flips_with_one_view(view: str) -> None:
    assert flips(aligned(said("YN", "AG", view=view))) == []


def test_without_an_original_nothing_is_flipped() -> None:
    assert flips(aligned([*said("YN", "AG", view="padded"), *said("NY", "AG", view="rotated")])) == []


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_harmful_less_beneficial_is_the_drop_in_right_verdicts(
    run: list[Observation], generator: random.Random
) -> None:
    classes = judge(run, [])
    found = flips(align(classes, answered(run), 0))
    for row in found:
        if row["class_name"] is None:
            continue
        views: dict[str, Any] = {}
        for each in classes:
            if (each.dataset, each.class_name) == (row["dataset"], row["class_name"]):
                for judged in each.judged:
                    if judged.asker == (row["model"], row["protocol"]):
                        right = zip(judged.photographs, judged.correct["answer"], strict=True)
                        views[judged.perturbation] = dict(right)
        before, after = views["original"], views[str(row["perturbation"])]
        both = set(before) & set(after)
        assert row["n"] == len(both)
        lost = sum(bool(before[one]) for one in both) - sum(bool(after[one]) for one in both)
        harmful, beneficial = row["harmful"], row["beneficial"]
        assert isinstance(harmful, int)
        assert isinstance(beneficial, int)
        assert harmful - beneficial == lost
    generator.shuffle(run)
    assert flips(aligned(run)) == found
