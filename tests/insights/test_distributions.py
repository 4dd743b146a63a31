"""Figure 6: counts of scores between common edges, and the thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from observing import view_of

from iad_eval.insights.distributions import BINS, distributions
from iad_eval.judging import judge
from iad_eval.words import Observation, TrainingScores


def _trained(scores: tuple[float, ...], place: str = "d/c", model: str = "glass") -> TrainingScores:
    dataset, class_name = place.split("/")
    return TrainingScores(dataset, class_name, model, None, scores, "5-fold", "k")


def _told(observations: list[Observation], training: list[TrainingScores]) -> list[Any]:
    return distributions(judge(observations, training), training)


def test_three_series_are_counted_between_the_same_edges() -> None:
    training = [_trained((0.0, 1.0, 2.0, 2.5, 10.0))]
    good = [view_of("d/c", stem, False, score=score) for stem, score in enumerate((1.0, 3.0))]
    bent = [view_of("d/c", stem, True, score=score) for stem, score in enumerate((14.9, 29.9, 30.0))]
    [entry] = _told(good + bent, training)
    assert (entry["dataset"], entry["class_name"], entry["model"], entry["protocol"]) == (
        "d",
        "c",
        "glass",
        None,
    )
    assert entry["edges"] == pytest.approx(list(range(31)))
    assert {place: count for place, count in enumerate(entry["training"]) if count} == {
        0: 1,
        1: 1,
        2: 2,
        10: 1,
    }
    assert {place: count for place, count in enumerate(entry["normal"]) if count} == {1: 1, 3: 1}
    assert {place: count for place, count in enumerate(entry["anomalous"]) if count} == {14: 1, 29: 2}
    assert entry["thresholds"] == pytest.approx({"max": 10.0, "p90": 7.0, "p80": 4.0})


def test_outliers_among_the_anomalous_are_counted_in_the_last_bin() -> None:
    good = [view_of("d/c", stem, False, score=float(stem)) for stem in range(3)]
    bent = [
        view_of("d/c", stem, True, score=score) for stem, score in enumerate((4.0, 5.0, 6.0, 7.0, 1000.0))
    ]
    [entry] = _told(good + bent, [_trained((0.0, 1.0))])
    assert entry["edges"][-1] == pytest.approx(7 + 1.5 * (7 - 5))
    assert entry["beyond"] == 1
    assert entry["anomalous"][-1] == 1
    assert sum(entry["anomalous"]) == 5


@pytest.mark.parametrize("score", [0.0, 5.0, -5.0, 1e-300, 1e20, 0.1 + 0.2])
def test_scores_that_are_all_alike_are_all_counted(score: float) -> None:
    [entry] = _told([view_of("d/c", 0, True, score=score)], [_trained((score, score))])
    assert len(entry["edges"]) == BINS + 1
    assert (np.diff(entry["edges"]) > 0).all()
    assert (sum(entry["training"]), sum(entry["normal"]), sum(entry["anomalous"])) == (2, 0, 1)


def test_scores_a_hair_apart_are_all_counted() -> None:
    [entry] = _told([view_of("d/c", 0, True, score=float(np.nextafter(7.0, 8.0)))], [_trained((7.0,))])
    assert (sum(entry["training"]), sum(entry["anomalous"])) == (1, 1)


def test_only_original_views_of_models_with_training_scores_have_one() -> None:
    training = [_trained((0.0, 1.0))]
    others = [
        view_of("d/c", 0, True, "rotated", score=1.0),
        view_of("d/c", 0, True, score=1.0, model="untrained"),
        view_of("d/c", 0, True, answer="Yes.", model="lvlm", protocol="oneshot"),
        view_of("d/e", 0, True, score=1.0),
        view_of("d/c", 0, True, error="gone"),
    ]
    assert _told(others, training) == []


def test_entries_are_sorted_by_dataset_model_and_class() -> None:
    places = [("e/a", "glass"), ("d/b", "inp"), ("d/b", "glass"), ("d/a", "inp")]
    training = [_trained((0.0, 1.0), place, model) for place, model in places]
    seen = [view_of(place, 0, True, score=0.5, model=model) for place, model in places]
    assert [(each["dataset"], each["model"], each["class_name"]) for each in _told(seen, training)] == [
        ("d", "glass", "b"),
        ("d", "inp", "a"),
        ("d", "inp", "b"),
        ("e", "glass", "a"),
    ]
