"""Figure 7 of the paper: how often defects are found, by the share of the image that they take."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from iad_eval.insights.correlation import pearson, spearman
from iad_eval.insights.logistic import logistic_fit
from iad_eval.intervals import REPLICATES, bootstrap_weights, wilson
from iad_eval.judging import Asker, JudgedClass, in_order
from iad_eval.metrics import Bools, Floats
from iad_eval.words import ORIGINAL, TRIVIAL, Json, Threshold

BIN = 50
"""Defects in a bin (paper, section 5.1)."""

BINNED_AS_PAPER = 250
"""With fewer defects there would be fewer than five such bins: then a fifth of the defects is a bin."""

_SMALLEST_BIN = 5
_REACH = 10.0  # a size is told up to this factor beyond the sizes seen
_MOST_LOST = 0.05  # share of replicates without a size; beyond it an interval of the others would mislead


@dataclass(frozen=True, slots=True, eq=False)
class _Defects:
    """One asker's anomalous original views (n,), by ascending size; ``weights`` are (B, n)."""

    fractions: Floats
    found: Bools
    datasets: Sequence[str]
    weights: Floats


def sizes(
    classes: Sequence[JudgedClass], heads: Mapping[tuple[str, Asker], Threshold | None], seed: int
) -> list[dict[str, Json]]:
    """One entry an asker that is not trivial: bins, correlations and a logistic fit, over all datasets.

    Of the anomalous original views with a mask; found is what was called anomalous at the headline
    threshold; ``smallest`` and ``largest`` are the extreme mask fractions. ``logistic`` fits P(found) on
    log10 of the mask fraction; ``half`` is the fraction at which half is found, null where the slope is
    not positive or it lies beyond ten times the sizes seen, and so are the ends of its 95% interval.
    """
    askers = sorted(
        {judged.asker for each in classes for judged in each.judged if judged.asker[0] not in TRIVIAL},
        key=in_order,
    )
    drawn = [bootstrap_weights(seed, each.dataset, each.class_name, len(each.samples)) for each in classes]
    gathered = [(asker, _gathered(classes, drawn, asker, heads)) for asker in askers]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy works side by side
        return list(pool.map(_entry, [each for each in gathered if len(each[1].found)]))


def _gathered(
    classes: Sequence[JudgedClass],
    drawn: Sequence[Floats],
    asker: Asker,
    heads: Mapping[tuple[str, Asker], Threshold | None],
) -> _Defects:
    fractions, found, weights = [np.zeros(0)], [np.zeros(0, dtype=np.bool_)], [np.zeros((REPLICATES, 0))]
    names: list[tuple[str, str]] = []
    for each, draws in zip(classes, drawn, strict=True):
        threshold = heads.get((each.dataset, asker))
        for judged in each.judged:
            if judged.asker != asker or judged.perturbation != ORIGINAL:
                continue
            if threshold is None or threshold not in judged.correct:
                continue
            chosen = np.flatnonzero(judged.is_anomalous & (judged.mask_fractions > 0))
            fractions.append(judged.mask_fractions[chosen])
            found.append(judged.correct[threshold][chosen])
            weights.append(draws[:, judged.photographs[chosen]])
            names += [(each.samples[photograph], each.dataset) for photograph in judged.photographs[chosen]]
    size = np.concatenate(fractions)
    order = sorted(range(len(size)), key=lambda index: (size[index], names[index]))
    return _Defects(
        size[order],
        np.concatenate(found)[order],
        [names[index][1] for index in order],
        np.concatenate(weights, axis=1)[:, order],
    )


def _entry(gathered: tuple[Asker, _Defects]) -> dict[str, Json]:
    (model, protocol), defects = gathered
    n = len(defects.found)
    bin_size = BIN if n >= BINNED_AS_PAPER else max(_SMALLEST_BIN, n // 5)
    edges = _edges(n, bin_size)
    parts = [slice(first, last) for first, last in pairwise(edges)]
    means = np.array([defects.fractions[part].mean() for part in parts])
    shares = np.array([defects.found[part].mean() for part in parts])
    return {
        "model": model,
        "protocol": protocol,
        "perturbation": ORIGINAL,
        "datasets": sorted(set(defects.datasets)),
        "n": n,
        "bin_size": bin_size,
        "smallest": float(defects.fractions[0]),
        "largest": float(defects.fractions[-1]),
        "bins": [_bin(defects, part) for part in parts],
        "pearson_log": pearson(np.log10(means), shares),
        "pearson": pearson(means, shares),
        "spearman": spearman(means, shares),
        "logistic": _logistic(defects),
    }


def _edges(n: int, bin_size: int) -> list[int]:
    """Where bins begin and end; a remainder of less than half a bin joins the last one."""
    edges = list(range(0, n, bin_size))
    if len(edges) > 1 and 2 * (n - edges[-1]) < bin_size:
        edges.pop()
    return [*edges, n]


def _bin(defects: _Defects, part: slice) -> dict[str, Json]:
    found = defects.found[part]
    low, high = wilson(int(found.sum()), len(found)) or (None, None)
    return {
        "n": len(found),
        "mask_fraction": float(defects.fractions[part].mean()),
        "accuracy": float(found.mean()),
        "low": low,
        "high": high,
        "datasets": dict(sorted(Counter(defects.datasets[part]).items())),
    }


def _logistic(defects: _Defects) -> dict[str, Json] | None:
    x = np.log10(defects.fractions)
    [[intercept, slope]] = logistic_fit(x, defects.found, np.ones((1, len(x))))
    if np.isnan(slope):
        return None
    smallest, largest = float(x[0]) - np.log10(_REACH), float(x[-1]) + np.log10(_REACH)
    half = -intercept / slope if slope > 0 else np.nan
    low = high = np.nan
    if smallest <= half <= largest:
        replicated = logistic_fit(x, defects.found, defects.weights)
        rising = replicated[replicated[:, 1] > 0]
        if len(rising) >= (1 - _MOST_LOST) * len(replicated):
            low, high = np.percentile(-rising[:, 0] / rising[:, 1], [2.5, 97.5])
    told = {
        name: float(10**value) if smallest <= value <= largest else None
        for name, value in (("half", half), ("half_low", low), ("half_high", high))
    }
    return {"intercept": float(intercept), "slope": float(slope), **told}
