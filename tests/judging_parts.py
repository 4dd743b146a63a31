"""Runs as tests of insights need them: what each asker said, one letter a photograph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from observing import view_of

from iad_eval.insights.aligned import AlignedClass, align
from iad_eval.judging import Asker, judge
from iad_eval.words import Observation, Threshold, TrainingScores

ANSWERS = {"Y": "Yes.", "N": "No.", "?": "Hm."}

ASKERS: tuple[Asker, ...] = (("qwen", "oneshot"), ("qwen", "zeroshot"), ("glass", None), ("oracle", None))
VIEWS = ("original", "padded", "rotated")


def said(
    calls: str,
    truths: str,
    *,
    place: str = "parts/bolt",
    view: str = "original",
    model: str = "qwen",
    protocol: str | None = None,
    **fields: Any,
) -> list[Observation]:
    """One letter a photograph: ``calls`` has Y, N, ? (unreadable), x (failed) or - (not asked).

    ``truths`` has A for anomalous (bent) and G for good photographs.
    """
    found = []
    for stem, (call, truth) in enumerate(zip(calls, truths, strict=True)):
        if call != "-":
            each = view_of(place, stem, truth == "A", view, model=model, protocol=protocol)
            spoken = {"error": "timeout"} if call == "x" else {"answer": ANSWERS[call]}
            found.append(replace(each, **{**spoken, **fields}))
    return found


def answered(observations: Sequence[Observation]) -> dict[tuple[str, Asker], Threshold | None]:
    """Headlines of a run in which everybody answers."""
    return {(each.dataset, (each.model, each.protocol)): "answer" for each in observations}


def aligned(
    observations: Sequence[Observation],
    heads: Mapping[tuple[str, Asker], Threshold | None] | None = None,
    training: Sequence[TrainingScores] = (),
) -> list[AlignedClass]:
    """Judged and aligned; by default at what was answered."""
    return align(judge(observations, training), answered(observations) if heads is None else heads, 0)


@st.composite
def runs(draw: st.DrawFn) -> list[Observation]:
    """Small runs of answers: some views failed or not asked, some askers and views not there."""
    askers = draw(st.lists(st.sampled_from(ASKERS), min_size=1, unique=True))
    views = draw(st.lists(st.sampled_from(VIEWS), min_size=1, unique=True))
    places = draw(st.lists(st.sampled_from(("parts/bolt", "parts/nut", "more/cup")), min_size=1, unique=True))
    found: list[Observation] = []
    for place in places:
        truths = draw(st.text("AG", min_size=1, max_size=5))
        for model, protocol in askers:
            for view in views:
                calls = draw(st.text("YNYN?x-", min_size=len(truths), max_size=len(truths)))
                found += said(calls, truths, place=place, view=view, model=model, protocol=protocol)
    return found
