"""What a case came to, as properties of its test: JUnit XML carries them to dashboards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from iad_eval.judging import judge
from iad_eval.metrics import ranking
from iad_eval.visible import visible
from iad_eval.words import Case, Observation, TrainingScores

Property = tuple[str, str | int | float]


def properties(
    case: Case, observations: Sequence[Observation], training: TrainingScores | None
) -> list[Property]:
    """Names begin with ``iad_``: the parts of the case, counts of views, accuracy by each threshold, AUROC.

    Fractions 0..1 with six digits; what was not measured is left out. Plain Python values; what a
    folder's name holds that XML or a worker's channel does not take is written as ``\\x1b``.
    """
    found: list[Property] = [
        ("iad_dataset", visible(case.dataset)),
        ("iad_class", visible(case.class_name)),
        ("iad_perturbation", visible(case.perturbation)),
        ("iad_model", visible(case.model)),
    ]
    if case.protocol is not None:
        found.append(("iad_protocol", visible(case.protocol)))
    judged = [
        each for of_class in judge(observations, [training] if training else []) for each in of_class.judged
    ]
    found += [
        ("iad_views", len(observations)),
        ("iad_failed", sum(each.failed for each in judged)),
        ("iad_unreadable", sum(each.unreadable for each in judged)),
    ]
    for each in judged:
        if not len(each.photographs):
            continue
        found += [
            (f"iad_accuracy_{name}", round(float(correct.mean()), 6))
            for name, correct in each.correct.items()
        ]
        if each.scores is not None:
            auroc = float(ranking(each.scores, each.is_anomalous, np.ones((1, len(each.scores)))).auroc[0])
            found += [] if np.isnan(auroc) else [("iad_auroc", round(auroc, 6))]
    return found
