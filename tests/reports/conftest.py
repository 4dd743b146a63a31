"""A small run, made by hand, that every report is tried on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from iad_eval.summary import summarise
from iad_eval.words import Json, Observation, TrainingScores

GOLDEN = Path(__file__).parent / "golden"
PERTURBATIONS = ("original", "rotated", "padded", "timestamp")


@pytest.fixture(scope="session")
def summary() -> dict[str, Json]:
    """Two classes of 4 good and 8 bad photographs; a detector, an LVLM asked in two ways, a floor.

    The detector scores 1 for good photographs and 3 for bad ones, two mistakes apart; every
    perturbation adds 1, so that it calls some good photographs anomalous.
    """
    observations = [
        observation
        for class_name in ("bolt", "washer")
        for number in range(12)
        for perturbation in PERTURBATIONS
        for observation in _all_models(class_name, number, perturbation)
    ]
    scores = tuple(0.5 + 0.1 * step for step in range(10))
    training = [
        TrainingScores("parts", name, "detector", None, scores, "leave-one-out", "k")
        for name in ("bolt", "washer")
    ]
    return summarise(observations, training, asked=len(observations) + 3, seed=0)


def _all_models(class_name: str, number: int, perturbation: str) -> list[Observation]:
    is_anomalous = number >= 4
    score = (3.0 if is_anomalous else 1.0) + 0.05 * number + 0.4 * (perturbation != "original")
    if class_name == "washer" and number in (3, 6):
        score = 1.5 if not is_anomalous else 0.8
    right = "Yes, a dent." if is_anomalous else "No."
    answer = "I cannot tell." if number == 11 else "No." if number in (5, 7) else right
    failed = perturbation == "padded" and number == 0
    return [
        _observation(class_name, number, perturbation, "detector", None, score=score),
        _observation(class_name, number, perturbation, "lvlm", "oneshot", answer=None if failed else answer),
        _observation(class_name, number, perturbation, "lvlm", "zeroshot", answer="Yes."),
        _observation(class_name, number, perturbation, "always-anomalous", None, answer="Yes."),
    ]


def _observation(
    class_name: str,
    number: int,
    perturbation: str,
    model: str,
    protocol: str | None,
    *,
    score: float | None = None,
    answer: str | None = None,
) -> Observation:
    defect = "dent" if number >= 4 else "good"
    return Observation(
        sample=f"parts/{class_name}/test/{defect}/{number:03d}",
        dataset="parts",
        class_name=class_name,
        defect=defect,
        is_anomalous=number >= 4,
        perturbation=perturbation,
        model=model,
        protocol=protocol,
        score=score,
        answer=answer,
        latency_s=0.1,
        error=None if score is not None or answer is not None else "the server went away",
        mask_fraction=0.01 * (number >= 4),
        key="k",
        hidden_fraction=0.8 if perturbation == "timestamp" and number == 9 else 0.0,
    )


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with a stored one; ``IAD_EVAL_REGOLD=1 pytest tests/reports`` stores it anew."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("IAD_EVAL_REGOLD"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
