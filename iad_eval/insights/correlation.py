"""Correlation coefficients of two series; not measured for fewer than three points or a constant series."""

from __future__ import annotations

import numpy as np

from iad_eval.metrics import Floats

FEWEST = 3
"""Two points always lie on a line."""


def pearson(one: Floats, other: Floats) -> float | None:
    """Pearson's r of two series (n,)."""
    if len(one) < FEWEST or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return None
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1.0, 1.0))


def spearman(one: Floats, other: Floats) -> float | None:
    """Spearman's rank correlation of two series (n,): equal values share the mean of their ranks."""
    return pearson(_ranks(one), _ranks(other))


def _ranks(values: Floats) -> Floats:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: Floats = (last - (count - 1) / 2)[place]
    return ranks
