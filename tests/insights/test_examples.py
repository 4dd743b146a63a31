"""Figure 8: which answers are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from observing import view_of

from iad_eval.insights.examples import examples
from iad_eval.judging import Asker
from iad_eval.words import Observation, Threshold

HEADS: dict[tuple[str, Asker], Threshold | None] = {
    ("d", ("lvlm", "oneshot")): "answer",
    ("d", ("lvlm", "zeroshot")): "answer",
    ("d", ("always-anomalous", None)): "answer",
    ("d", ("glass", None)): "max",
}


def _said(place: str, stem: int, truth: bool, answer: str | None, **more: Any) -> Observation:
    return view_of(
        f"d/{place}", stem, truth, answer=answer, **{"model": "lvlm", "protocol": "oneshot", **more}
    )


def _chosen(observations: Sequence[Observation]) -> list[tuple[object, ...]]:
    return [(each["kind"], each["sample"]) for each in examples(observations, HEADS)]


def test_there_are_at_most_seven_of_five_kinds() -> None:
    seen = [_said("c", stem, True, "Yes.") for stem in range(4)]
    seen += [_said("c", stem, True, "No.") for stem in range(10, 14)]
    seen += [_said("c", stem, False, "Yes.") for stem in range(20, 24)]
    seen += [_said("c", stem, False, "No.") for stem in range(30, 34)]
    seen += [_said("c", stem, True, "Perhaps.") for stem in range(40, 44)]
    assert _chosen(seen[::-1]) == [
        ("hit", "d/c/test/bent/000"),
        ("hit", "d/c/test/bent/001"),
        ("miss", "d/c/test/bent/010"),
        ("miss", "d/c/test/bent/011"),
        ("overkill", "d/c/test/good/020"),
        ("pass", "d/c/test/good/030"),
        ("unreadable", "d/c/test/bent/040"),
    ]


def test_an_answer_that_explains_goes_first_and_then_another_class() -> None:
    seen = [
        _said("b", 0, True, "Yes."),
        _said("c", 0, True, "Yes, the rim has a long scratch."),
        _said("c", 1, True, "Yes, the rim has a scratch."),
        _said("c", 2, False, "Yes, a stain."),
        _said("e", 0, False, "Yes."),
    ]
    assert _chosen(seen) == [
        ("hit", "d/c/test/bent/000"),
        ("hit", "d/b/test/bent/000"),
        ("overkill", "d/e/test/good/000"),
    ]


def test_endless_answers_are_no_better_than_long_ones() -> None:
    seen = [_said("c", 1, True, "Yes, " + "a scratch " * 400), _said("c", 0, True, "Yes, " + "a dent " * 40)]
    assert _chosen(seen)[0] == ("hit", "d/c/test/bent/000")


def test_yes_and_no_alone_explain_nothing() -> None:
    seen = [_said("c", 0, True, "**Yes**. YES!"), _said("c", 1, True, "Yes: dent")]
    assert _chosen(seen)[0] == ("hit", "d/c/test/bent/001")


def test_each_way_of_asking_has_its_own() -> None:
    seen = [_said("c", 0, True, "Yes.", protocol=protocol) for protocol in ("zeroshot", "oneshot")]
    assert [each["protocol"] for each in examples(seen, HEADS)] == ["oneshot", "zeroshot"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(_said("c", 0, True, "Yes.", view="rotated"), id="perturbed"),
        pytest.param(_said("c", 0, True, "Yes.", model="always-anomalous", protocol=None), id="trivial"),
        pytest.param(_said("c", 0, True, "Yes.", model="glass", protocol=None), id="judged by its score"),
        pytest.param(_said("c", 0, True, "Yes.", model="stranger"), id="without a headline"),
        pytest.param(_said("c", 0, True, None, error="gone"), id="failed"),
        pytest.param(_said("c", 0, True, "Yes", error="cut off"), id="cut off"),
    ],
)
def test_other_observations_are_no_examples(other: Observation) -> None:
    assert examples([other], HEADS) == []


def test_an_example_says_all_that_stands_below_its_picture() -> None:
    [example] = examples([_said("c", 3, True, "Yes, <b>bent</b>.", score=0.75)], HEADS)
    assert example == {
        "dataset": "d",
        "model": "lvlm",
        "protocol": "oneshot",
        "sample": "d/c/test/bent/003",
        "perturbation": "original",
        "defect": "bent",
        "is_anomalous": True,
        "kind": "hit",
        "answer": "Yes, <b>bent</b>.",
        "score": 0.75,
    }
