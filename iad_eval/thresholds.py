"""The paper's thresholds (section 4.4): the largest, the 90th and the 80th percentile training score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from iad_eval.words import SCORE_THRESHOLDS, Threshold

_PERCENTILES: Mapping[Threshold, float] = {"max": 100, "p90": 90, "p80": 80}


def threshold_values(training_scores: Sequence[float]) -> dict[Threshold, float]:
    """The value of each threshold in the model's own unit; none without training scores."""
    if not training_scores:
        return {}
    return {name: float(np.percentile(training_scores, _PERCENTILES[name])) for name in SCORE_THRESHOLDS}


def headline(accuracy_on_original: Mapping[Threshold, float | None]) -> Threshold | None:
    """The threshold that heads a table: an answer needs none; else the best on ``original``, ties in order.

    Where ``original`` was not measured it is ``max``. None for a model without thresholds.
    """
    if "answer" in accuracy_on_original:
        return "answer"
    known = [name for name in SCORE_THRESHOLDS if name in accuracy_on_original]
    # rounded, since means that are equal may differ in their last digit
    return max(known, key=lambda name: round(accuracy_on_original[name] or 0.0, 9), default=None)
