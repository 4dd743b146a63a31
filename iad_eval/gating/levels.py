"""Gates on a run by itself: accuracy, average drop under perturbations, unreadable answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from iad_eval.gating.verdict import SAME, Verdict, asker_of, by_gate, lookers, number
from iad_eval.intervals import wilson_of_clusters
from iad_eval.judging import UNREADABLE, Asker, Judged, JudgedClass, headlines, named
from iad_eval.limits import GateSettings, Limits
from iad_eval.paired.pairs import Ints
from iad_eval.summary import rows_and_drops
from iad_eval.words import ORIGINAL, Json


def level_verdicts(classes: Sequence[JudgedClass], settings: GateSettings, seed: int) -> list[Verdict]:
    """What the gates on a run by itself come to: accuracy, average drop, unreadable answers.

    The accuracy is that of the original views (where there are none: of the first perturbation), at the
    headline threshold; unreadable answers are counted over all views.
    """
    gates = [each for each in settings.limits if each and each.gate != "fail_drop"]
    if not gates or not classes:
        return []
    rows, _ = rows_and_drops(classes, headlines(classes), seed)
    looks = lookers({str(row["model"]) for row in rows})
    heads = [row for row in rows if row["headline"] and row["model"] in looks]
    found: list[Verdict] = []
    for limits in gates:
        if limits.gate == "min_accuracy":
            found += _accuracies(heads, limits)
        elif limits.gate == "max_unreadable":
            found += _unreadable(classes, looks, limits)
        else:
            found += _average_drops(classes, looks, limits, seed)
    return sorted(found, key=by_gate)


def _accuracies(rows: Sequence[Mapping[str, Json]], limits: Limits) -> Iterator[Verdict]:
    views: dict[tuple[Json, ...], list[str]] = {}
    for row in rows:
        views.setdefault((row["dataset"], asker_of(row)), []).append(str(row["perturbation"]))
    for row in rows:
        names = views[row["dataset"], asker_of(row)]
        if row["perturbation"] == (ORIGINAL if ORIGINAL in names else names[0]):
            value = number(row["accuracy"])
            yield from _level(row, limits, value, row, _below)


def _average_drops(
    classes: Sequence[JudgedClass], looks: Collection[str], limits: Limits, seed: int
) -> Iterator[Verdict]:
    """Over all classes as the tables have it; of one class by the same rule on that class alone.

    Not measured where a run lacks the original view, or all others.
    """
    heads = headlines(classes)
    for dataset in dict.fromkeys(each.dataset for each in classes):
        of_dataset = [each for each in classes if each.dataset == dataset]
        parts: list[tuple[str | None, list[JudgedClass]]] = [(None, of_dataset)]
        parts += [(each.class_name, [each]) for each in of_dataset]
        for class_name, part in parts:
            if (limits.overall() if class_name is None else limits.of_class(dataset, class_name)) is None:
                continue
            drops = {
                asker_of(each): each for each in rows_and_drops(part, heads, seed)[1] if each["headline"]
            }
            for asker in dict.fromkeys(judged.asker for each in part for judged in each.judged):
                if asker[0] in looks:
                    yield from _average_drop(dataset, asker, class_name, drops.get(asker, {}), limits)


def _average_drop(
    dataset: str, asker: Asker, class_name: str | None, drop: Mapping[str, Json], limits: Limits
) -> Iterator[Verdict]:
    place = {"dataset": dataset, **named(asker), "class_name": class_name}
    interval = {"low": drop.get("average_drop_low"), "high": drop.get("average_drop_high")}
    yield from _level(place, limits, number(drop.get("average_drop")), interval, _above)


def _unreadable(classes: Sequence[JudgedClass], looks: Collection[str], limits: Limits) -> Iterator[Verdict]:
    """Of all answers about a dataset, or a class; the views of a photograph are one cluster."""
    counts: dict[tuple[str, Asker], dict[str, Ints]] = {}
    for each in classes:
        for asker in dict.fromkeys(judged.asker for judged in each.judged if judged.asker[0] in looks):
            answered = [of for of in each.judged if of.asker == asker and "answer" in of.calls]
            if answered:
                counts.setdefault((each.dataset, asker), {})[each.class_name] = _counted(each, answered)
    for (dataset, asker), of_classes in counts.items():
        everything = np.concatenate(list(of_classes.values()), axis=1)
        for class_name, (unreadable, views) in ((None, everything), *of_classes.items()):
            low, high = wilson_of_clusters(unreadable, views) or (None, None)
            place = {"dataset": dataset, **named(asker), "class_name": class_name, "low": low, "high": high}
            value = int(unreadable.sum()) / int(views.sum()) if views.any() else None
            yield from _level(place, limits, value, place, _above)


def _counted(of: JudgedClass, answered: Sequence[Judged]) -> Ints:
    """(2, n): of each photograph the views that were answered unreadably, and all that were answered."""
    counts = np.zeros((2, len(of.samples)), dtype=np.int64)
    for judged in answered:
        counts[0, judged.photographs] += judged.calls["answer"] == UNREADABLE
        counts[1, judged.photographs] += 1
    return counts


def _above(value: float, limit: float) -> bool:
    return value > limit + SAME


def _below(value: float, limit: float) -> bool:
    return value < limit - SAME


def _level(
    place: Mapping[str, Json],
    limits: Limits,
    value: float | None,
    interval: Mapping[str, Json],
    misses: Callable[[float, float], bool],
) -> Iterator[Verdict]:
    class_name = None if place["class_name"] is None else str(place["class_name"])
    dataset = str(place["dataset"])
    limit = limits.overall() if class_name is None else limits.of_class(dataset, class_name)
    if limit is None:
        return
    is_missed = value is not None and misses(value, limit)
    yield Verdict(
        limits.gate,
        dataset,
        asker_of(place),
        class_name,
        limit,
        "not measured" if value is None else "missed" if is_missed else "held",
        is_missed or value is None,
        value,
        number(interval.get("low")),
        number(interval.get("high")),
    )
