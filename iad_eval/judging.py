"""Observations as arrays: one class's photographs, judged by every model in every view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from iad_eval.metrics import Bools, Floats
from iad_eval.thresholds import headline, threshold_values
from iad_eval.verdicts import by_score, read, read_answer
from iad_eval.words import ORIGINAL, Json, Observation, Threshold, TrainingScores, Verdict

Photographs = npt.NDArray[np.intp]
"""Indices of photographs, ascending."""

Asker = tuple[str, str | None]
"""Model and protocol."""

Calls = npt.NDArray[np.int8]
"""Verdicts: :data:`ANOMALOUS`, :data:`NORMAL` or :data:`UNREADABLE`."""

ANOMALOUS, NORMAL, UNREADABLE = 1, 0, -1
_CODES: Mapping[Verdict, int] = {"anomalous": ANOMALOUS, "normal": NORMAL, "unreadable": UNREADABLE}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One class in one view by one model: ``n`` scored photographs (failed ones are left out).

    ``photographs`` (n,) are indices into the class's photographs; ``scores`` (n,) is None
    unless every photograph has one; ``calls`` and ``correct`` hold (n,) for each threshold that
    applies; ``mask_fractions`` (n,) are shares 0..1 of the view's pixels, NaN without a mask.
    ``lenient`` counts the answers that do not open with yes or no and were read from a sentence.
    """

    asker: Asker
    perturbation: str
    photographs: Photographs
    is_anomalous: Bools
    scores: Floats | None
    calls: Mapping[Threshold, Calls]
    correct: Mapping[Threshold, Bools]
    mask_fractions: Floats
    values: Mapping[Threshold, float]
    unreadable: int
    lenient: int
    failed: int


@dataclass(frozen=True, slots=True, eq=False)
class JudgedClass:
    """One class: its photographs (sample ids, sorted), their defects, truths and everything said of them."""

    dataset: str
    class_name: str
    samples: Sequence[str]
    defects: Sequence[str]
    is_anomalous: Bools
    judged: Sequence[Judged]


def verdict_of(observation: Observation, threshold: Threshold, value: float | None) -> Verdict | None:
    """What an observation comes to under a threshold; None where that does not apply to the model."""
    if observation.error is not None or (observation.score is None and observation.answer is None):
        return "failed"
    if threshold == "answer":
        return None if observation.answer is None else read_answer(observation.answer)
    if observation.score is None or value is None:
        return None
    return by_score(observation.score, value)


def training_by_place(training: Iterable[TrainingScores]) -> dict[tuple[str, str, Asker], Sequence[float]]:
    """Training scores by dataset, class and asker."""
    return {(each.dataset, each.class_name, (each.model, each.protocol)): each.scores for each in training}


def judge(observations: Iterable[Observation], training: Iterable[TrainingScores]) -> list[JudgedClass]:
    """All classes, sorted by dataset and name; independent of the order of the records.

    A view that failed throughout is judged, on no photograph, by the thresholds that its model
    has elsewhere in the dataset, so that its failures stand in the same rows as the others.
    """
    by_class: dict[tuple[str, str], list[Observation]] = {}
    for observation in observations:
        by_class.setdefault((observation.dataset, observation.class_name), []).append(observation)
    scores = training_by_place(training)
    classes = [
        _judged_class(dataset, class_name, by_class[dataset, class_name], scores)
        for dataset, class_name in sorted(by_class)
    ]
    ways: dict[tuple[str, Asker], set[Threshold]] = {}
    for each in classes:
        for judged in each.judged:
            ways.setdefault((each.dataset, judged.asker), set()).update(judged.correct)
    nothing, no_calls = np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int8)
    return [
        replace(
            each,
            judged=[
                judged
                if len(judged.photographs)
                else replace(
                    judged,
                    calls=dict.fromkeys(ways[each.dataset, judged.asker], no_calls),
                    correct=dict.fromkeys(ways[each.dataset, judged.asker], nothing),
                )
                for judged in each.judged
            ],
        )
        for each in classes
    ]


def in_order(asker: Asker) -> tuple[str, str]:
    """Askers are sorted by model, then by protocol, without one first."""
    model, protocol = asker
    return model, protocol or ""


def named(asker: Asker) -> dict[str, Json]:
    """An asker's two fields in a record."""
    model, protocol = asker
    return {"model": model, "protocol": protocol}


def headlines(classes: Iterable[JudgedClass]) -> dict[tuple[str, Asker], Threshold | None]:
    """The threshold that heads the tables for each dataset and asker, None for one without thresholds.

    The paper's rule: the one that is best on ``original``, by the mean over classes.
    """
    on_original: dict[tuple[str, Asker], dict[Threshold, list[float]]] = {}
    for each in classes:
        for judged in each.judged:
            known = on_original.setdefault((each.dataset, judged.asker), {})
            for threshold, correct in judged.correct.items():
                found = known.setdefault(threshold, [])
                if judged.perturbation == ORIGINAL and len(correct):
                    found.append(float(correct.mean()))
    return {
        who: headline({name: sum(found) / len(found) if found else None for name, found in known.items()})
        for who, known in on_original.items()
    }


def _judged_class(
    dataset: str,
    class_name: str,
    observations: list[Observation],
    training: Mapping[tuple[str, str, Asker], Sequence[float]],
) -> JudgedClass:
    truths = {observation.sample: observation.is_anomalous for observation in observations}
    defects = {observation.sample: observation.defect for observation in observations}
    samples = sorted(truths)
    place = {sample: index for index, sample in enumerate(samples)}
    groups: dict[tuple[str, str, str], list[Observation]] = {}
    for each in observations:
        groups.setdefault((each.model, each.protocol or "", each.perturbation), []).append(each)
    judged = []
    for model, protocol, perturbation in sorted(groups):
        group = sorted(groups[model, protocol, perturbation], key=lambda each: each.sample)
        asker = (model, protocol or None)
        values = threshold_values(training.get((dataset, class_name, asker), ()))
        judged.append(_judged(asker, perturbation, group, place, values))
    is_anomalous = np.array([truths[sample] for sample in samples], dtype=np.bool_)
    return JudgedClass(
        dataset, class_name, samples, [defects[sample] for sample in samples], is_anomalous, judged
    )


def _judged(
    asker: Asker,
    perturbation: str,
    group: Sequence[Observation],
    place: Mapping[str, int],
    values: Mapping[Threshold, float],
) -> Judged:
    said = [each for each in group if verdict_of(each, "answer", None) != "failed"]
    is_anomalous = np.array([each.is_anomalous for each in said], dtype=np.bool_)
    scores = None
    calls: dict[Threshold, Calls] = {}
    if said and all(each.score is not None for each in said):
        scores = np.array([each.score for each in said], dtype=np.float64)
        calls |= {name: (scores > value).astype(np.int8) for name, value in values.items()}
    unreadable = lenient = 0
    if said and all(each.answer is not None for each in said):
        readings = [read(each.answer or "") for each in said]
        unreadable = sum(reading.verdict == "unreadable" for reading in readings)
        lenient = sum(reading.is_lenient for reading in readings)
        calls["answer"] = np.array([_CODES[reading.verdict] for reading in readings], dtype=np.int8)
    return Judged(
        asker,
        perturbation,
        np.array([place[each.sample] for each in said], dtype=np.intp),
        is_anomalous,
        scores,
        calls,
        {name: called == is_anomalous for name, called in calls.items()},
        np.array([np.nan if e.mask_fraction is None else e.mask_fraction for e in said], dtype=np.float64),
        values,
        unreadable,
        lenient,
        len(group) - len(said),
    )
