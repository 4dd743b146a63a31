"""The answer cache: found by identity, never a failure, shared by processes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from iad_eval.answers import AnswerCache
from iad_eval.words import Observation, TrainingScores

SEEN = Observation(
    sample="d/c/test/hole/000",
    dataset="d",
    class_name="c",
    defect="hole",
    is_anomalous=True,
    perturbation="original",
    model="vllm:org/name",
    protocol=None,
    score=0.5,
    answer="Yes.",
    latency_s=0.1,
    error=None,
    mask_fraction=0.2,
    key="k1",
    mask_digest="m1",
    at="2026-01-01",
    details={"tokens": 3},
)
TRAINED = TrainingScores("d", "c", "m", None, (0.1, 0.2), "leave-one-out", "t1")


def test_an_answer_is_found_by_its_key_in_another_process(tmp_path: Path) -> None:
    writer = AnswerCache(tmp_path, "gw0")
    writer.keep(SEEN)
    writer.keep(SEEN)
    writer.close()
    found = AnswerCache(tmp_path, "gw1").find("vllm:org/name", "c", "k1")
    assert found is not None
    assert (found.score, found.answer, found.details) == (0.5, "Yes.", {"tokens": 3})
    assert sum(len(path.read_text().splitlines()) for path in tmp_path.rglob("*.jsonl")) == 1


def test_what_was_not_asked_is_not_found(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, "main")
    cache.keep(SEEN)
    assert cache.find("vllm:org/name", "c", "k2") is None
    assert cache.find("vllm:org/name", "other", "k1") is None
    assert cache.find("other", "c", "k1") is None


def test_a_failure_is_nobodys_answer(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, "main")
    cache.keep(replace(SEEN, score=None, answer=None, error="it broke"))
    assert cache.find("vllm:org/name", "c", "k1") is None
    assert not list(tmp_path.rglob("*.jsonl"))


def test_training_scores_are_found_by_their_key(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path, "main")
    cache.keep_training(TRAINED)
    assert cache.find_training("m", "c", "t2") is None
    assert AnswerCache(tmp_path, "x").find_training("m", "c", "t1") == TRAINED
