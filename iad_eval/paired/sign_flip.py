"""The sign-flip test: could the photographs that changed just as well have changed the other way?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from iad_eval.intervals import generator
from iad_eval.metrics import Floats
from iad_eval.paired.pairs import Pairs

DRAWS = 99_999

_LATTICE = 1 << 16  # points; a photograph costs a pass over at most so many
_TOLERANCE = 1e-9  # relative: two sums of the same numbers in another order are equal

Key = tuple[int, int]
"""Views that a photograph lost or won net, views of its class."""


def sign_flip(classes: Sequence[Pairs], seed: int) -> float:
    """The two-sided p of the mean over classes of the share of views lost, ``lost.sum() / views.sum()``.

    If the change did nothing, before and after could be exchanged for any photograph, all views of it
    together, and ``lost`` would change its sign. p is the share of all such assignments of signs whose
    statistic is at least as far from 0 as the one observed. 1.0 where no photograph differs; with one
    class and one view this is McNemar's exact test.

    Exact where the statistic moves on a lattice of at most 65,536 points: so where the classes that differ
    have equally many views, for as many views lost or won. Otherwise 99,999 seeded draws and
    (1 + hits) / (1 + draws) (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9, 2010).
    """
    lost: Counter[Key] = Counter()
    won: Counter[Key] = Counter()
    for pairs in classes:
        views = int(pairs.views.sum())
        lost.update((each, views) for each in pairs.lost[pairs.lost > 0].tolist())
        won.update((-each, views) for each in pairs.lost[pairs.lost < 0].tolist())
    groups = lost + won
    if not groups:
        return 1.0
    unit = math.lcm(*{views for _, views in groups})
    steps = {(size, views): size * (unit // views) for size, views in groups}
    shared = math.gcd(*steps.values())
    steps = {group: step // shared for group, step in steps.items()}
    observed = sum((lost[group] - won[group]) * step for group, step in steps.items())
    if sum(groups[group] * step for group, step in steps.items()) <= _LATTICE:
        return _exact(_merged(groups, steps), abs(observed))
    return _drawn(_merged(groups, steps), abs(observed), seed)


def _merged(groups: Counter[Key], steps: dict[Key, int]) -> dict[int, int]:
    """How many photographs move the statistic by each step."""
    photographs: Counter[int] = Counter()
    for group, number in groups.items():
        photographs[steps[group]] += number
    return dict(photographs)


def _exact(photographs: dict[int, int], observed: int) -> float:
    """The distribution of the steps lost, one group of equal steps after the other."""
    distribution = np.ones(1)
    for step, number in photographs.items():
        longer = np.zeros(len(distribution) + step * number)
        for losing, chance in enumerate(_even_binomial(number)):
            longer[losing * step : losing * step + len(distribution)] += chance * distribution
        distribution = longer
    total = len(distribution) - 1
    lost = np.arange(len(distribution))
    return min(1.0, float(distribution[np.abs(2 * lost - total) >= observed].sum()))


def _even_binomial(n: int) -> Floats:
    """The chances of 0 to n out of n, each with 1/2: (n + 1,)."""
    ways = 1
    chances = []
    for k in range(n + 1):
        chances.append(ways / 2**n)
        ways = ways * (n - k) // (k + 1)
    return np.array(chances)


def _drawn(photographs: dict[int, int], observed: int, seed: int) -> float:
    """One binomial number a group and draw: how many of its photographs lose."""
    source = generator(f"{seed}/sign flips")
    largest = max(photographs)  # steps may be longer than a float's whole numbers reach
    sums = np.zeros(DRAWS)
    for step, number in sorted(photographs.items()):
        sums += (step / largest) * (2.0 * source.binomial(number, 0.5, DRAWS) - number)
    hits = int((np.abs(sums) >= (observed / largest) * (1 - _TOLERANCE)).sum())
    return (1 + hits) / (1 + DRAWS)
