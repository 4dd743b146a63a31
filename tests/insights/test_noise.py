"""The noise of sampling, computed on paper."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import variance
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import runs, said

from iad_eval.insights.noise import noise
from iad_eval.words import Json, Observation

FLOOR = 2.7718076486993  # 1.959963984540054 * sqrt(2)


def _drawn(calls: Sequence[str], truths: str, **about: Any) -> list[Observation]:
    """One text of calls for each draw."""
    return [each for repeat, text in enumerate(calls) for each in said(text, truths, repeat=repeat, **about)]


def _noise(asked: Sequence[Observation]) -> list[dict[str, Json]]:
    return noise([each for each in asked if not each.repeat], [each for each in asked if each.repeat])


# Right answers of the three photographs in the three draws: 2 1 1, 1 2 1 and 2 1 2, each of variance 1/3.
BOLT = [
    *_drawn(["YNN", "YYY", "Y?N"], "AAG"),
    *_drawn(["YYN", "NYN", "NYN"], "AAG", view="rotated"),
]
# Right in one draw of three: variance 1/3.
NUT = _drawn(["Y", "N", "?"], "A", place="parts/nut")


def test_the_variance_of_a_class_is_that_of_its_photographs_together() -> None:
    whole, bolt = _noise(BOLT)
    assert bolt == {
        "dataset": "parts",
        "model": "qwen",
        "protocol": None,
        "class_name": "bolt",
        "repeats": 3,
        "n": 3,
        "views": 6,
        "flipped": 0.5,
        "accuracy_sd": pytest.approx(1 / 6),  # variance (1/3 + 1/3 + 1/3) / 6**2
        "noise_floor": pytest.approx(FLOOR / 6),
    }
    assert whole == {**bolt, "class_name": None}


def test_the_mean_over_classes_has_the_variance_of_a_mean() -> None:
    whole, bolt, nut = _noise([*BOLT, *NUT])
    assert (bolt["class_name"], nut["class_name"]) == ("bolt", "nut")
    assert nut["accuracy_sd"] == pytest.approx(math.sqrt(1 / 3))
    assert whole["accuracy_sd"] == pytest.approx(math.sqrt(13 / 144))  # (1/36 + 1/3) / 2**2
    assert whole["noise_floor"] == pytest.approx(FLOOR * math.sqrt(13 / 144))
    assert (whole["n"], whole["views"]) == (4, 7)
    assert whole["flipped"] == pytest.approx(4 / 7)


@pytest.mark.parametrize(
    ("original", "rotated", "sd"),
    [
        (["Y", "N"], ["Y", "N"], math.sqrt(2) / 2),  # both right, both wrong: 2 and 0
        (["Y", "N"], ["N", "Y"], 0.0),  # one is right whatever is drawn: 1 and 1
        (["Y", "N"], ["Y", "Y"], math.sqrt(1 / 2) / 2),  # 2 and 1
    ],
)
def test_views_of_one_photograph_may_flip_together(
    original: list[str], rotated: list[str], sd: float
) -> None:
    asked = [*_drawn(original, "A"), *_drawn(rotated, "A", view="rotated")]
    assert _noise(asked)[0]["accuracy_sd"] == pytest.approx(sd)


def test_unreadable_is_wrong_and_no_flip_from_a_wrong_answer() -> None:
    [whole, _] = _noise(_drawn(["N?", "?Y"], "AA"))
    assert (whole["views"], whole["flipped"]) == (2, 0.5)
    assert whole["accuracy_sd"] == pytest.approx(math.sqrt(1 / 2) / 2)


def test_only_views_with_all_their_draws_count() -> None:
    [whole, _] = _noise(_drawn(["YYYx", "YxY-", "NYYY"], "AAAA"))
    assert (whole["n"], whole["views"], whole["flipped"]) == (2, 2, 0.5)
    assert whole["accuracy_sd"] == pytest.approx(math.sqrt(1 / 3) / 2)


def test_a_class_of_which_nothing_was_asked_again_is_no_part_of_the_mean() -> None:
    [whole, bolt] = _noise([*BOLT, *said("YN", "AA", place="parts/nut")])
    assert whole == {**bolt, "class_name": None}


def test_of_classes_asked_more_and_less_often_the_fewest_draws_are_told() -> None:
    found = _noise([*BOLT, *_drawn(["Y", "Y"], "A", place="parts/nut")])
    assert [(each["class_name"], each["repeats"]) for each in found] == [(None, 2), ("bolt", 3), ("nut", 2)]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param([], id="nothing"),
        pytest.param(said("YN", "AG"), id="nothing again"),
        pytest.param(_drawn(["YN", "xx"], "AG"), id="all repeats failed"),
        pytest.param(_drawn(["--", "YN"], "AG"), id="repeats alone"),
        pytest.param(_drawn(["YN", "YN"], "AG", answer=None, score=1.0), id="scores alone"),
    ],
)
def test_without_two_answers_about_a_view_nothing_is_measured(asked: list[Observation]) -> None:
    assert _noise(asked) == []


def test_askers_and_datasets_are_kept_apart() -> None:
    asked = [
        each
        for place in ("parts/bolt", "more/bolt")
        for model, protocol in (("qwen", "oneshot"), ("qwen", None), ("a", None))
        for each in _drawn(["Y", "N"], "A", place=place, model=model, protocol=protocol)
    ]
    found = [(each["dataset"], each["model"], each["protocol"], each["n"]) for each in _noise(asked)]
    one = [("a", None, 1), ("qwen", None, 1), ("qwen", "oneshot", 1)]
    assert found == [(name, *who) for name in ("more", "parts") for who in one for _ in range(2)]


def test_what_is_estimated_is_the_spread_of_the_accuracies_of_many_runs() -> None:
    generator = np.random.default_rng(0)
    likely = generator.beta(2, 1, size=150)  # how likely each photograph is judged correctly

    def draw() -> str:
        return "".join("Y" if right else "N" for right in generator.random(150) < likely)

    [whole, _] = _noise(_drawn([draw() for _ in range(5)], "A" * 150))
    accuracies = np.array([draw().count("Y") / 150 for _ in range(4000)])
    apart = np.abs(accuracies[:2000] - accuracies[2000:])
    floor = whole["noise_floor"]
    assert isinstance(floor, float)
    assert np.mean(apart <= floor) == pytest.approx(0.95, abs=0.02)


@given(st.lists(runs(), min_size=2, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_it_is_what_the_definition_says_in_any_order(
    drawn: list[list[Observation]], generator: random.Random
) -> None:
    asked = [replace(each, repeat=repeat) for repeat, run in enumerate(drawn) for each in run]
    found = _noise(asked)
    generator.shuffle(asked)
    assert _noise(asked) == found
    for each in found:
        if each["class_name"] is not None:
            assert each["accuracy_sd"] == pytest.approx(_slowly(asked, each))


def _slowly(asked: Sequence[Observation], about: dict[str, Json]) -> float:
    names = ("dataset", "model", "protocol", "class_name")
    mine = [each for each in asked if all(getattr(each, name) == about[name] for name in names)]
    rights = {
        (each.sample, each.perturbation, each.repeat): each.answer == ("Yes." if each.is_anomalous else "No.")
        for each in mine
        if each.error is None
    }
    draws = range(1 + max(each.repeat for each in mine))
    views = sorted({(each.sample, each.perturbation) for each in mine})
    whole = [view for view in views if all((*view, draw) in rights for draw in draws)]
    by_photograph = [
        variance([float(sum(rights[*view, draw] for view in whole if view[0] == sample)) for draw in draws])
        for sample in {sample for sample, _ in whole}
    ]
    return math.sqrt(sum(by_photograph)) / len(whole)
