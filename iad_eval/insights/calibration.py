"""Whether P(yes) means what it says: of the views with P(yes) near 0.8, are 80% anomalous?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from iad_eval.insights.scored_answers import scored_answers
from iad_eval.intervals import wilson
from iad_eval.judging import JudgedClass
from iad_eval.metrics import Bools, Floats
from iad_eval.words import Json

BINS = 10
"""Of equal width; the last one holds P(yes) = 1 too."""


def calibration(classes: Sequence[JudgedClass]) -> list[dict[str, Json]]:
    """For askers that answer and score within 0..1: all original photographs of a dataset together.

    ``brier`` is the mean square of score minus truth, ``expected_calibration_error`` the mean distance
    between a bin's score and its share of anomalous photographs, weighted by photographs.
    """
    found: list[dict[str, Json]] = []
    for dataset, (model, protocol), judged in scored_answers(classes):
        scores = np.concatenate([each.scores for each in judged if each.scores is not None])
        truth = np.concatenate([each.is_anomalous for each in judged])
        bins = list(_bins(scores, truth))
        found.append(
            {
                "dataset": dataset,
                "model": model,
                "protocol": protocol,
                "n": len(scores),
                "brier": float(np.mean((scores - truth) ** 2)),
                "expected_calibration_error": _expected_error(bins, len(scores)),
                "bins": [_record(*each) for each in bins],
            }
        )
    return found


def _bins(scores: Floats, truth: Bools) -> Iterator[tuple[int, Floats, Bools]]:
    """Number, scores and truths of each bin that is not empty."""
    inner = np.arange(1, BINS) / BINS
    number = np.searchsorted(inner, scores, side="right")
    for each in range(BINS):
        here = number == each
        if here.any():
            yield each, scores[here], truth[here]


def _expected_error(bins: Sequence[tuple[int, Floats, Bools]], n: int) -> float:
    return sum(len(scores) / n * abs(float(scores.mean() - truth.mean())) for _, scores, truth in bins)


def _record(number: int, scores: Floats, truth: Bools) -> dict[str, Json]:
    low, high = wilson(int(truth.sum()), len(truth)) or (None, None)
    return {
        "from": number / BINS,
        "to": (number + 1) / BINS,
        "n": len(truth),
        "score": float(scores.mean()),
        "anomalous": float(truth.mean()),
        "low": low,
        "high": high,
    }
