"""Agreement: how often two askers come to the same verdict on the same view."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from iad_eval.insights.aligned import ABSENT, AlignedClass, by_dataset, contenders
from iad_eval.intervals import REPLICATES, percentile_interval
from iad_eval.judging import UNREADABLE, Asker, named
from iad_eval.metrics import Floats
from iad_eval.words import Json

Counts = npt.NDArray[np.int64]

_VERDICTS = 3


def agreement(aligned: Sequence[AlignedClass]) -> list[dict[str, Json]]:
    """Per dataset each pair of askers that are not trivial and judged a view in common.

    ``share`` of the ``n`` views that both judged, of all classes and perturbations together,
    with the bootstrap's interval over photographs; an unreadable answer is a verdict of its own.
    ``kappa`` is Cohen's, null where both say the same of everything.
    """
    found: list[dict[str, Json]] = []
    for dataset, classes in by_dataset(aligned):
        pairs = list(combinations(contenders(classes), 2))
        tables = np.zeros((len(pairs), _VERDICTS, _VERDICTS), dtype=np.int64)
        alike, judged = np.zeros((2, 1 + REPLICATES, len(pairs)))
        for each in classes:
            of_class, alike_here, judged_here = _of_class(each, pairs)
            tables += of_class
            alike += each.weights @ alike_here.T
            judged += each.weights @ judged_here.T
        shares = np.divide(alike, judged, out=np.full_like(alike, np.nan), where=judged > 0)
        for at, (one, other) in enumerate(pairs):
            if n := int(tables[at].sum()):
                low, high = percentile_interval(shares[1:, at]) or (None, None)
                found.append(
                    {
                        "dataset": dataset,
                        "one": named(one),
                        "other": named(other),
                        "n": n,
                        "share": float(shares[0, at]),
                        "low": low,
                        "high": high,
                        "kappa": kappa(tables[at]),
                    }
                )
    return found


def kappa(table: Counts) -> float | None:
    """Cohen's kappa of a square table of counts: one rater's calls down, the other's across.

    None without counts, and where chance alone would agree throughout.
    """
    n = int(table.sum())
    by_chance = int(table.sum(axis=0) @ table.sum(axis=1))
    if by_chance == n * n:
        return None
    return (n * int(table.trace()) - by_chance) / (n * n - by_chance)


def _of_class(each: AlignedClass, pairs: Sequence[tuple[Asker, Asker]]) -> tuple[Counts, Floats, Floats]:
    """Tables (P, 3, 3), and how many views of each photograph were judged alike and by both (P, n)."""
    n = len(each.is_anomalous)
    tables = np.zeros((len(pairs), _VERDICTS, _VERDICTS), dtype=np.int64)
    alike, judged = np.zeros((2, len(pairs), n))
    said = {calls.asker: calls for calls in each.said}
    for at, (one, other) in enumerate(pairs):
        if one in said and other in said:
            ours, theirs = said[one], said[other]
            shared = [name for name in ours.perturbations if name in theirs.perturbations]
            left = ours.calls[[ours.perturbations.index(name) for name in shared]]
            right = theirs.calls[[theirs.perturbations.index(name) for name in shared]]
            both = (left != ABSENT) & (right != ABSENT)
            cells = (left[both] - UNREADABLE) * _VERDICTS + (right[both] - UNREADABLE)
            tables[at] = np.bincount(cells, minlength=_VERDICTS**2).reshape(_VERDICTS, _VERDICTS)
            alike[at] = ((left == right) & both).sum(axis=0)
            judged[at] = both.sum(axis=0)
    return tables, alike, judged
