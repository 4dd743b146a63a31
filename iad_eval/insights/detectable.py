"""The smallest drop in accuracy that two runs on the same photographs could tell from chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

from iad_eval.insights.aligned import AlignedClass, AskerCalls, by_asker
from iad_eval.intervals import FEWEST_FLIPS, Z_95, Z_POWER
from iad_eval.judging import named
from iad_eval.words import ORIGINAL, Json

_STEPS = 60


def detectable(aligned: Sequence[AlignedClass]) -> list[dict[str, Json]]:
    """Per dataset and asker all photographs together (``class_name`` null), then each class.

    ``n`` photographs were judged in the original view; ``flipped`` is the share of pairs of a
    photograph and a perturbed view in which right or wrong differs from the original, null
    without such pairs. Two runs are taken to differ in as many photographs, or where that is not known in
    as many as two that err independently.
    """
    found: list[dict[str, Json]] = []
    for dataset, asker, classes in by_asker(aligned):
        if classes[0][1].perturbations[0] != ORIGINAL:  # an asker's are the same in all classes
            continue
        counts = {each.class_name: _counts(said) for each, said in classes if said.is_judged[0].any()}
        sums = tuple(sum(column) for column in zip(*counts.values(), strict=True))
        for class_name, (n, correct, pairs, flipped) in ((None, sums), *counts.items()):
            share = flipped / pairs if pairs else None
            found.append(
                {
                    "dataset": dataset,
                    **named(asker),
                    "class_name": class_name,
                    "n": n,
                    "flipped": share,
                    "minimum_detectable_drop": minimum_detectable_drop(n, correct / n, share),
                }
            )
    return found


def minimum_detectable_drop(n: int, accuracy: float, flipped: float | None) -> float | None:
    """The smallest drop (0..1) that McNemar's test finds at 5%, two-sided, with a power of 80%.

    ``n`` photographs are judged in both runs; a share ``flipped`` of them differs between the runs, without
    it ``2 * accuracy * (1 - accuracy)``, and never less than the drop itself. The smallest d with
    ``n >= (z_a sqrt(psi) + z_b sqrt(psi - d^2))^2 / d^2`` (Connor, Biometrics 43, 1987), where psi is the
    share that differs; not below the six flips that the exact test needs. None where n is below six.
    """
    if n < FEWEST_FLIPS:
        return None
    expected = 2 * accuracy * (1 - accuracy) if flipped is None else flipped
    low, high = 0.0, 1.0  # the photographs needed fall as the drop grows: not enough at low, enough at high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if photographs_needed(middle, expected) <= n else (middle, high)
    return max(high, FEWEST_FLIPS / n)


def photographs_needed(drop: float, flipped: float) -> float:
    """How many photographs a drop (above 0) needs, where a share ``flipped`` differs between the runs."""
    differing = max(drop, flipped)
    spread = Z_95 * math.sqrt(differing) + Z_POWER * math.sqrt(differing - drop**2)
    return (spread / drop) ** 2


def _counts(said: AskerCalls) -> tuple[int, int, int, int]:
    """Photographs, those right, pairs of original and perturbed view, pairs that differ."""
    judged, correct = said.is_judged, said.correct
    both = judged[0] & judged[1:]
    differ = both & (correct[0] != correct[1:])
    return int(judged[0].sum()), int(correct[0].sum()), int(both.sum()), int(differ.sum())
