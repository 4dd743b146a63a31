"""Means over classes, as the tables of the paper are averaged."""

from __future__ import annotations

from collections.abc import Sequence

from iad_eval import metrics
from iad_eval.intervals import percentile_interval, wilson
from iad_eval.metrics import Bools, Floats


def class_mean(of_classes: Sequence[tuple[Bools, Floats]]) -> tuple[float, float | None, float | None]:
    """The mean over classes of the share of marked photographs, with its 95% interval.

    A class is which of its m > 0 photographs are marked (m,), and their weights (1 + B, m). The
    interval is the bootstrap's; of a single class it is Wilson's, as everywhere in the summary.
    """
    if len(of_classes) == 1:
        [(marked, _)] = of_classes
        low, high = wilson(int(marked.sum()), len(marked)) or (None, None)
        return float(marked.mean()), low, high
    means = metrics.mean_replicates([metrics.share(marked, weights) for marked, weights in of_classes])
    low, high = percentile_interval(means[1:]) or (None, None)
    return float(means[0]), low, high
