"""What a case came to, as properties of its test."""

from __future__ import annotations

import json

from observing import view_of

from iad_eval.properties import properties
from iad_eval.words import Case, TrainingScores

CASE = Case("glass", "mvtec", "bottle", "padded")
TRAINED = TrainingScores("mvtec", "bottle", "glass", None, tuple(map(float, range(11))), "5-fold", "k")


def test_a_detector_has_an_accuracy_at_each_threshold_and_an_auroc() -> None:
    scores = {0: 8.5, 1: 1.0, 2: 9.5, 3: 3.0}
    views = [view_of("mvtec/bottle", n, n > 1, "padded", score=score) for n, score in scores.items()]
    found = dict(properties(CASE, views, TRAINED))
    assert found == {
        "iad_dataset": "mvtec",
        "iad_class": "bottle",
        "iad_perturbation": "padded",
        "iad_model": "glass",
        "iad_views": 4,
        "iad_failed": 0,
        "iad_unreadable": 0,
        "iad_accuracy_max": 0.5,
        "iad_accuracy_p90": 0.75,
        "iad_accuracy_p80": 0.5,
        "iad_auroc": 0.75,
    }
    assert {type(value) for value in found.values()} == {str, int, float}


def test_an_lvlm_has_its_protocol_and_counts_what_went_wrong() -> None:
    views = [
        view_of("mvtec/bottle", 0, False, answer="No."),
        view_of("mvtec/bottle", 1, True, answer="Hm."),
        view_of("mvtec/bottle", 2, True, error="the server went away"),
    ]
    case = Case("lvlm", "mvtec", "bottle", "original", "oneshot")
    found = dict(properties(case, views, None))
    assert found["iad_protocol"] == "oneshot"
    assert (found["iad_views"], found["iad_failed"], found["iad_unreadable"]) == (3, 1, 1)
    assert found["iad_accuracy_answer"] == 0.5
    assert "iad_auroc" not in found


def test_nothing_is_told_of_views_that_all_failed() -> None:
    views = [view_of("mvtec/bottle", 0, False, error="gone")]
    found = dict(properties(CASE, views, TRAINED))
    assert found["iad_failed"] == 1
    assert not any(name.startswith(("iad_accuracy", "iad_auroc")) for name in found)
    json.dumps(found, allow_nan=False)
