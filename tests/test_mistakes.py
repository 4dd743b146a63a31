"""The photographs worth looking at first."""

from __future__ import annotations

from observing import view_of

from iad_eval.judging import judge
from iad_eval.mistakes import OF_EACH_KIND, mistakes
from iad_eval.words import Observation, Threshold, TrainingScores

GLASS = ("glass", None)


def _trained(*places: str) -> list[TrainingScores]:
    split = [place.split("/") for place in places]
    scores = (0.0, 10.0)
    return [TrainingScores(dataset, name, "glass", None, scores, "5-fold", "k") for dataset, name in split]


def _found(observations: list[Observation], threshold: Threshold = "max") -> list[tuple[object, ...]]:
    classes = judge(observations, _trained("parts/bolt", "parts/nut"))
    listed = mistakes(classes, {("parts", GLASS): threshold})
    return [(each["sample"], each["kind"], each["wrong_views"], each["views"]) for each in listed]


def test_the_plainest_come_first_misses_before_overkill() -> None:
    scores = {0: 11.0, 1: 30.0, 2: 5.0}
    bent = {0: 9.0, 1: 2.0, 2: 40.0}
    observations = [view_of("parts/bolt", stem, False, score=score) for stem, score in scores.items()]
    observations += [view_of("parts/bolt", stem, True, score=score) for stem, score in bent.items()]
    assert [(sample, kind) for sample, kind, *_ in _found(observations)] == [
        ("parts/bolt/test/bent/001", "missed"),
        ("parts/bolt/test/bent/000", "missed"),
        ("parts/bolt/test/good/001", "overkill"),
        ("parts/bolt/test/good/000", "overkill"),
    ]


def test_a_margin_is_told_in_the_spread_of_its_class() -> None:
    near = [view_of("parts/bolt", stem, True, score=score) for stem, score in enumerate((8.0, 12.0))]
    far = [view_of("parts/nut", stem, True, score=score) for stem, score in enumerate((-190.0, 210.0))]
    listed = mistakes(judge(near + far, _trained("parts/bolt", "parts/nut")), {("parts", GLASS): "max"})
    assert [each["margin"] for each in listed] == [1.0, 1.0]
    assert [each["sample"] for each in listed] == ["parts/bolt/test/bent/000", "parts/nut/test/bent/000"]


def test_only_a_few_are_listed() -> None:
    observations = [view_of("parts/bolt", stem, True, score=float(stem)) for stem in range(8)]
    assert len(_found(observations)) == OF_EACH_KIND


def test_answers_are_ranked_by_the_views_that_were_judged_wrongly() -> None:
    observations = [
        view_of("parts/bolt", stem, True, view, answer="No." if wrong else "Yes.")
        for stem, wrong_in in enumerate([("original",), ("original", "rotated"), ("rotated",), ()])
        for view in ("original", "rotated")
        for wrong in [view in wrong_in]
    ]
    assert _found(observations, "answer") == [
        ("parts/bolt/test/bent/001", "missed", 2, 2),
        ("parts/bolt/test/bent/000", "missed", 1, 2),
    ]


def test_nothing_is_listed_without_original_views_or_without_mistakes() -> None:
    assert _found([view_of("parts/bolt", 0, True, "rotated", score=1.0)]) == []
    assert _found([view_of("parts/bolt", 0, True, score=11.0)]) == []
