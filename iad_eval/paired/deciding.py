"""How many photographs it would take to know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from iad_eval.intervals import ALPHA, Z_95, Z_POWER
from iad_eval.paired.drop import Drop
from iad_eval.paired.pairs import Pairs

_SAME = 1e-12


def photographs_to_decide(drop: Drop, classes: Sequence[Pairs], margin: float, tests: int = 1) -> int | None:
    """About how many photographs, of all classes in the same mix, decide whether the drop exceeds the margin.

    With a power of 80%, if the drop truly is as estimated. Below the margin (0 or more) the upper end of the
    interval must come to lie under it; above, the two-sided test at 5% must establish the drop, as the first
    of ``tests`` that Holm's procedure corrects. The variance of the estimate, from what each photograph lost,
    shrinks as their number grows: ``N * variance * (z + z_.80)^2 / gap^2``, the gap being to the margin, or
    to no drop.

    The variance says nothing of what was never seen: the smallest class must grow until ``unseen(n)`` of it
    fits into the gap to the margin, as the interval demands, and for a drop to be established as many
    photographs must have lost as an exact test needs (six for one test). More than now in any case. None
    where the estimate is the margin: no number would do.
    """
    if abs(drop.estimate - margin) <= _SAME:
        return None
    now = sum(pairs.photographs for pairs in classes)
    exceeds = drop.estimate > margin
    gap = drop.estimate if exceeds else margin - drop.estimate
    z = NormalDist().inv_cdf(1 - ALPHA / (2 * tests)) if exceeds else Z_95
    growth = _variance(classes) * ((z + Z_POWER) / gap) ** 2
    if exceeds:
        fewest = math.ceil(1 + math.log2(tests / ALPHA))  # 2 * 0.5**fewest <= ALPHA / tests
        growth = max(growth, fewest / sum(int((pairs.lost > 0).sum()) for pairs in classes))
    else:
        smallest = min(pairs.photographs for pairs in classes)
        growth = max(growth, _photographs_without(gap * len(classes)) / smallest)
    return max(now + 1, math.ceil(now * growth - _SAME))


def _photographs_without(share: float) -> float:
    """The n whose ``unseen(n)`` is the share."""
    return math.log(0.025) / math.log1p(-share) if share < 1 else 0.0


def _variance(classes: Sequence[Pairs]) -> float:
    """Of the mean over classes of the ratio of views lost to views, photographs being independent."""
    return sum(_variance_of_class(pairs) for pairs in classes) / len(classes) ** 2


def _variance_of_class(pairs: Pairs) -> float:
    n = pairs.photographs
    if n < 2:
        return 0.0
    views = int(pairs.views.sum())
    residuals = pairs.lost - int(pairs.lost.sum()) / views * pairs.views
    return n / (n - 1) * float((residuals**2).sum()) / views**2
