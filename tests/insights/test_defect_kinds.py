"""Accuracy by kind of defect, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judging_parts import aligned, said

from iad_eval.insights.defects import defects
from iad_eval.intervals import wilson
from iad_eval.words import Observation, TrainingScores


def _kinds(calls: str, kinds: str, **fields: str) -> list[Observation]:
    """One letter a photograph: bent, cut or good, with masks of 2%, 6%, 10% .. and 0."""
    named = {"b": "bent", "c": "cut", "g": "good"}
    observations = said(calls, "".join("G" if kind == "g" else "A" for kind in kinds), **fields)
    return [
        replace(
            each,
            sample=f"parts/bolt/test/{named[kind]}/{stem:03d}",
            defect=named[kind],
            mask_fraction=0.0 if kind == "g" else 0.02 + 0.04 * stem,
        )
        for stem, (each, kind) in enumerate(zip(observations, kinds, strict=True))
    ]


def test_each_kind_has_its_accuracy_and_its_mean_size_and_good_is_one() -> None:
    found = defects(aligned(_kinds("YN?YNN", "bbccgg")))
    counts = [(each["defect"], each["n"], each["correct"], each["accuracy"]) for each in found]
    assert counts == [("bent", 2, 1, 0.5), ("cut", 2, 1, 0.5), ("good", 2, 2, 1.0)]
    assert [each["mask_fraction"] for each in found] == [pytest.approx(0.04), pytest.approx(0.12), 0.0]
    assert [(each["low"], each["high"]) for each in found] == [wilson(1, 2), wilson(1, 2), wilson(2, 2)]
    assert {each["perturbation"] for each in found} == {"original"}


def test_size_is_not_measured_without_masks_and_is_that_of_views_that_have_one() -> None:
    bare = [replace(each, mask_fraction=None) for each in _kinds("YY", "bb")]
    assert [each["mask_fraction"] for each in defects(aligned(bare))] == [None]
    half = [bare[0], *_kinds("YY", "bb")[1:]]
    assert [each["mask_fraction"] for each in defects(aligned(half))] == [pytest.approx(0.06)]


def test_original_views_alone_count_where_there_are_some() -> None:
    observations = [*_kinds("YY", "bb"), *_kinds("NN", "bb", view="padded")]
    assert [each["accuracy"] for each in defects(aligned(observations))] == [1.0]


def test_without_originals_the_first_perturbation_by_name_stands_in() -> None:
    observations = [*_kinds("YY", "bb", view="rotated"), *_kinds("NN", "bb", view="padded")]
    [found] = defects(aligned(observations))
    assert (found["perturbation"], found["accuracy"]) == ("padded", 0.0)


def test_askers_stand_side_by_side_the_trivial_ones_too() -> None:
    observations = [
        *_kinds("YN", "bg"),
        *_kinds("YY", "bg", model="always-anomalous"),
        *_kinds("YN", "bg", protocol="oneshot"),
    ]
    found = [(each["defect"], each["model"], each["protocol"]) for each in defects(aligned(observations))]
    assert found == [
        ("bent", "always-anomalous", None),
        ("bent", "qwen", None),
        ("bent", "qwen", "oneshot"),
        ("good", "always-anomalous", None),
        ("good", "qwen", None),
        ("good", "qwen", "oneshot"),
    ]


def test_failed_views_and_models_without_a_threshold_are_left_out() -> None:
    assert defects(aligned(_kinds("xx", "bg"))) == []
    scored = [replace(each, answer=None, score=0.5, model="glass") for each in _kinds("YN", "bg")]
    assert defects(aligned(scored, {("parts", ("glass", None)): None})) == []


def test_a_score_is_called_at_the_headline_threshold() -> None:
    trained = TrainingScores("parts", "bolt", "glass", None, tuple(map(float, range(11))), "5-fold", "k")
    said_of = {"b": 9.5, "g": 8.5}
    scored = [
        replace(each, answer=None, score=said_of[each.defect[0]], model="glass")
        for each in _kinds("YN", "bg")
    ]
    for threshold, right in (("max", [0, 1]), ("p90", [1, 1]), ("p80", [1, 0])):
        found = defects(aligned(scored, {("parts", ("glass", None)): threshold}, [trained]))  # type: ignore[dict-item]
        assert [each["correct"] for each in found] == right
