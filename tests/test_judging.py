"""Observations become verdicts and arrays: strictly above a threshold, unreadable, failed."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observing import view_of

from iad_eval.judging import ANOMALOUS, NORMAL, UNREADABLE, Judged, judge, verdict_of
from iad_eval.words import SCORE_THRESHOLDS, Observation, TrainingScores

SAID = view_of("mvtec/bottle", 0, False)
TRAINED = TrainingScores("mvtec", "bottle", "glass", None, tuple(map(float, range(11))), "5-fold", "k")


def _view(stem: int, truth: bool, *, score: float | None = None, answer: str | None = None) -> Observation:
    return view_of("mvtec/bottle", stem, truth, score=score, answer=answer)


def _only(observations: list[Observation], training: list[TrainingScores]) -> Judged:
    [of_class] = judge(observations, training)
    [judged] = of_class.judged
    return judged


@pytest.mark.parametrize(
    "broken",
    [
        replace(SAID, error="out of memory"),
        replace(SAID, error="cut off", answer="Yes"),
        replace(SAID, error="cut off", score=0.5),
        SAID,  # neither a score nor an answer
    ],
)
def test_view_with_an_error_or_with_nothing_said_failed_under_every_threshold(broken: Observation) -> None:
    assert {verdict_of(broken, name, 0.0) for name in (*SCORE_THRESHOLDS, "answer")} == {"failed"}


def test_verdict_is_none_where_a_threshold_does_not_apply() -> None:
    scored, answered = replace(SAID, score=1.0), replace(SAID, answer="No.")
    assert verdict_of(scored, "answer", None) is None
    assert verdict_of(scored, "max", None) is None
    assert verdict_of(answered, "max", 0.5) is None
    assert verdict_of(answered, "answer", None) == "normal"


def test_score_is_held_against_the_threshold_strictly() -> None:
    assert verdict_of(replace(SAID, score=0.5), "p90", 0.5) == "normal"
    assert verdict_of(replace(SAID, score=0.5000001), "p90", 0.5) == "anomalous"


def test_correct_is_what_each_threshold_makes_of_the_scores() -> None:
    views = [
        _view(0, False, score=8),
        _view(1, False, score=8.5),
        _view(2, True, score=9),
        _view(3, True, score=10.5),
    ]
    judged = _only(views, [TRAINED])
    assert judged.values == {"max": 10, "p90": 9, "p80": 8}
    by_sample = {name: sorted(map(bool, right)) for name, right in judged.correct.items()}
    assert by_sample == {
        "max": [False, True, True, True],  # 9 is missed
        "p90": [False, True, True, True],  # 9 is at the threshold: missed
        "p80": [False, True, True, True],  # 8.5 is overkill
    }
    bent = {name: list(map(bool, right[judged.is_anomalous])) for name, right in judged.correct.items()}
    assert bent == {"max": [False, True], "p90": [False, True], "p80": [True, True]}


def test_unreadable_answer_is_wrong_whatever_the_truth() -> None:
    judged = _only([_view(0, False, answer="Hm."), _view(1, True, answer="Nozzle"), *_right()], [])
    assert list(judged.correct) == ["answer"]
    assert judged.correct["answer"].sum() == 2
    assert len(judged.photographs) == 4
    assert judged.unreadable == 2
    assert judged.lenient == 0
    assert judged.failed == 0


def test_answers_read_from_a_sentence_are_judged_and_counted() -> None:
    said = [_view(0, False, answer="There is no anomaly."), _view(1, True, answer="Nothing unusual.")]
    judged = _only([*said, *_right()], [])
    assert judged.correct["answer"].sum() == 3
    assert judged.lenient == 2
    assert judged.unreadable == 0


def _right() -> list[Observation]:
    return [_view(2, False, answer="No."), _view(3, True, answer="Yes!")]


def test_failed_view_is_counted_and_never_scored() -> None:
    broken = replace(_view(4, True, answer="Yes"), error="timeout")
    judged = _only([*_right(), broken], [])
    assert judged.failed == 1
    assert len(judged.photographs) == len(judged.is_anomalous) == len(judged.correct["answer"]) == 2
    assert judged.correct["answer"].all()


def test_failed_photograph_stays_among_the_photographs_of_its_class() -> None:
    [of_class] = judge([*_right(), replace(_view(4, True), error="timeout")], [])
    assert of_class.is_anomalous.sum() == 2
    assert len(of_class.is_anomalous) == 3


def test_class_of_failures_alone_has_no_scores_and_nothing_correct() -> None:
    judged = _only([replace(view, error="timeout") for view in _right()], [TRAINED])
    assert judged.failed == 2
    assert judged.scores is None
    assert judged.correct == {}


def test_views_of_a_photograph_share_its_place_in_every_model_and_perturbation() -> None:
    views = [_view(stem, stem % 2 == 0, answer="No") for stem in range(6)]
    rotated = [replace(view, perturbation="rotated", model="qwen") for view in views[2:]]
    [of_class] = judge([*views, *rotated], [])
    original, other = of_class.judged
    assert (original.perturbation, other.perturbation) == ("original", "rotated")
    names = sorted(view.sample for view in views)
    assert [names[place] for place in original.photographs] == names
    assert [names[place] for place in other.photographs] == sorted(view.sample for view in views[2:])
    assert (of_class.is_anomalous[other.photographs] == other.is_anomalous).all()


def test_training_scores_serve_their_own_dataset_class_model_and_protocol_alone() -> None:
    view = _view(0, True, score=3.0)
    others = [
        replace(TRAINED, dataset="visa"),
        replace(TRAINED, class_name="cable"),
        replace(TRAINED, model="inp"),
        replace(TRAINED, protocol="oneshot"),
    ]
    assert _only([view], others).correct == {}
    assert list(_only([view], [*others, TRAINED]).correct) == list(SCORE_THRESHOLDS)


def test_classes_come_sorted_by_dataset_and_name() -> None:
    places = [("visa", "pcb1"), ("mvtec", "wood"), ("mvtec", "bottle"), ("visa", "candle")]
    views = [replace(SAID, dataset=dataset, class_name=name) for dataset, name in places]
    assert [(each.dataset, each.class_name) for each in judge(views, [])] == sorted(places)


@given(st.randoms(use_true_random=False))
def test_order_of_the_records_changes_nothing(generator: random.Random) -> None:
    views = [_view(stem, stem % 3 == 0, score=float(stem), answer="Yes") for stem in range(9)]
    views += [replace(view, model=name, protocol="oneshot") for view in views for name in ("a", "b")]
    shuffled = list(views)
    generator.shuffle(shuffled)
    assert _content(shuffled) == _content(views)


def _content(views: list[Observation]) -> list[object]:
    return [
        [
            *(judged.asker, judged.perturbation, judged.photographs.tolist(), judged.is_anomalous.tolist()),
            *((name, right.tolist()) for name, right in judged.correct.items()),
        ]
        for of_class in judge(views, [TRAINED])
        for judged in of_class.judged
    ]


def test_calls_are_verdicts_as_numbers_and_views_keep_defect_and_mask() -> None:
    views = [
        view_of("mvtec/bottle", 0, False, answer="No."),
        replace(view_of("mvtec/bottle", 1, True, answer="Hm."), mask_fraction=0.25),
        view_of("mvtec/bottle", 2, True, answer="Yes."),
    ]
    [of_class] = judge(views, [])
    [judged] = of_class.judged
    by_sample = dict(zip(of_class.samples, judged.calls["answer"].tolist(), strict=True))
    assert by_sample == {
        "mvtec/bottle/test/bent/001": UNREADABLE,
        "mvtec/bottle/test/bent/002": ANOMALOUS,
        "mvtec/bottle/test/good/000": NORMAL,
    }
    assert list(of_class.defects) == ["bent", "bent", "good"]
    assert judged.mask_fractions[0] == 0.25
    assert math.isnan(judged.mask_fractions[1])
