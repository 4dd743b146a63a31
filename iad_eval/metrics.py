"""Metrics on arrays, for many weightings of the photographs at once.

``weights`` is (B, n): B weightings of n photographs, one row of ones for the metric itself,
bootstrap counts for its replicates. Every metric is (B,), NaN where it is not measured:
without photographs, or without both labels where it needs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_BLOCK = 1 << 15  # weights, 256 kB: what stays in a core's cache


def share(marked: Bools, weights: Floats) -> Floats:
    """The weighted share of marked photographs."""
    return _ratio(weights @ marked.astype(np.float64), weights.sum(axis=1))


def miss_rate(correct: Bools, is_anomalous: Bools, weights: Floats) -> Floats:
    """The share of anomalous photographs that were not called so; an unreadable answer is a miss."""
    missed = (~correct & is_anomalous).astype(np.float64)
    return _ratio(weights @ missed, weights @ is_anomalous.astype(np.float64))


def overkill_rate(correct: Bools, is_anomalous: Bools, weights: Floats) -> Floats:
    """The share of normal photographs that were not called so; an unreadable answer counts."""
    return miss_rate(correct, ~is_anomalous, weights)


def balanced_accuracy(correct: Bools, is_anomalous: Bools, weights: Floats) -> Floats:
    """The mean of the accuracies on anomalous and on normal photographs."""
    missed = miss_rate(correct, is_anomalous, weights)
    return 1 - (missed + overkill_rate(correct, is_anomalous, weights)) / 2


class Ranking(NamedTuple):
    """How well scores put anomalous photographs above normal ones, (B,) each.

    ``auroc`` (image level): the chance that an anomalous photograph scores higher than a normal
    one, ties counting half. ``average_precision``: the step-wise area under precision over
    recall, equal scores taken together.
    """

    auroc: Floats
    average_precision: Floats


def ranking(scores: Floats, is_anomalous: Bools, weights: Floats) -> Ranking:
    """From one look at the order of the scores.

    A block of weightings at a time, so that memory does not grow with their number.
    """
    if not len(scores):
        nothing = np.full(len(weights), np.nan)
        return Ranking(nothing, nothing)
    order = np.argsort(scores, kind="stable")
    ordered, truth = scores[order], is_anomalous[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    size = max(1, _BLOCK // len(scores))
    blocks = [
        _ranked(weights[first : first + size, order], truth, starts) for first in range(0, len(weights), size)
    ]
    return Ranking(*(np.concatenate(values) for values in zip(*blocks, strict=True)))


def _ranked(weights: Floats, is_anomalous: Bools, starts: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The same for weights in ascending order of their scores; ``starts`` begin the distinct ones."""
    anomalous, normal = weights * is_anomalous, weights * ~is_anomalous
    if len(starts) < len(is_anomalous):  # equal scores are taken together
        anomalous = np.add.reduceat(anomalous, starts, axis=1)
        normal = np.add.reduceat(normal, starts, axis=1)
    anomalous_up_to, normal_up_to = np.cumsum(anomalous, axis=1), np.cumsum(normal, axis=1)
    anomalous_in_all, normal_in_all = anomalous_up_to[:, -1], normal_up_to[:, -1]
    wins = np.einsum("ij,ij->i", anomalous, normal_up_to) - np.einsum("ij,ij->i", anomalous, normal) / 2
    auroc = _ratio(wins, anomalous_in_all * normal_in_all)
    found = anomalous_in_all[:, None] - anomalous_up_to + anomalous  # from here upward
    called = found + (normal_in_all[:, None] - normal_up_to + normal)
    precision = np.divide(found, called, out=called, where=called > 0)
    area = _ratio(np.einsum("ij,ij->i", anomalous, precision), anomalous_in_all)
    return auroc, np.where(normal_in_all > 0, area, np.nan)


def mean_replicates(of_classes: Sequence[Floats]) -> Floats:
    """The mean over the classes in which each replicate was measured; NaN where none was."""
    if not of_classes:
        return np.full(2, np.nan)
    stacked = np.stack(of_classes)
    measured = ~np.isnan(stacked)
    count = measured.sum(axis=0)
    total = np.where(measured, stacked, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return mean


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return ratio
