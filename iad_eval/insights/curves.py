"""What an LVLM's accuracy would be, were its P(yes) held against another threshold than the answer is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from iad_eval.insights.scored_answers import scored_answers
from iad_eval.judging import Judged, JudgedClass
from iad_eval.metrics import Bools, Floats
from iad_eval.words import Json

STEPS = 100
"""Thresholds are 0, 1/100 .. 1."""

_SAME = 9  # decimals: means that are equal may differ in their last digit


def curves(classes: Sequence[JudgedClass]) -> list[dict[str, Json]]:
    """For askers that answer and score within 0..1, on the original views; rates are class means.

    Anomalous is a score above the threshold; the best threshold is, among equals, the one nearest 0.5.
    ``answer_accuracy`` is that of the answers on the same ``n`` photographs of the same classes. A rate is
    null where no class has photographs to measure it on.
    """
    found: list[dict[str, Json]] = []
    thresholds = np.arange(STEPS + 1) / STEPS
    for dataset, (model, protocol), judged in scored_answers(classes):
        accuracies, missed, overkill = (
            _mean([_wrong_rate(each, thresholds, of) for each in judged]) for of in (None, True, False)
        )
        assert accuracies is not None
        accuracy = 1 - accuracies
        best = min(
            range(STEPS + 1), key=lambda at: (-round(float(accuracy[at]), _SAME), abs(2 * at - STEPS), at)
        )
        found.append(
            {
                "dataset": dataset,
                "model": model,
                "protocol": protocol,
                "n": sum(len(each.photographs) for each in judged),
                "thresholds": thresholds.tolist(),
                "accuracy": accuracy.tolist(),
                "miss_rate": None if missed is None else missed.tolist(),
                "overkill_rate": None if overkill is None else overkill.tolist(),
                "best_threshold": float(thresholds[best]),
                "best_accuracy": float(accuracy[best]),
                "answer_accuracy": float(np.mean([each.correct["answer"].mean() for each in judged])),
            }
        )
    return found


def _wrong_rate(judged: Judged, thresholds: Floats, of: bool | None) -> Floats | None:
    """The share called wrongly at each threshold: of all, the anomalous or the normal photographs."""
    truth = judged.is_anomalous
    chosen: Bools = np.ones(len(truth), dtype=np.bool_) if of is None else truth == of
    if judged.scores is None or not chosen.any():
        return None
    called = judged.scores[chosen] > thresholds[:, None]
    rate: Floats = (called != truth[chosen]).mean(axis=1)
    return rate


def _mean(of_classes: Sequence[Floats | None]) -> Floats | None:
    measured = [rates for rates in of_classes if rates is not None]
    mean: Floats | None = np.mean(measured, axis=0) if measured else None
    return mean
