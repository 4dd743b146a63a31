"""What is kept of a run: verdicts, rounded scores, answers, keys, circumstances without times and places."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import made_by_hand
import pytest
from observing import view_of

from iad_eval.run import PlannedCase
from iad_eval.stored import StoredRun
from iad_eval.storing import stored_run, text_of
from iad_eval.words import Case, Json, Observation, TrainingScores

BOLT = "parts/bolt"
TRAINING = [TrainingScores("parts", "bolt", "glass", None, (1.0, 2.0), "in-sample", "k")]
"""Thresholds: 2.0, 1.9, 1.8."""

LVLM: dict[str, Any] = {"model": "qwen", "protocol": "oneshot"}
CASE = (("qwen", "oneshot"), "original")


def kept(
    observations: list[Observation],
    training: list[TrainingScores] = TRAINING,
    manifest: dict[str, Json] | None = None,
    planned: list[PlannedCase] | None = None,
) -> StoredRun:
    return stored_run("before", observations, training, manifest or {}, planned or [])


def test_scores_are_rounded_after_they_were_judged() -> None:
    just_above = view_of(BOLT, 0, True, score=2.0000000004)  # 2.00000000 when rounded
    (bolt,) = kept([just_above]).classes
    (case,) = bolt.judged.judged
    assert case.scores is not None
    assert case.scores.tolist() == [2.0]
    assert {name: calls.tolist() for name, calls in case.calls.items()} == {
        "max": [1],
        "p90": [1],
        "p80": [1],
    }


@pytest.mark.parametrize(
    ("score", "rounded"),
    [
        (0.12345678949, 0.123456789),
        (123456.789512, 123456.790),
        (-0.00000123456789951, -0.0000012345679),
        (1.7976931348623157e308, 1.79769313e308),
        (0.0, 0.0),
    ],
)
def test_nine_significant_digits_are_kept(score: float, rounded: float) -> None:
    (bolt,) = kept([view_of(BOLT, 0, True, score=score)]).classes
    scores = bolt.judged.judged[0].scores
    assert scores is not None
    assert scores.tolist() == [rounded]


def test_answers_stand_along_the_photographs_that_were_judged() -> None:
    said = [
        view_of(BOLT, 2, True, answer="Yes.", **LVLM),
        view_of(BOLT, 1, True, error="timeout", **LVLM),
        view_of(BOLT, 0, False, answer="No, fine.", **LVLM),
        view_of(BOLT, 0, False, score=1.0),
    ]
    (bolt,) = kept(said).classes
    assert bolt.judged.samples == [
        "parts/bolt/test/bent/001",
        "parts/bolt/test/bent/002",
        "parts/bolt/test/good/000",
    ]
    assert bolt.answers == {CASE: ["Yes.", "No, fine."]}


def test_a_case_in_which_one_view_has_no_answer_keeps_none() -> None:
    said = [
        view_of(BOLT, 0, True, answer="Yes.", score=0.9, **LVLM),
        view_of(BOLT, 1, True, score=0.8, **LVLM),
    ]
    (bolt,) = kept(said).classes
    assert bolt.answers == {}
    assert bolt.keys.keys() == {CASE}


def test_a_key_is_over_the_answers_and_nothing_else() -> None:
    said = [
        view_of(BOLT, 1, True, answer="Yes.", key="k1", **LVLM),
        view_of(BOLT, 0, True, answer="Yes.", key="k0", **LVLM),
        view_of(BOLT, 2, True, error="timeout", key="k2", **LVLM),
    ]
    text = '[["parts/bolt/test/bent/000", "k0"], ["parts/bolt/test/bent/001", "k1"]]'
    expected = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert kept(said).classes[0].keys == {CASE: expected}
    other = [replace(said[0], key="edited"), *said[1:]]
    assert kept(other).classes[0].keys[CASE] != expected


def test_a_photograph_is_known_by_the_first_digits_of_its_digest() -> None:
    said = [
        view_of(BOLT, 0, True, error="unreadable file", **LVLM),
        view_of(BOLT, 0, True, score=1.0, image_digest="0123456789abcdef"),
        view_of(BOLT, 1, True, score=1.0),
    ]
    assert kept(said).classes[0].digests == ["01234567", ""]


def test_a_photograph_whose_truth_changed_midway_has_one_truth() -> None:
    before = view_of(BOLT, 0, True, answer="Yes.", **LVLM)
    after = replace(before, is_anomalous=False, perturbation="rotated")
    original, rotated = kept([before, after]).classes[0].judged.judged
    assert original.is_anomalous.tolist() == rotated.is_anomalous.tolist() == [False]
    assert original.correct["answer"].tolist() == rotated.correct["answer"].tolist() == [False]


MANIFEST: dict[str, Json] = {
    "format": 1,
    "iad_eval": "0.1.0",
    "started": "2026-01-01T00:00:00+00:00",
    "finished": "2026-01-01T01:00:00+00:00",
    "command_line": ["pytest", "cases"],
    "sessions": [{"started": "2026-01-01T00:00:00+00:00", "command_line": ["pytest", "cases"]}],
    "seed": 3,
    "configuration": {"limit": None, "datasets": {"parts": {"kind": "folder", "root": "/somewhere/parts"}}},
    "prompts": {"oneshot": {"Any anomaly?": ["parts/nut/original", "parts/bolt/original"]}},
    "hardware": {"cpus": 2},
    "cases": [],
    "serving": [{"model": "qwen", "engines": ["vllm 0.32.0"], "busy_s": 1.5}],
}


def test_circumstances_are_kept_without_times_commands_and_places() -> None:
    assert kept([], manifest=MANIFEST).circumstances == {
        "iad_eval": "0.1.0",
        "seed": 3,
        "configuration": {"limit": None, "datasets": {"parts": {"kind": "folder"}}},
        "prompts": {"oneshot": {"Any anomaly?": ["parts/bolt/original", "parts/nut/original"]}},
        "hardware": {"cpus": 2},
        "engines": {"qwen": ["vllm 0.32.0"]},
    }


def test_two_sessions_with_one_outcome_store_the_same_bytes() -> None:
    planned = [
        PlannedCase(Case(model, "parts", name, view, protocol), 12)
        for name in made_by_hand.CLASSES
        for view in made_by_hand.PERTURBATIONS
        for model, protocol in (made_by_hand.DETECTOR, made_by_hand.ONESHOT)
    ]
    observations, training = made_by_hand.observations(), made_by_hand.training()
    later = [replace(each, at="2026-02-02T00:00:00+00:00", latency_s=9.0) for each in reversed(observations)]
    manifest = {**MANIFEST, "started": "2026-02-02T00:00:00+00:00", "command_line": ["pytest", "-n2"]}
    before = stored_run("before", observations, training, MANIFEST, planned)
    after = stored_run("after", later, training[::-1], manifest, planned[::-1])
    assert text_of(before) == text_of(after)
