"""Holm's correction for looking at many p-values at once."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """The adjusted p-values in the order given (Holm, Scand. J. Statist. 6, 1979), step-down.

    The smallest of m is multiplied by m, the next by m - 1 and so on; none is smaller than one before it
    in order of size, none above 1.
    """
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
