"""Calibration of P(yes): bins by hand, the Brier score against scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from iad_eval.insights.calibration import calibration
from iad_eval.intervals import wilson
from iad_eval.judging import judge
from iad_eval.words import Observation


def _said(stem: int, truth: bool, score: float, place: str = "d/c") -> Observation:
    return view_of(place, stem, truth, model="lvlm", protocol="oneshot", score=score, answer="Yes.")


def _only(observations: list[Observation]) -> dict[str, Any]:
    [entry] = calibration(judge(observations, []))
    return entry


def test_bins_hold_their_lower_edge_and_the_last_one_also_1() -> None:
    truths = {0.0: False, 0.05: True, 0.3: False, 0.35: True, 0.9: True, 1.0: True}
    entry = _only([_said(stem, truth, score) for stem, (score, truth) in enumerate(truths.items())])
    assert (entry["dataset"], entry["model"], entry["protocol"], entry["n"]) == ("d", "lvlm", "oneshot", 6)
    assert [
        (each["from"], each["to"], each["n"], each["score"], each["anomalous"]) for each in entry["bins"]
    ] == [
        (0.0, 0.1, 2, pytest.approx(0.025), 0.5),
        (0.3, 0.4, 2, pytest.approx(0.325), 0.5),
        (0.9, 1.0, 2, pytest.approx(0.95), 1.0),
    ]
    assert (entry["bins"][0]["low"], entry["bins"][0]["high"]) == wilson(1, 2)
    assert entry["brier"] == pytest.approx((0 + 0.95**2 + 0.3**2 + 0.65**2 + 0.1**2 + 0) / 6)
    assert entry["expected_calibration_error"] == pytest.approx((0.475 + 0.175 + 0.05) / 3)


def test_photographs_of_all_classes_are_taken_together() -> None:
    entry = _only([_said(0, True, 0.85), _said(0, False, 0.85, "d/e"), _said(1, False, 0.85, "d/e")])
    assert [(each["n"], each["anomalous"]) for each in entry["bins"]] == [(3, pytest.approx(1 / 3))]


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_figures_are_those_of_scikit_learn(points: list[tuple[int, bool]]) -> None:
    scores, truths = [step / 100 for step, _ in points], [truth for _, truth in points]
    entry = _only([_said(stem, truths[stem], scores[stem]) for stem in range(len(points))])
    assert entry["brier"] == pytest.approx(
        brier_score_loss(truths, scores, pos_label=True, labels=[False, True])
    )
    assert sum(each["n"] for each in entry["bins"]) == len(points)
    error = np.average(
        [abs(each["score"] - each["anomalous"]) for each in entry["bins"]],
        weights=[each["n"] for each in entry["bins"]],
    )
    assert entry["expected_calibration_error"] == pytest.approx(error)


def test_bins_are_those_of_scikit_learn_away_from_the_edges() -> None:
    generator = np.random.default_rng(0)
    scores, truths = generator.random(200), generator.random(200) < 0.5
    entry = _only([_said(stem, bool(truths[stem]), float(scores[stem])) for stem in range(200)])
    shares, means = calibration_curve(truths, scores, n_bins=10)
    assert [each["anomalous"] for each in entry["bins"]] == pytest.approx(list(shares))
    assert [each["score"] for each in entry["bins"]] == pytest.approx(list(means))


def test_without_a_chance_there_is_nothing_to_calibrate() -> None:
    assert calibration(judge([_said(0, True, 3.0)], [])) == []
    assert calibration([]) == []
