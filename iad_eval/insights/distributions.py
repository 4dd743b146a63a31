"""Figure 6 of the paper: scores of training images and of test views, and the thresholds between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from iad_eval.judging import Asker, Judged, JudgedClass, training_by_place
from iad_eval.metrics import Floats
from iad_eval.thresholds import threshold_values
from iad_eval.words import ORIGINAL, Json, TrainingScores

BINS = 30
"""Of equal width, from the lowest score of all three series to the highest that is no outlier."""

_FENCE = 1.5  # interquartile ranges above the upper quartile: Tukey's fence

_ORDER = ("dataset", "model", "protocol", "class_name")
_NARROWEST = 1e-9  # of the largest score: what floating point can still divide into bins


def distributions(
    classes: Sequence[JudgedClass], training: Sequence[TrainingScores]
) -> list[dict[str, Json]]:
    """Counts of scores for each class and asker with training scores, on the original views.

    ``edges`` (31) are in the model's own unit; ``training``, ``normal`` and ``anomalous`` (30) count
    images, the last bin also what lies beyond: so many as ``beyond`` tells, outliers among the anomalous
    that would press all else into a few bins. Scores that are all alike lie in the middle of a narrow span.
    """
    found: list[dict[str, Json]] = []
    trained = training_by_place(training)
    for each in classes:
        for judged in each.judged:
            scores = trained.get((each.dataset, each.class_name, judged.asker))
            if scores and judged.scores is not None and judged.perturbation == ORIGINAL:
                found.append(_entry(each, judged, judged.asker, scores))
    return sorted(found, key=lambda it: tuple(str(it[key] or "") for key in _ORDER))


def _entry(of_class: JudgedClass, judged: Judged, asker: Asker, trained: Sequence[float]) -> dict[str, Json]:
    assert judged.scores is not None
    series: dict[str, Floats] = {
        "training": np.asarray(trained, dtype=np.float64),
        "normal": judged.scores[~judged.is_anomalous],
        "anomalous": judged.scores[judged.is_anomalous],
    }
    whole = np.concatenate(list(series.values()))
    edges = _edges(np.minimum(whole, _highest(series)))
    return {
        "dataset": of_class.dataset,
        "class_name": of_class.class_name,
        "model": asker[0],
        "protocol": asker[1],
        "edges": edges.tolist(),
        **{
            name: np.histogram(np.minimum(scores, edges[-1]), edges)[0].tolist()
            for name, scores in series.items()
        },
        "beyond": int((whole > edges[-1]).sum()),
        "thresholds": dict(threshold_values(trained)),
    }


def _highest(series: Mapping[str, Floats]) -> float:
    """Where the histogram ends: above all normal scores, and above the anomalous but for their outliers."""
    ends = [float(scores.max()) for name, scores in series.items() if len(scores) and name != "anomalous"]
    if len(series["anomalous"]):
        lower, upper = np.percentile(series["anomalous"], [25, 75])
        ends.append(float(upper + _FENCE * (upper - lower)))
    return max(ends)


def _edges(scores: Floats) -> Floats:
    low, high = float(scores.min()), float(scores.max())
    least = _NARROWEST * max(abs(low), abs(high)) or 1.0
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    return np.linspace(low, high, BINS + 1)
