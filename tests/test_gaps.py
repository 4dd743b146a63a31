"""Gaps: which cases of a run lack views, whoever asked and in whatever order."""

from __future__ import annotations

from observing import view_of

from iad_eval.gaps import gaps
from iad_eval.run import PlannedCase
from iad_eval.words import Case


def _planned(
    perturbation: str, views: int = 3, model: str = "glass", protocol: str | None = None
) -> PlannedCase:
    return PlannedCase(Case(model, "parts", "bolt", perturbation, protocol), views)


def test_a_case_lacks_what_was_not_observed_and_what_failed() -> None:
    seen = [view_of("parts/bolt", stem, True, score=1.0) for stem in range(3)]
    seen += [view_of("parts/bolt", 0, True, "padded", score=1.0)]
    seen += [view_of("parts/bolt", 1, True, "padded", error="no such file")]
    found = gaps([_planned("rotated"), _planned("padded"), _planned("original")], reversed(seen))
    place = {"model": "glass", "dataset": "parts", "class_name": "bolt", "protocol": None}
    assert found == [
        {**place, "perturbation": "padded", "asked": 3, "observed": 1, "failed": 1},
        {**place, "perturbation": "rotated", "asked": 3, "observed": 0, "failed": 0},
    ]


def test_ways_of_asking_are_told_apart() -> None:
    planned = [_planned("original", 1, "lvlm", protocol) for protocol in ("zeroshot", "oneshot")]
    seen = [view_of("parts/bolt", 0, True, model="lvlm", protocol="oneshot", answer="Yes.")]
    assert [each["protocol"] for each in gaps(planned, seen)] == ["zeroshot"]
    assert [each["protocol"] for each in gaps(planned, [])] == ["oneshot", "zeroshot"]


def test_a_whole_run_has_none() -> None:
    assert gaps([_planned("original", 1)], [view_of("parts/bolt", 0, True, score=1.0)]) == []
    assert gaps([], []) == []
