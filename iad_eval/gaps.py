"""Gaps: the cases of a run that were not observed in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict

from iad_eval.judging import verdict_of
from iad_eval.run import PlannedCase
from iad_eval.words import Case, Json, Observation


def gaps(planned: Iterable[PlannedCase], observations: Iterable[Observation]) -> list[dict[str, Json]]:
    """One entry a case with missing views, sorted: its parts, views ``asked``, ``observed`` and ``failed``.

    A failed view is missing, too: it was asked for, and nobody knows what the model says of it.
    """
    observed: Counter[Case] = Counter()
    failed: Counter[Case] = Counter()
    for each in observations:
        case = Case(each.model, each.dataset, each.class_name, each.perturbation, each.protocol)
        (failed if verdict_of(each, "answer", None) == "failed" else observed)[case] += 1
    lacking = [each for each in planned if observed[each.case] < each.views]
    return [
        {
            **asdict(each.case),
            "asked": each.views,
            "observed": observed[each.case],
            "failed": failed[each.case],
        }
        for each in sorted(lacking, key=lambda each: each.case.sort_key)
    ]
