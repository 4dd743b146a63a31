"""Rows: every number about one model in one view of one class, or of all classes together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from iad_eval import metrics
from iad_eval.intervals import bootstrap_weights, percentile_interval, wilson
from iad_eval.judging import Asker, Judged, JudgedClass, Photographs
from iad_eval.metrics import Floats, mean_replicates
from iad_eval.words import SCORE_THRESHOLDS, Json, Threshold

ORDER: tuple[Threshold | None, ...] = (None, *SCORE_THRESHOLDS, "answer")

METRICS = ("accuracy", "balanced_accuracy", "auroc", "average_precision", "miss_rate", "overkill_rate")

PAIRED = "accuracy of pairs"
"""Replicates of the accuracy on photographs judged in all views, where they are fewer than all."""

Replicated = Mapping[str, Floats]
"""A metric's name -> its value (first entry) and its bootstrap replicates: (1 + B,)."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a row is about, apart from the class."""

    dataset: str
    asker: Asker
    perturbation: str
    threshold: Threshold | None


@dataclass(frozen=True, slots=True, eq=False)
class ClassScore:
    """One class's numbers at one place, with the replicates that means and drops are made of."""

    place: Place
    class_name: str
    replicated: Replicated
    row: dict[str, Json]


def class_scores(classes: Iterable[JudgedClass], seed: int) -> list[ClassScore]:
    """All classes at all places, in order of dataset, class, model, perturbation, threshold.

    A model without any threshold (scores, but no training scores) has one entry with
    threshold None: image AUROC and average precision can be told all the same.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy works side by side
        of_classes = pool.map(lambda each: _of_class(each, seed), classes)
        return [score for scores in of_classes for score in scores]


def _of_class(each: JudgedClass, seed: int) -> list[ClassScore]:
    found: list[ClassScore] = []
    drawn = bootstrap_weights(seed, each.dataset, each.class_name, len(each.is_anomalous))
    weights = np.concatenate([np.ones((1, len(each.is_anomalous))), drawn])
    everywhere = _judged_everywhere(each.judged)
    for judged in each.judged:
        is_whole = len(judged.photographs) == weights.shape[1]
        here = weights if is_whole else weights[:, judged.photographs]
        ranking: dict[str, Floats] = {}
        if judged.scores is not None:
            ranking = metrics.ranking(judged.scores, judged.is_anomalous, here)._asdict()
        for threshold in _thresholds(judged):
            place = Place(each.dataset, judged.asker, judged.perturbation, threshold)
            replicated = {**ranking, **_decided(judged, threshold, here)}
            shared = np.isin(judged.photographs, everywhere.get(judged.asker, ()))
            if threshold is not None and not shared.all():
                replicated[PAIRED] = metrics.share(judged.correct[threshold][shared], here[:, shared])
            row = _class_row(place, each.class_name, judged, replicated)
            found.append(ClassScore(place, each.class_name, replicated, row))
    return found


def _judged_everywhere(judged: Iterable[Judged]) -> dict[Asker, Photographs]:
    """The photographs that a model judged in all views which did not fail throughout."""
    found: dict[Asker, Photographs] = {}
    for each in judged:
        if len(each.photographs):
            found[each.asker] = np.intersect1d(found.get(each.asker, each.photographs), each.photographs)
    return found


def mean_row(place: Place, scores: Sequence[ClassScore]) -> dict[str, Json]:
    """The mean over classes at one place, with bootstrap intervals; sums where counts are told.

    The mean over a single class, or a single one that was measured, is that class, with its intervals.
    """
    row = _place_fields(place, None)
    shares = [share for score in scores if isinstance(share := score.row["always_anomalous"], float)]
    row["always_anomalous"] = sum(shares) / len(shares) if shares else None
    row["classes"] = sum(score.row["n"] != 0 for score in scores)
    for name in ("n", "correct", "unreadable", "lenient", "failed"):
        row[name] = _sum(score.row[name] for score in scores)
    for name in METRICS:
        replicates = mean_replicates([score.replicated[name] for score in scores if name in score.replicated])
        _put(row, name, replicates, percentile_interval(replicates[1:]))
        measured = [score.row for score in scores if score.row[name] is not None]
        if len(measured) == 1:
            row |= {field: measured[0][field] for field in interval_fields(name)}
    n, correct = row["n"], row["correct"]
    row["pooled_accuracy"] = correct / n if isinstance(n, int) and isinstance(correct, int) and n else None
    return row


def interval_fields(name: str) -> tuple[str, str]:
    """The fields of a metric's interval; accuracy's are plain ``low`` and ``high``."""
    return ("low", "high") if name == "accuracy" else (f"{name}_low", f"{name}_high")


def _thresholds(judged: Judged) -> list[Threshold | None]:
    return [name for name in ORDER if name in judged.correct] or [None]


def _decided(judged: Judged, threshold: Threshold | None, weights: Floats) -> Replicated:
    if threshold is None:
        return {}
    correct, truth = judged.correct[threshold], judged.is_anomalous
    return {
        "accuracy": metrics.share(correct, weights),
        "balanced_accuracy": metrics.balanced_accuracy(correct, truth, weights),
        "miss_rate": metrics.miss_rate(correct, truth, weights),
        "overkill_rate": metrics.overkill_rate(correct, truth, weights),
    }


def _class_row(place: Place, class_name: str, judged: Judged, replicated: Replicated) -> dict[str, Json]:
    row = _place_fields(place, class_name)
    correct = judged.correct[place.threshold] if place.threshold else None
    anomalous, n = int(judged.is_anomalous.sum()), len(judged.photographs)
    row["threshold_value"] = judged.values.get(place.threshold) if place.threshold else None
    row["n"], row["failed"] = n, judged.failed
    row["always_anomalous"] = anomalous / n if n else None
    row["correct"] = None if correct is None else int(correct.sum())
    is_answer = place.threshold == "answer"
    row["unreadable"] = judged.unreadable if is_answer else 0
    row["lenient"] = judged.lenient if is_answer else 0
    counts: dict[str, tuple[int, int]] = {}
    if correct is not None:
        counts = {
            "accuracy": (int(correct.sum()), n),
            "miss_rate": (int((~correct & judged.is_anomalous).sum()), anomalous),
            "overkill_rate": (int((~correct & ~judged.is_anomalous).sum()), n - anomalous),
        }
    for name in METRICS:
        values = replicated.get(name, np.full(2, np.nan))
        interval = wilson(*counts[name]) if name in counts else percentile_interval(values[1:])
        _put(row, name, values, interval)
    return row


def _place_fields(place: Place, class_name: str | None) -> dict[str, Json]:
    model, protocol = place.asker
    return {
        "dataset": place.dataset,
        "model": model,
        "protocol": protocol,
        "perturbation": place.perturbation,
        "class_name": class_name,
        "threshold": place.threshold,
    }


def _put(row: dict[str, Json], name: str, replicates: Floats, interval: tuple[float, float] | None) -> None:
    low, high = interval_fields(name)
    value = float(replicates[0])
    row[name] = None if np.isnan(value) else value
    row[low], row[high] = interval if interval is not None and row[name] is not None else (None, None)


def _sum(counts: Iterable[Json]) -> int | None:
    known = [count for count in counts if isinstance(count, int)]
    return sum(known) if known else None
