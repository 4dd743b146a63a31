"""95% intervals: Wilson for one proportion, a seeded cluster bootstrap for everything else.

The photograph is the cluster: all views of it, by all models, are drawn together, since
they are not independent.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from iad_eval.metrics import Floats

REPLICATES = 1000
_Z = 1.959963984540054  # the standard normal's 97.5th percentile

Interval = tuple[float, float]


def wilson(successes: int, n: int) -> Interval | None:
    """Wilson's score interval of a proportion; None for no trials."""
    if n == 0:
        return None
    rate, square = successes / n, _Z**2
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = _Z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap_weights(seed: int, dataset: str, class_name: str, photographs: int) -> Floats:
    """How often each photograph of a class is drawn in each replicate: (B, photographs).

    They depend on seed, dataset, class and number of photographs alone: the same draws
    serve all models and perturbations, and no other class changes them.
    """
    name = f"{seed}/{dataset}/{class_name}".encode("utf-8", "backslashreplace")
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(name).digest()[:16], "big"))
    even = np.full(photographs, 1 / photographs)
    return generator.multinomial(photographs, even, size=REPLICATES).astype(np.float64)


def percentile_interval(replicates: Floats) -> Interval | None:
    """From the 2.5th to the 97.5th percentile; None where no replicate was measured."""
    measured = replicates[~np.isnan(replicates)]
    if not len(measured):
        return None
    low, high = np.percentile(measured, [2.5, 97.5])
    return float(low), float(high)
