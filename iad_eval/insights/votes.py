"""Votes: what the majority of a run's askers would say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from iad_eval.insights.aligned import AlignedClass, by_dataset, contenders
from iad_eval.insights.class_mean import class_mean
from iad_eval.judging import ANOMALOUS, NORMAL, Asker, in_order, named
from iad_eval.metrics import Bools
from iad_eval.words import ORIGINAL, Json

VOTERS = 3
"""With fewer there is no majority."""


def votes(aligned: Sequence[AlignedClass]) -> list[dict[str, Json]]:
    """Per dataset and perturbation the accuracy of the majority vote, as a class mean.

    Of photographs that at least three askers judged, trivial ones aside; ``voters`` judged some of
    them. An unreadable answer is no vote. A tie counts as anomalous: a doubtful part is looked at.
    """
    found: list[dict[str, Json]] = []
    for dataset, classes in by_dataset(aligned):
        allowed = set(contenders(classes))
        names = {name for each in classes for said in each.said for name in said.perturbations}
        for perturbation in sorted(names, key=lambda name: (name != ORIGINAL, name)):
            voters: set[Asker] = set()
            parts = []
            for each in classes:
                voted, correct, here = _vote(each, perturbation, allowed)
                if voted.any():
                    parts.append((correct[voted], each.weights[:, voted]))
                    voters |= here
            if parts:
                accuracy, low, high = class_mean(parts)
                found.append(
                    {
                        "dataset": dataset,
                        "perturbation": perturbation,
                        "voters": [named(asker) for asker in sorted(voters, key=in_order)],
                        "n": sum(len(correct) for correct, _ in parts),
                        "correct": sum(int(correct.sum()) for correct, _ in parts),
                        "accuracy": accuracy,
                        "low": low,
                        "high": high,
                    }
                )
    return found


def _vote(each: AlignedClass, perturbation: str, allowed: set[Asker]) -> tuple[Bools, Bools, set[Asker]]:
    """Which photographs were voted on (n,), where the vote is right (n,), and who took part."""
    n = len(each.is_anomalous)
    judged, anomalous, normal = np.zeros((3, n), dtype=np.intp)
    by: dict[Asker, Bools] = {}
    for said in each.said:
        if said.asker in allowed and perturbation in said.perturbations:
            row = said.perturbations.index(perturbation)
            by[said.asker] = said.is_judged[row]
            judged += said.is_judged[row]
            anomalous += said.calls[row] == ANOMALOUS
            normal += said.calls[row] == NORMAL
    voted: Bools = judged >= VOTERS
    correct: Bools = (anomalous >= normal) == each.is_anomalous
    return voted, correct, {asker for asker, is_judged in by.items() if (voted & is_judged).any()}
