"""How much accuracy a change cost, and how well that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iad_eval.intervals import bootstrap_weights, unseen
from iad_eval.metrics import Floats
from iad_eval.paired.pairs import Pairs


@dataclass(frozen=True, slots=True)
class Drop:
    """Accuracies (0..1, means over classes), ``estimate`` = before - after, and its 95% interval."""

    before: float
    after: float
    estimate: float
    low: float
    high: float


def drop(classes: Sequence[Pairs], seed: int) -> Drop:
    """The drop over one class or more, each a share of its own views, all weighing the same.

    The interval is a percentile bootstrap over the photographs of each class; all views of a photograph are
    drawn together. Its draws depend on seed, class and number of photographs alone.

    A bootstrap draws what it has seen: without a photograph that lost a view it says [0, 0], and with a few
    it stays too short. But n photographs leave open, at 97.5%, that a share ``unseen(n)`` is like none of
    them and loses all its views, or wins them. That is the most in the smallest class, and one part in as
    many as there are classes of the mean. So the interval reaches at least so far to both sides of the
    estimate, within [-1, 1]. (Spread over several classes the same evidence leaves open more, by up to
    1.8 / n of it: 2% at n = 83. ``benchmarks/gate.py`` counts how often the interval covers the truth.)
    """
    shares = [_shares(pairs) for pairs in classes]
    before, after, estimate = (float(np.mean(column)) for column in zip(*shares, strict=True))
    replicates = np.mean([_replicates(pairs, seed) for pairs in classes], axis=0)
    low, high = (float(end) for end in np.percentile(replicates, [2.5, 97.5]))
    open_still = unseen(min(pairs.photographs for pairs in classes)) / len(classes)
    low = min(low, max(-1.0, estimate - open_still))
    high = max(high, min(1.0, estimate + open_still))
    return Drop(before, after, estimate, low, high)


def _shares(pairs: Pairs) -> tuple[float, float, float]:
    """Of a class's views: right before, right after, lost."""
    views = int(pairs.views.sum())
    return int(pairs.before.sum()) / views, int(pairs.after.sum()) / views, int(pairs.lost.sum()) / views


def _replicates(pairs: Pairs, seed: int) -> Floats:
    """The share of views lost in each replicate: (B,)."""
    weights = bootstrap_weights(seed, pairs.dataset, pairs.class_name, pairs.photographs)
    counts = weights @ np.stack([pairs.lost, pairs.views], axis=1).astype(np.float64)
    replicates: Floats = counts[:, 0] / counts[:, 1]
    return replicates
