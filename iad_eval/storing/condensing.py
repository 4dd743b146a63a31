"""From a run's records to what is stored of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from iad_eval.judging import Judged, JudgedClass, judge
from iad_eval.metrics import Floats
from iad_eval.run import PlannedCase
from iad_eval.stored import Place, StoredClass, StoredRun
from iad_eval.storing.circumstances import circumstances_of
from iad_eval.words import Json, Observation, TrainingScores

DIGEST_DIGITS = 8
KEY_DIGITS = 16
SCORE_DIGITS = 9
"""Significant ones: as many as tell any two float32 apart."""


def stored_run(
    name: str,
    observations: Iterable[Observation],
    training: Iterable[TrainingScores],
    manifest: Mapping[str, Json],
    planned: Sequence[PlannedCase],
) -> StoredRun:
    """What is kept of a run, whatever the order of its records.

    Verdicts are those of the full scores; the scores themselves are rounded, so that a run and its
    stored file compare as equal.
    """
    by_class: dict[tuple[str, str], list[Observation]] = {}
    whole = list(observations)
    for each in whole:
        by_class.setdefault((each.dataset, each.class_name), []).append(each)
    cases = {entry.case: entry for entry in planned}
    return StoredRun(
        name,
        circumstances_of(manifest),
        [cases[case] for case in sorted(cases, key=lambda case: case.sort_key)],
        [_stored_class(each, by_class[each.dataset, each.class_name]) for each in judge(whole, training)],
    )


def _stored_class(judged: JudgedClass, observations: Sequence[Observation]) -> StoredClass:
    digests: dict[str, str] = {}
    texts: dict[Place, dict[str, str]] = {}
    keys: dict[Place, dict[str, str]] = {}
    for each in observations:
        place = ((each.model, each.protocol or None), each.perturbation)
        digests[each.sample] = max(digests.get(each.sample, ""), each.image_digest)  # failed: perhaps none
        keyed = keys.setdefault(place, {})
        if each.error is None:
            keyed[each.sample] = each.key
        if each.answer is not None:
            texts.setdefault(place, {})[each.sample] = each.answer
    answers: dict[Place, Sequence[str]] = {}
    for case in judged.judged:
        if "answer" in case.calls:
            place = (case.asker, case.perturbation)
            answers[place] = [texts[place][judged.samples[index]] for index in case.photographs]
    return StoredClass(
        replace(judged, judged=[_condensed(case, judged) for case in judged.judged]),
        [digests[sample][:DIGEST_DIGITS] for sample in judged.samples],
        answers,
        {place: digest_of_keys(keyed) for place, keyed in keys.items()},
    )


def _condensed(case: Judged, of_class: JudgedClass) -> Judged:
    """With rounded scores, and held against the class's truths, of which a photograph has one."""
    is_anomalous = of_class.is_anomalous[case.photographs]
    return replace(
        case,
        is_anomalous=is_anomalous,
        scores=None if case.scores is None else _rounded(case.scores),
        correct={name: called == is_anomalous for name, called in case.calls.items()},
    )


def _rounded(scores: Floats) -> Floats:
    return np.array([float(f"{score:.{SCORE_DIGITS}g}") for score in scores], dtype=np.float64)


def digest_of_keys(keys: Mapping[str, str]) -> str:
    """One digest over the identities of a case's answers, by sample."""
    text = json.dumps(sorted(map(list, keys.items())))  # ASCII, so that no surrogate stops it
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
