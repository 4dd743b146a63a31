"""Figures 4 and 5 of the paper: one photograph of each dataset in all its views."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from iad_eval.judging import JudgedClass
from iad_eval.words import ORIGINAL, Json


@dataclass(frozen=True, slots=True)
class _Candidate:
    sample: str
    defect: str
    perturbations: tuple[str, ...]
    fraction: float | None


def sheets(classes: Sequence[JudgedClass]) -> list[dict[str, Json]]:
    """One anomalous photograph a dataset, of those that were judged in the most perturbations.

    Its defect's size is the nearest to the median of the dataset's anomalous photographs, so that it
    neither leaps to the eye nor escapes it; among equals, and without masks, the first by id.
    ``perturbations`` has original first, then the others by name.
    """
    found: list[dict[str, Json]] = []
    for dataset in sorted({each.dataset for each in classes}):
        candidates = [one for each in classes if each.dataset == dataset for one in _candidates(each)]
        if candidates:
            chosen = _typical(candidates)
            found.append(
                {
                    "dataset": dataset,
                    "sample": chosen.sample,
                    "defect": chosen.defect,
                    "perturbations": list(chosen.perturbations),
                }
            )
    return found


def _typical(candidates: Sequence[_Candidate]) -> _Candidate:
    masked = [each.fraction for each in candidates if each.fraction is not None]
    middle = median(masked) if masked else 0.0
    most = max(len(each.perturbations) for each in candidates)
    return min(
        (each for each in candidates if len(each.perturbations) == most),
        key=lambda it: (math.inf if it.fraction is None else abs(it.fraction - middle), it.sample),
    )


def _candidates(of_class: JudgedClass) -> Iterator[_Candidate]:
    """The anomalous photographs that were judged, with their size in the first of their views."""
    views: dict[int, dict[str, float]] = {}
    for judged in of_class.judged:
        for photograph, fraction in zip(
            judged.photographs.tolist(), judged.mask_fractions.tolist(), strict=True
        ):
            views.setdefault(photograph, {})[judged.perturbation] = fraction
    for photograph in sorted(views):
        if not of_class.is_anomalous[photograph]:
            continue
        names = sorted(views[photograph], key=lambda name: (name != ORIGINAL, name))
        fraction = views[photograph][names[0]]
        yield _Candidate(
            of_class.samples[photograph],
            of_class.defects[photograph],
            tuple(names),
            None if math.isnan(fraction) else fraction,
        )
