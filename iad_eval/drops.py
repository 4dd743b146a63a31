"""Drops: what each perturbation costs, original minus perturbed (paper, Tables 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from iad_eval.intervals import percentile_interval
from iad_eval.judging import Asker
from iad_eval.metrics import Floats, mean_replicates
from iad_eval.scores import PAIRED, ClassScore
from iad_eval.words import ORIGINAL, Json, Threshold


def drop_of(
    dataset: str, asker: Asker, threshold: Threshold, views: Mapping[str, Sequence[ClassScore]]
) -> dict[str, Json] | None:
    """The drops of one model at one threshold; ``views`` are its class scores by perturbation.

    Only photographs that were judged in the original and in every perturbed view count, and
    classes that have some, so that a drop compares like with like; a view that was measured in
    no class has no drop, and where there is one, there is no average. ``average_drop`` is the
    mean over the perturbed views of the run. None where there is nothing to compare.
    """
    perturbed = sorted(name for name in views if name != ORIGINAL)
    if ORIGINAL not in views or not perturbed:
        return None
    accuracies = {
        name: {
            each.class_name: accuracy
            for each in views[name]
            if not np.isnan((accuracy := each.replicated.get(PAIRED, each.replicated["accuracy"]))[0])
        }
        for name in views
    }
    measured = [set(of_class) for of_class in accuracies.values() if of_class]
    shared = sorted(set.intersection(*measured)) if accuracies[ORIGINAL] else []
    if not shared:
        return None
    unmeasured = np.full_like(accuracies[ORIGINAL][shared[0]], np.nan)
    means = {
        name: mean_replicates([found[c] for c in shared]) if (found := accuracies[name]) else unmeasured
        for name in accuracies
    }
    drops = {name: means[ORIGINAL] - means[name] for name in perturbed}
    average = sum(drops.values(), start=means[ORIGINAL] * 0) / len(drops)
    intervals = {name: _interval(drop) for name, drop in drops.items()}
    original_low, original_high = _interval(means[ORIGINAL])
    average_low, average_high = _interval(average)
    model, protocol = asker
    return {
        "dataset": dataset,
        "model": model,
        "protocol": protocol,
        "threshold": threshold,
        "classes": len(shared),
        "original": _value(means[ORIGINAL]),
        "original_low": original_low,
        "original_high": original_high,
        "by_perturbation": {name: _value(drop) for name, drop in drops.items()},
        "by_perturbation_low": {name: low for name, (low, _) in intervals.items()},
        "by_perturbation_high": {name: high for name, (_, high) in intervals.items()},
        "average_drop": _value(average),
        "average_drop_low": average_low,
        "average_drop_high": average_high,
    }


def _value(replicates: Floats) -> float | None:
    value = float(replicates[0])
    return None if value != value else value


def _interval(replicates: Floats) -> tuple[float | None, float | None]:
    return percentile_interval(replicates[1:]) or (None, None)
