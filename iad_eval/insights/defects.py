"""Defects: accuracy by the kind of defect, the good parts among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from iad_eval.insights.aligned import AlignedClass, AskerCalls
from iad_eval.intervals import wilson
from iad_eval.judging import named
from iad_eval.metrics import Bools
from iad_eval.words import Json


def defects(aligned: Sequence[AlignedClass]) -> list[dict[str, Json]]:
    """Per dataset, class and kind of defect every asker's accuracy, sorted.

    On the original views, or where an asker has none in the dataset on its first perturbation by
    name; ``perturbation`` says which. ``mask_fraction`` is the mean (0..1) of the views that have
    one.
    """
    return [
        record
        for each in sorted(aligned, key=lambda each: (each.dataset, each.class_name))
        for defect in sorted(set(each.defects))
        for record in _of_kind(each, defect)
    ]


def _of_kind(each: AlignedClass, defect: str) -> Iterator[dict[str, Json]]:
    of_kind = np.array([name == defect for name in each.defects], dtype=np.bool_)
    for said in each.said:
        chosen = of_kind & said.is_judged[0]
        n, correct = int(chosen.sum()), int(said.correct[0, chosen].sum())
        if n:
            low, high = wilson(correct, n) or (None, None)
            yield {
                "dataset": each.dataset,
                "class_name": each.class_name,
                "defect": defect,
                **named(said.asker),
                "perturbation": said.perturbations[0],
                "n": n,
                "correct": correct,
                "accuracy": correct / n,
                "low": low,
                "high": high,
                "mask_fraction": _mean_fraction(said, chosen),
            }


def _mean_fraction(said: AskerCalls, chosen: Bools) -> float | None:
    fractions = said.mask_fractions[0, chosen]
    known = fractions[~np.isnan(fractions)]
    return float(known.mean()) if len(known) else None
