"""Whether the statistics of the gate keep what they promise.

    python benchmarks/gate.py [--quick]

Simulates photographs whose views are judged before and after a change, with a true drop that is known, and
counts how often an interval covers the truth, how often an edit that does nothing is blamed, how
often a real drop is found. A photograph's views agree with each other: one shared draw decides a view with
a chance of 0.71, so that anything about two of its views has a correlation of 0.5.

Beside each interval stands what it would be if views were taken for independent: too narrow. Prints every
share with its Monte Carlo error (one standard error) and ends with 1 where a bound is missed by more than
two of them; some three minutes on two cores, with ``--quick`` a tenth of the simulations.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from iad_eval.comparing import Comparison
from iad_eval.comparing.changes import changes
from iad_eval.comparing.matched import MatchedClass, Matching, Said
from iad_eval.gating import drop_verdicts
from iad_eval.intervals import Interval, wilson, wilson_of_clusters
from iad_eval.judging import ANOMALOUS, NORMAL
from iad_eval.limits import GateSettings, limits_of
from iad_eval.paired.drop import drop as drop_of
from iad_eval.paired.pairs import Pairs
from iad_eval.stored import StoredRun
from iad_eval.words import Json

CORRELATION = 0.5
ACCURACY = 0.85
REALISTIC = 0.08  # of the views differ after an edited prompt; with more the drop that is found is larger
SEEDS = 4  # of the bootstrap: the draws of so many are kept; a simulation takes the next one's

FAILS = {"least": 0.0, "most": 0.9}  # expected of what takes views for independent

Simulation = tuple[Pairs, ...]
Judge = Callable[[Simulation, int], Interval | None]


def simulated(
    seed: int,
    simulations: int,
    classes: int,
    photographs: int,
    views: int,
    drop: float,
    discordance: float,
    accuracy: float = ACCURACY,
    correlation: float = CORRELATION,
) -> list[Simulation]:
    """Classes of photographs in views, with a true drop in each class.

    A view is right before with a chance of ``accuracy``; it is right on one side only with a chance of
    ``discordance``, by ``drop`` more often before than after. Any two views of a photograph correlate by
    ``correlation`` in everything: with a chance of its square root a view shares its photograph's draw.
    """
    source = np.random.default_rng(seed)
    lost, won = (discordance + drop) / 2, (discordance - drop) / 2
    shape = (classes, views, photographs)
    counted = np.ones(shape[1:], dtype=bool)
    found: list[Simulation] = []
    for _ in range(simulations):
        own, shared = source.random(shape), source.random((classes, 1, photographs))
        drawn = np.where(source.random(shape) < math.sqrt(correlation), shared, own)
        before = drawn < accuracy
        after = (drawn >= lost) & (drawn < accuracy + won)
        sides = enumerate(zip(before, after, strict=True))
        found.append(tuple(Pairs("simulated", f"class {number}", counted, *both) for number, both in sides))
    return found


def main() -> None:
    share_of_simulations = 10 if "--quick" in sys.argv[1:] else 1
    start = time.perf_counter()
    broken = _coverage(2000 // share_of_simulations)
    broken += _decisions(200 // share_of_simulations)
    print(f"{time.perf_counter() - start:.0f} s, {broken} bounds broken")
    sys.exit(1 if broken else 0)


def _coverage(simulations: int) -> int:
    """Prints how often each interval covers the truth."""
    broken = 0
    print(f"Coverage of 95% intervals in {simulations} simulations, 4 views of a photograph")
    for classes, photographs in ((1, 83), (1, 150), (15, 115)):
        for true, discordance in ((0.0, 0.08), (0.03, 0.08), (0.05, 0.2)):
            name = (
                f"{classes} x {photographs} photographs, {discordance:.0%} of views differ, drop {true:.0%}"
            )
            seen = simulated(7, simulations, classes, photographs, 4, true, discordance)
            broken += _covers(f"{name}: bootstrap over photographs", seen, true, _by_photographs)
            broken += _covers(f"{name}: bootstrap over views", seen, true, _by_views, **FAILS)
    for photographs, true, discordance in ((83, 0.03, 0.04), (115, 0.02, 0.02), (40, 0.03, 0.08)):
        name = f"few flips: {photographs} photographs, {discordance:.0%} of views differ, drop {true:.0%}"
        seen = simulated(7, simulations, 1, photographs, 4, true, discordance)
        broken += _covers(f"{name}: bootstrap over photographs", seen, true, _by_photographs, most=1.0)
    for photographs in (83, 150):
        for accuracy in (0.7, 0.85, 0.95):
            seen = simulated(8, simulations, 1, photographs, 4, 0.0, 0.08, accuracy)
            name = f"{photographs} photographs, accuracy {accuracy}"
            broken += _covers(f"{name}: Wilson within one view", seen, accuracy, _wilson_of_one_view)
            broken += _covers(f"{name}: Wilson of clusters", seen, accuracy, _wilson_of_clusters)
            broken += _covers(f"{name}: Wilson over views", seen, accuracy, _wilson_of_views, **FAILS)
    return broken


def _covers(
    name: str, seen: list[Simulation], true: float, judge: Judge, least: float = 0.93, most: float = 0.97
) -> int:
    """1 where the share of intervals around the truth is not from ``least`` to ``most``."""
    intervals_seen = [judge(classes, number % SEEDS) for number, classes in enumerate(seen)]
    hits = sum(interval is not None and interval[0] <= true <= interval[1] for interval in intervals_seen)
    return _line(name, hits, len(seen), least, most)


def _by_photographs(classes: Simulation, seed: int) -> Interval:
    found = drop_of(classes, seed)
    return found.low, found.high


def _by_views(classes: Simulation, seed: int) -> Interval:
    """As if every view were a photograph of its own."""
    return _by_photographs(tuple(_flat(each) for each in classes), seed)


def _flat(pairs: Pairs) -> Pairs:
    both, before, after = (side.reshape(1, -1) for side in (pairs.both, pairs.before, pairs.after))
    return Pairs(pairs.dataset, pairs.class_name, both, before, after)


def _wilson_of_one_view(classes: Simulation, _: int) -> Interval | None:
    return wilson(int(classes[0].before[0].sum()), classes[0].photographs)


def _wilson_of_clusters(classes: Simulation, _: int) -> Interval | None:
    return wilson_of_clusters(classes[0].before.sum(axis=0), classes[0].views)


def _wilson_of_views(classes: Simulation, _: int) -> Interval | None:
    return wilson(int(classes[0].before.sum()), int(classes[0].views.sum()))


def _line(name: str, hits: int, n: int, low: float, high: float) -> int:
    """1 where the share lies outside by more than two of its standard errors."""
    share = hits / n
    error = math.sqrt(share * (1 - share) / n)
    holds = low <= share + 2 * error and share - 2 * error <= high
    remark = "" if holds else f"  BROKEN: {low:.0%} to {high:.0%}"
    print(f"  {name}: {share:.1%} +- {error:.1%}{remark}", flush=True)
    return not holds


def _decisions(simulations: int) -> int:
    """Prints how often the drop gate, ``--iad-fail-drop 2``, blames an edit: overall, or in a class."""
    broken = 0
    print(f"--iad-fail-drop 2 in {simulations} simulations of 15 classes x 115 photographs")
    for views, discordance in ((4, 0.08), (1, 0.08), (4, 0.25), (1, 0.16)):
        name = f"{views} view{'s' * (views > 1)} a photograph, {discordance:.0%} of them differ"
        for drop in (0.0, 0.03, 0.05):
            seen = simulated(9, simulations, 15, 115, views, drop, discordance)
            failed = [_failed(classes, number % SEEDS) for number, classes in enumerate(seen)]
            overall = sum(None in names for names in failed)
            by_class = sum(names != {None} and names != set() for names in failed)
            if not drop:
                broken += _line(f"{name}, drop 0%: fails", sum(map(bool, failed)), simulations, 0.0, 0.05)
                continue
            expected = 0.8 if discordance <= REALISTIC else 0.0
            broken += _line(f"{name}, drop {drop:.0%}: fails overall", overall, simulations, expected, 1.0)
            _line(f"{name}, drop {drop:.0%}: fails in a class", by_class, simulations, 0.0, 1.0)
    return broken


def _failed(classes: Simulation, seed: int) -> set[str | None]:
    """The classes that the gate fails, None for all of them together."""
    matched = [_matched(pairs) for pairs in classes]
    record: dict[str, Json] = {"changes": list(changes(matched, seed))}
    nothing = StoredRun("simulated", {}, [], [])
    comparison = Comparison(nothing, nothing, Matching(matched, [], {}), record)
    settings = GateSettings(Path("before.json"), (limits_of("fail_drop", ["2"]),))
    return {each.class_name for each in drop_verdicts(comparison, settings, []) if each.fails}


def _matched(pairs: Pairs) -> MatchedClass:
    """Photographs that are all anomalous: right is what calls them so."""
    views, n = pairs.both.shape
    sides = (np.where(side, ANOMALOUS, NORMAL).astype(np.int8) for side in (pairs.before, pairs.after))
    before, after = (Said(calls, np.full((views, n), np.nan), [[""] * n] * views) for calls in sides)
    samples = [f"{number:03d}" for number in range(n)]
    return MatchedClass(
        pairs.dataset,
        pairs.class_name,
        ("model", None),
        "answer",
        [f"view {number}" for number in range(views)],
        samples,
        ["defect"] * n,
        np.ones(n, dtype=bool),
        before,
        after,
        [True] * views,
    )


if __name__ == "__main__":
    main()
