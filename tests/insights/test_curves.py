"""Accuracy against the threshold on P(yes), computed by hand and by the slow definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from observing import view_of

from iad_eval.insights.curves import curves
from iad_eval.judging import judge
from iad_eval.words import Observation


def _said(
    stem: int, truth: bool, score: float | None, answer: str | None = "No.", **more: Any
) -> Observation:
    place = more.pop("place", "d/c")
    more = {"model": "lvlm", "protocol": "oneshot", **more}
    return view_of(place, stem, truth, score=score, answer=answer, **more)


def _only(observations: list[Observation]) -> dict[str, Any]:
    [entry] = curves(judge(observations, []))
    return entry


def test_each_threshold_is_exceeded_strictly() -> None:
    seen = [_said(0, False, 0.2), _said(1, False, 0.6), _said(2, True, 0.4), _said(3, True, 0.9, "Yes.")]
    entry = _only(seen)
    assert (entry["dataset"], entry["model"], entry["protocol"], entry["n"]) == ("d", "lvlm", "oneshot", 4)
    assert entry["thresholds"] == [step / 100 for step in range(101)]
    told = {
        step: (entry["accuracy"][step], entry["miss_rate"][step], entry["overkill_rate"][step])
        for step in (0, 19, 20, 39, 40, 59, 60, 89, 90, 100)
    }
    assert told == {
        0: (0.5, 0.0, 1.0),
        19: (0.5, 0.0, 1.0),
        20: (0.75, 0.0, 0.5),
        39: (0.75, 0.0, 0.5),
        40: (0.5, 0.5, 0.5),
        59: (0.5, 0.5, 0.5),
        60: (0.75, 0.5, 0.0),
        89: (0.75, 0.5, 0.0),
        90: (0.5, 1.0, 0.0),
        100: (0.5, 1.0, 0.0),
    }
    assert (entry["best_threshold"], entry["best_accuracy"]) == (0.6, 0.75)  # 0.39 is farther from 0.5
    assert entry["answer_accuracy"] == 0.75


def test_rates_are_means_of_the_classes_that_measure_them() -> None:
    seen = [_said(0, False, 0.6, "Yes."), _said(1, True, 0.9, "Yes.")]
    seen += [_said(stem, True, 0.3, place="d/e") for stem in range(8)]
    entry = _only(seen)
    assert entry["accuracy"][50] == pytest.approx((0.5 + 0) / 2)
    assert entry["miss_rate"][50] == pytest.approx((0 + 1) / 2)
    assert entry["overkill_rate"][50] == 1.0  # the other class has no normal photograph
    assert entry["answer_accuracy"] == pytest.approx(0.25)


def test_a_rate_without_photographs_is_not_measured() -> None:
    assert _only([_said(0, True, 0.9)])["overkill_rate"] is None
    assert _only([_said(0, False, 0.9)])["miss_rate"] is None


def test_curves_are_those_of_the_slow_definition() -> None:
    generator = np.random.default_rng(4)
    scores, truths = generator.random(50).round(2), generator.random(50) < 0.6
    seen = [_said(stem, bool(truths[stem]), float(scores[stem])) for stem in range(50)]
    wanted = [
        np.mean([(score > step / 100) == truth for score, truth in zip(scores, truths, strict=True)])
        for step in range(101)
    ]
    entry = _only(seen)
    assert entry["accuracy"] == pytest.approx(wanted)
    assert entry["best_accuracy"] == pytest.approx(max(wanted))


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([_said(0, True, 0.5, None)], id="no answer"),
        pytest.param([_said(0, True, None, "Yes.")], id="no score"),
        pytest.param([_said(0, True, 1.5), _said(1, True, 0.5)], id="not a probability"),
        pytest.param([_said(0, True, 0.5), _said(0, True, -2.0, place="d/e")], id="not one in another class"),
        pytest.param([_said(0, True, 0.5, model="random", protocol=None)], id="trivial"),
        pytest.param([_said(0, True, 0.5, view="rotated")], id="not original"),
        pytest.param([_said(0, True, None, None, error="gone")], id="failed"),
    ],
)
def test_who_does_not_both_answer_and_tell_a_chance_has_no_curve(others: list[Observation]) -> None:
    assert curves(judge(others, [])) == []


def test_askers_are_sorted_and_numbers_are_plain() -> None:
    seen = [
        _said(0, True, 0.5, place=place, protocol=protocol)
        for place in ("e/c", "d/c")
        for protocol in ("zeroshot", "oneshot")
    ]
    entries = curves(judge(seen, []))
    assert [(each["dataset"], each["protocol"]) for each in entries] == [
        ("d", "oneshot"),
        ("d", "zeroshot"),
        ("e", "oneshot"),
        ("e", "zeroshot"),
    ]
    for value in entries[0].values():
        assert type(value) in (str, int, float, list, type(None))
