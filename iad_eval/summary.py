"""The summary: from records to the content of ``summary.json``, the same whatever their order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from iad_eval.drops import drop_of
from iad_eval.floors import floors
from iad_eval.insights import insights
from iad_eval.insights.noise import noise
from iad_eval.judging import Asker, JudgedClass, headlines, judge, verdict_of
from iad_eval.mistakes import mistakes
from iad_eval.scores import ORDER, ClassScore, Place, class_scores, mean_row
from iad_eval.serving import servings
from iad_eval.verdicts import read_answer
from iad_eval.words import ORIGINAL, Json, Observation, Threshold, TrainingScores

DECIMALS = 9
"""Figures are rounded here, far below anything that matters, so that files can be compared."""

HIDDEN = 0.5
"""A view that hides more than this share of its defect is listed."""


def summarise(
    observations: Sequence[Observation],
    training: Sequence[TrainingScores],
    *,
    asked: int,
    seed: int,
    repeats: Sequence[Observation] = (),
) -> dict[str, Json]:
    """Rows, drops, floors, completeness, training scores, serving, hidden defects, mistakes, insights, noise.

    ``asked`` is how many views the run wanted. ``repeats`` are further answers about the views that
    were observed, from which nothing but the noise is taken. Fractions are 0..1, None for "not measured".
    """
    classes = judge(observations, training)
    heads = headlines(classes)
    rows, drops = rows_and_drops(classes, heads, seed)
    summary: dict[str, Json] = {
        "rows": list(rows),
        "drops": list(drops),
        "floors": floors(classes),
        "completeness": _completeness(observations, asked),
        "training_scores": _taken(training),
        "serving": servings(observations),
        "hidden": _hidden(observations),
        "mistakes": mistakes(classes, heads),
        **insights(classes, observations, training, heads, seed),
        "noise": noise(observations, repeats),
    }
    rounded = _rounded(summary)
    assert isinstance(rounded, dict)
    return rounded


def rows_and_drops(
    classes: Sequence[JudgedClass], heads: Mapping[tuple[str, Asker], Threshold | None], seed: int
) -> tuple[list[dict[str, Json]], list[dict[str, Json]]]:
    """The rows of all places, the mean over classes before each class; and what perturbations cost.

    ``headline`` marks those at the threshold that heads the tables.
    """
    by_place: dict[Place, list[ClassScore]] = {}
    for score in class_scores(classes, seed):
        by_place.setdefault(score.place, []).append(score)
    places = sorted(by_place, key=_order)
    rows: list[dict[str, Json]] = []
    for place in places:
        head = heads[place.dataset, place.asker] == place.threshold
        rows.append({**mean_row(place, by_place[place]), "headline": head})
        rows += [{**score.row, "headline": head} for score in by_place[place]]
    drops = []
    for dataset, asker, threshold in _drop_places(places):
        views = {
            place.perturbation: by_place[place]
            for place in places
            if (place.dataset, place.asker, place.threshold) == (dataset, asker, threshold)
        }
        drop = drop_of(dataset, asker, threshold, views)
        if drop is not None:
            drops.append({**drop, "headline": heads[dataset, asker] == threshold})
    return rows, drops


def missing(summary: Mapping[str, Json]) -> int:
    """How many views the run wanted and did not observe."""
    counts = summary["completeness"]
    assert isinstance(counts, Mapping)
    asked, observed = counts["asked"], counts["observed"]
    assert isinstance(asked, int)
    assert isinstance(observed, int)
    return asked - observed


def summary_text(summary: Mapping[str, Json]) -> str:
    """The text of ``summary.json``."""
    return json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _order(place: Place) -> tuple[object, ...]:
    model, protocol = place.asker
    is_perturbed = place.perturbation != ORIGINAL
    return (
        place.dataset,
        model,
        protocol or "",
        is_perturbed,
        place.perturbation,
        ORDER.index(place.threshold),
    )


def _drop_places(places: Iterable[Place]) -> list[tuple[str, Asker, Threshold]]:
    found = [(place.dataset, place.asker, place.threshold) for place in places if place.threshold is not None]
    return list(dict.fromkeys(found))


def _completeness(observations: Iterable[Observation], asked: int) -> dict[str, Json]:
    observed = unreadable = failed = 0
    for each in observations:
        if verdict_of(each, "answer", None) == "failed":
            failed += 1
            continue
        observed += 1
        unreadable += each.answer is not None and read_answer(each.answer) == "unreadable"
    return {"asked": asked, "observed": observed, "unreadable": unreadable, "failed": failed}


def _taken(training: Iterable[TrainingScores]) -> list[Json]:
    """How training scores were taken: for each dataset and model the ways, and how many scores there are."""
    ways: dict[tuple[str, str, str], list[TrainingScores]] = {}
    for each in training:
        ways.setdefault((each.dataset, each.model, each.protocol or ""), []).append(each)
    return [
        {
            "dataset": dataset,
            "model": model,
            "protocol": protocol or None,
            "taken": sorted({each.taken for each in found}),
            "n": sum(len(each.scores) for each in found),
        }
        for (dataset, model, protocol), found in sorted(ways.items())
    ]


def _hidden(observations: Iterable[Observation]) -> list[Json]:
    """Views whose defect is mostly hidden, each once however many models saw it."""
    hidden = {
        (each.sample, each.perturbation): each.hidden_fraction
        for each in observations
        if each.hidden_fraction is not None and each.hidden_fraction > HIDDEN
    }
    return [
        {"sample": sample, "perturbation": perturbation, "hidden_fraction": hidden[sample, perturbation]}
        for sample, perturbation in sorted(hidden)
    ]


def _rounded(value: Json) -> Json:
    if isinstance(value, float):
        return round(value, DECIMALS) + 0.0  # no minus zero
    if isinstance(value, Mapping):
        return {key: _rounded(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(entry) for entry in value]
    return value
