"""Invariance: how many photographs are judged alike in all their views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from iad_eval.insights.aligned import AlignedClass, AskerCalls, by_asker
from iad_eval.insights.class_mean import class_mean
from iad_eval.judging import named
from iad_eval.metrics import Bools, Floats
from iad_eval.words import ORIGINAL, Json


@dataclass(frozen=True, slots=True, eq=False)
class _Everywhere:
    """A class's n photographs judged in all views: alike (n,), also right (n,), weights (1 + B, n)."""

    class_name: str
    alike: Bools
    right: Bools
    weights: Floats


def invariance(aligned: Sequence[AlignedClass]) -> list[dict[str, Json]]:
    """Per dataset and asker the class mean (``class_name`` null), then each class.

    Only photographs that were judged in the original and in every perturbed view of the asker
    count (``n``), and classes that have some. Alike means the same verdict throughout; an
    unreadable answer is a verdict of its own. ``alike_and_right`` were right throughout too.
    """
    found: list[dict[str, Json]] = []
    for dataset, asker, classes in by_asker(aligned):
        parts = [part for each, said in classes if (part := _everywhere(each, said)) is not None]
        if parts:
            rows = [_row(None, parts), *(_row(part.class_name, [part]) for part in parts)]
            found += [{"dataset": dataset, **named(asker), **row} for row in rows]
    return found


def _everywhere(each: AlignedClass, said: AskerCalls) -> _Everywhere | None:
    chosen: Bools = np.logical_and.reduce(said.is_judged)
    if len(said.perturbations) < 2 or said.perturbations[0] != ORIGINAL or not chosen.any():
        return None
    calls = said.calls[:, chosen]
    alike: Bools = np.logical_and.reduce(calls == calls[0])
    return _Everywhere(each.class_name, alike, alike & said.correct[0, chosen], each.weights[:, chosen])


def _row(class_name: str | None, parts: Sequence[_Everywhere]) -> dict[str, Json]:
    share, low, high = class_mean([(part.alike, part.weights) for part in parts])
    return {
        "class_name": class_name,
        "n": sum(len(part.alike) for part in parts),
        "alike": sum(int(part.alike.sum()) for part in parts),
        "share": share,
        "low": low,
        "high": high,
        "alike_and_right": sum(int(part.right.sum()) for part in parts),
    }
