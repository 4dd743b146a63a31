"""Metrics on arrays, for many weightings of the photographs at once.

``weights`` is (B, n): B weightings of n photographs, one row of ones for the metric itself,
bootstrap counts for its replicates. Every metric is (B,), NaN where it is not measured:
without photographs, or without both labels where it needs them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


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


def image_auroc(scores: Floats, is_anomalous: Bools, weights: Floats) -> Floats:
    """The chance that an anomalous photograph scores higher than a normal one; ties count half."""
    return ranking(scores, is_anomalous, weights)[0]


def average_precision(scores: Floats, is_anomalous: Bools, weights: Floats) -> Floats:
    """The step-wise area under precision over recall, equal scores taken together."""
    return ranking(scores, is_anomalous, weights)[1]


def ranking(scores: Floats, is_anomalous: Bools, weights: Floats) -> tuple[Floats, Floats]:
    """Image AUROC and average precision from one look at the order of the scores."""
    anomalous, normal = _by_score(scores, is_anomalous, weights)
    anomalous_up_to, normal_up_to = np.cumsum(anomalous, axis=1), np.cumsum(normal, axis=1)
    anomalous_in_all, normal_in_all = anomalous_up_to[:, -1], normal_up_to[:, -1]
    wins = np.einsum("ij,ij->i", anomalous, normal_up_to) - np.einsum("ij,ij->i", anomalous, normal) / 2
    auroc = _ratio(wins, anomalous_in_all * normal_in_all)
    found = anomalous_in_all[:, None] - anomalous_up_to + anomalous  # from here upward
    called = found + (normal_in_all[:, None] - normal_up_to + normal)
    precision = np.divide(found, called, out=called, where=called > 0)
    area = _ratio(np.einsum("ij,ij->i", anomalous, precision), anomalous_in_all)
    return auroc, np.where(normal_in_all > 0, area, np.nan)


def _by_score(scores: Floats, is_anomalous: Bools, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of anomalous and of normal photographs at each distinct score, in ascending order."""
    if not len(scores):
        return np.zeros((len(weights), 1)), np.zeros((len(weights), 1))
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sorted_weights, truth = weights[:, order], is_anomalous[order]
    anomalous, normal = sorted_weights * truth, sorted_weights * ~truth
    if len(starts) == len(scores):  # no ties, the usual case: nothing to add up
        return anomalous, normal
    return np.add.reduceat(anomalous, starts, axis=1), np.add.reduceat(normal, starts, axis=1)


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio: Floats = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return ratio
