"""95% intervals: Wilson for a proportion, a seeded cluster bootstrap for everything else.

The photograph is the cluster: all views of it, by all models, are drawn together, since
they are not independent.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from iad_eval.metrics import Floats

REPLICATES = 1000
ALPHA = 0.05
"""A difference is established where a test gives so much or less, two-sided."""
Z_95 = 1.959963984540054
"""The standard normal's 97.5th percentile: two-sided 95%."""
Z_POWER = 0.8416212335729143
"""The standard normal's 80th percentile: a power of 80%."""
FEWEST_FLIPS = 6
"""All one way, these are the fewest an exact test at 5% needs: 2 * 0.5**6 < 5% < 2 * 0.5**5."""

Interval = tuple[float, float]


def wilson(successes: int, n: int) -> Interval | None:
    """Wilson's score interval of a proportion; None for no trials."""
    return _score_interval(successes / n, n) if n else None


def wilson_of_clusters(right: npt.NDArray[np.int64], views: npt.NDArray[np.int64]) -> Interval | None:
    """Wilson's interval for the share of right views, where the views of a photograph are not independent.

    ``right`` and ``views`` are (n,): how many views of each photograph were right, and how many there are.
    The views count as ``views.sum()`` trials divided by the design effect (Kish, Survey Sampling, 1965): the
    variance of the share over photographs, in ratio to a binomial's, both without bias, so that it is 1
    for one view a photograph. It stays between 1 and the most views of a photograph. Where all views or none
    are right, or there is one photograph only, the design effect is not known: then there are as many trials
    as photographs. None for no views.
    """
    right, views = right[views > 0], views[views > 0]
    photographs, trials = len(views), int(views.sum())
    if not photographs:
        return None
    share = int(right.sum()) / trials
    if photographs == 1 or share in (0.0, 1.0):
        return _score_interval(share, photographs)
    squares = float(((right - share * views) ** 2).sum())
    among_photographs = photographs / (photographs - 1) * squares / trials**2
    binomial = share * (1 - share) / (trials - 1)
    design_effect = min(max(1.0, among_photographs / binomial), float(views.max()))
    return _score_interval(share, trials / design_effect)


def unseen(n: int) -> float:
    """The largest share of which n trials see nothing with a chance of 2.5%: 1 - 0.025**(1/n).

    The upper end of Clopper and Pearson's interval (Biometrika 26, 1934) for none in n.
    """
    return -math.expm1(math.log(0.025) / n)


@lru_cache(maxsize=64)  # a comparison wants those of a class again and again
def bootstrap_weights(seed: int, dataset: str, class_name: str, photographs: int) -> Floats:
    """How often each photograph of a class is drawn in each replicate: (B, photographs).

    They depend on seed, dataset, class and number of photographs alone: the same draws
    serve all models and perturbations, and no other class changes them. The array is shared: read only.
    """
    even = np.full(photographs, 1 / photographs)
    drawn = generator(f"{seed}/{dataset}/{class_name}").multinomial(photographs, even, size=REPLICATES)
    weights: Floats = drawn.astype(np.float64)
    weights.flags.writeable = False
    return weights


def generator(name: str) -> np.random.Generator:
    """A generator of its own for every name, the same on every machine."""
    digest = hashlib.sha256(name.encode("utf-8", "backslashreplace")).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def percentile_interval(replicates: Floats) -> Interval | None:
    """From the 2.5th to the 97.5th percentile; None where no replicate was measured."""
    measured = replicates[~np.isnan(replicates)]
    if not len(measured):
        return None
    low, high = np.percentile(measured, [2.5, 97.5])
    return float(low), float(high)


def _score_interval(rate: float, n: float) -> Interval:
    """Of a rate in n trials; n need not be whole."""
    square = Z_95**2
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
