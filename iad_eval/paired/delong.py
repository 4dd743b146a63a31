"""DeLong's test: two image-level AUROCs from the same photographs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from iad_eval.intervals import Z_95, unseen
from iad_eval.metrics import Bools, Floats


class AurocDifference(NamedTuple):
    """Image-level AUROCs (0..1) before and after a change, and ``difference`` = after - before.

    ``low`` and ``high`` bound the difference at 95%, ``p`` is two-sided. A ``standard_error`` of 0 says that
    it could not be estimated, not that nothing is open.
    """

    before: float
    after: float
    difference: float
    standard_error: float
    low: float
    high: float
    p: float


def auroc_difference(before: Floats, after: Floats, is_anomalous: Bools) -> AurocDifference | None:
    """Of n photographs' scores before and after, (n,) each, all of them numbers.

    DeLong et al., Biometrics 44, 1988; in O(n log n), as Sun and Xu, IEEE Signal Process. Lett. 21, 2014.
    None where a label has fewer than two photographs.

    Where every photograph's placement moved by the same amount (both AUROCs are 1, say) the estimated
    variance is 0. That is no certainty, least of all with few photographs. Then the n of the rarer
    label are all that is known to agree: the interval reaches ``unseen(n)`` to both sides, and p is that
    of n signs that agree, 2 * 0.5**n, or 1 without a difference.
    """
    anomalous, normal = int(is_anomalous.sum()), int((~is_anomalous).sum())
    if min(anomalous, normal) < 2:
        return None
    above_before, below_before = _placements(before, is_anomalous)
    above_after, below_after = _placements(after, is_anomalous)
    pairs = 2 * anomalous * normal
    of_anomalous, of_normal = above_after - above_before, below_after - below_before
    variance = (
        float(of_anomalous.var(ddof=1)) / (2 * normal) ** 2 / anomalous
        + float(of_normal.var(ddof=1)) / (2 * anomalous) ** 2 / normal
    )
    difference, error = int(of_anomalous.sum()) / pairs, math.sqrt(variance)
    half, p = Z_95 * error, _two_sided(difference, error)
    if not error:
        rarer = min(anomalous, normal)
        half, p = unseen(rarer), 2 * 0.5**rarer if difference else 1.0
    auroc_before, auroc_after = int(above_before.sum()) / pairs, int(above_after.sum()) / pairs
    return AurocDifference(auroc_before, auroc_after, difference, error, *_reach(difference, half), p)


def mean_auroc_difference(of_classes: Sequence[AurocDifference]) -> AurocDifference:
    """The mean over classes (one at least), whose photographs are independent.

    Where no class has a standard error, the interval reaches as far as the class about which the least is
    known lets it, alone, and p is the largest of the classes that differ.
    """
    count = len(of_classes)
    before, after, difference = (
        math.fsum(column) / count for column in zip(*(each[:3] for each in of_classes), strict=True)
    )
    error = math.sqrt(math.fsum(each.standard_error**2 for each in of_classes)) / count
    half, p = Z_95 * error, _two_sided(difference, error)
    if not error:
        half = max(_half(each) for each in of_classes) / count
        p = max(each.p for each in of_classes if each.difference) if difference else 1.0
    return AurocDifference(before, after, difference, error, *_reach(difference, half), p)


def _placements(scores: Floats, is_anomalous: Bools) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Twice the number of normal photographs below each anomalous one, of anomalous above each normal one.

    Ties count half, so once: the structural components in whole numbers, in which sums are exact.
    """
    anomalous, normal = np.sort(scores[is_anomalous]), np.sort(scores[~is_anomalous])
    above = _twice_below(normal, scores[is_anomalous])
    below = 2 * len(anomalous) - _twice_below(anomalous, scores[~is_anomalous])
    return above, below


def _twice_below(ordered: Floats, scores: Floats) -> npt.NDArray[np.int64]:
    return np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")


def _two_sided(difference: float, error: float) -> float:
    return math.erfc(abs(difference) / error / math.sqrt(2)) if error else 1.0


def _half(of_class: AurocDifference) -> float:
    """The longer side: the other may have been cut off."""
    return max(of_class.high - of_class.difference, of_class.difference - of_class.low)


def _reach(difference: float, half: float) -> tuple[float, float]:
    return max(-1.0, difference - half), min(1.0, difference + half)
