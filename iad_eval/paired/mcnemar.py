"""McNemar's exact test: did as many turn from right to wrong as from wrong to right?"""

from __future__ import annotations

import math

import numpy as np


def mcnemar(newly_wrong: int, newly_right: int) -> float:
    """The exact two-sided p (McNemar, Psychometrika 12, 1947; binomial with 1/2); 1.0 without flips."""
    flips, fewer = newly_wrong + newly_right, min(newly_wrong, newly_right)
    if newly_wrong == newly_right:
        return 1.0
    # the largest term of the tail from whole numbers, each further one from its neighbour: k / (n - k + 1)
    steps = np.arange(fewer, 0, -1, dtype=np.float64)
    neighbours = float(np.cumprod(steps / (flips - steps + 1)).sum())
    largest = math.comb(flips, fewer) / (1 << flips)
    return min(1.0, 2 * largest * (1 + neighbours))
