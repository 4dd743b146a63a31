"""Stored runs spelt with letters: a photograph a column, what was said of it in each view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from observing import view_of

from iad_eval.comparing import Comparison, compare
from iad_eval.run import PlannedCase
from iad_eval.stored import StoredRun
from iad_eval.storing import stored_run
from iad_eval.words import Case, Json, Observation, TrainingScores

ANSWERS = {"y": "Yes, a dent.", "n": "No.", "?": "Hm."}
ASKED = ("lvlm", "oneshot")
"""The asker of :func:`asked`."""


def asked(
    place: str, truths: str, *, model: str = "lvlm", protocol: str = "oneshot", key: str = "k", **views: str
) -> list[Observation]:
    """What an LVLM answered about a class: ``truths`` has ``a`` (anomalous) or ``g`` a photograph, a view
    ``y`` (yes), ``n`` (no), ``?`` (unreadable), ``f`` (failed) or ``.`` (nothing)."""
    return [
        view_of(
            place,
            number,
            truth == "a",
            view,
            model=model,
            protocol=protocol,
            answer=ANSWERS.get(letter),
            error="timeout" if letter == "f" else None,
            key=key,
            image_digest=f"{number:08d}",
        )
        for view, said in views.items()
        for number, (truth, letter) in enumerate(zip(truths, said, strict=True))
        if letter != "."
    ]


def scored(
    place: str, truths: str, *, model: str = "glass", key: str = "k", **views: Sequence[float]
) -> list[Observation]:
    """What a detector scored."""
    return [
        view_of(
            place, number, truth == "a", view, model=model, score=score, key=key, image_digest=f"{number:08d}"
        )
        for view, scores in views.items()
        for number, (truth, score) in enumerate(zip(truths, scores, strict=True))
    ]


def run_of(
    *said: Iterable[Observation],
    name: str = "before",
    training: Sequence[TrainingScores] = (),
    manifest: Mapping[str, Json] | None = None,
    planned: Mapping[Case, int] | None = None,
) -> StoredRun:
    """A stored run; where ``planned`` does not say otherwise, that was asked for which was answered."""
    observations = [each for some in said for each in some]
    views = {**Counter(map(case_of, observations)), **(planned or {})}
    cases = [PlannedCase(case, count) for case, count in views.items()]
    return stored_run(name, observations, training, manifest or {}, cases)


def case_of(observation: Observation) -> Case:
    """The case that it belongs to."""
    each = observation
    return Case(each.model, each.dataset, each.class_name, each.perturbation, each.protocol)


def compared(truths: str, before: str, after: str, *, key: str = "edited") -> Comparison:
    """One class of ``parts``, bolts, in one view, asked again."""
    return compare(
        run_of(asked("parts/bolt", truths, original=before)),
        run_of(asked("parts/bolt", truths, original=after, key=key), name="after"),
    )


def rekeyed(observations: Iterable[Observation]) -> list[Observation]:
    """Each with a key and a digest of its own, as real ones have."""
    return [
        replace(
            each,
            key=f"{each.sample} {each.perturbation} {each.model} {each.protocol}",
            image_digest=f"{sum(map(ord, each.sample)):08d}",
        )
        for each in observations
    ]
