"""The views whose verdict turned, with what both sides said."""

from __future__ import annotations

from typing import Any

from runs_by_hand import asked, compared, run_of, scored

from iad_eval.comparing import compare
from iad_eval.words import Json, TrainingScores


def _flips(found: Json) -> list[dict[str, Any]]:
    assert isinstance(found, list)
    return found


def test_the_newly_wrong_come_first_in_order_of_place() -> None:
    before = run_of(
        asked("parts/nut", "ag", original="yn"),
        asked("parts/bolt", "aaag", original="nyyn", rotated="yyyn"),
    )
    after = run_of(
        asked("parts/nut", "ag", original="yy"),
        asked("parts/bolt", "aaag", original="ynyn", rotated="ynyn"),
    )
    found = _flips(compare(before, after).record["flips"])
    assert [(each["kind"], each["sample"], each["perturbation"]) for each in found] == [
        ("newly wrong", "parts/bolt/test/bent/001", "original"),
        ("newly wrong", "parts/bolt/test/bent/001", "rotated"),
        ("newly wrong", "parts/nut/test/good/001", "original"),
        ("newly right", "parts/bolt/test/bent/000", "original"),
    ]


def test_a_flip_holds_verdict_and_answer_of_both_sides() -> None:
    assert _flips(compared("ag", "yn", "?n").record["flips"]) == [
        {
            "kind": "newly wrong",
            "dataset": "parts",
            "model": "lvlm",
            "protocol": "oneshot",
            "class_name": "bolt",
            "sample": "parts/bolt/test/bent/000",
            "perturbation": "original",
            "defect": "bent",
            "is_anomalous": True,
            "before": {"verdict": "anomalous", "score": None, "answer": "Yes, a dent."},
            "after": {"verdict": "unreadable", "score": None, "answer": "Hm."},
        }
    ]


def test_a_flip_of_a_detector_holds_scores() -> None:
    training = [TrainingScores("parts", "bolt", "glass", None, (1.0, 2.0), "in-sample", "k")]
    runs = [
        run_of(scored("parts/bolt", "ag", original=scores), training=training)
        for scores in ((2.5, 1.0), (1.5, 1.0))
    ]
    (flip,) = _flips(compare(*runs).record["flips"])
    assert flip["before"] == {"verdict": "anomalous", "score": 2.5, "answer": None}
    assert flip["after"] == {"verdict": "normal", "score": 1.5, "answer": None}


def test_another_wrong_verdict_is_no_flip() -> None:
    assert compared("aag", "n?n", "?nn").record["flips"] == []


def test_what_is_not_compared_does_not_flip() -> None:
    assert compared("aag", "ynf", "yfy").record["flips"] == []
