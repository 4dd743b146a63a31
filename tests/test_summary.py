"""The summary: the paper's selection rule, published floors, counts, and the same text for any order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of

from iad_eval.datasets.published import PUBLISHED
from iad_eval.summary import summarise, summary_text
from iad_eval.words import Json, Observation, TrainingScores

ELEVEN = tuple(map(float, range(11)))  # max 10, p90 9, p80 8
ROW = {
    *("dataset", "model", "protocol", "perturbation", "class_name", "threshold", "n", "correct"),
    *("accuracy", "low", "high", "balanced_accuracy", "auroc", "unreadable", "lenient", "failed"),
}
DROP = {"dataset", "model", "protocol", "threshold", "original", "by_perturbation", "average_drop"}


def _scored(
    place: str, normal: Iterable[float], bent: Iterable[float], view: str = "original"
) -> list[Observation]:
    found = [view_of(place, stem, False, view, score=score) for stem, score in enumerate(normal)]
    return found + [view_of(place, stem, True, view, score=score) for stem, score in enumerate(bent)]


def _training(*places: str) -> list[TrainingScores]:
    split = [place.split("/") for place in places]
    return [TrainingScores(dataset, name, "glass", None, ELEVEN, "5-fold", "k") for dataset, name in split]


def _summary(
    observations: Sequence[Observation],
    training: Sequence[TrainingScores] = (),
    *,
    seed: int = 0,
    asked: int | None = None,
) -> dict[str, Any]:
    asked = len(observations) if asked is None else asked
    return dict(summarise(observations, training, asked=asked, seed=seed))


def _rows(summary: Mapping[str, Any], **wanted: Json) -> list[dict[str, Any]]:
    return [row for row in summary["rows"] if all(row[name] == value for name, value in wanted.items())]


def _mixed() -> tuple[list[Observation], list[TrainingScores]]:
    """Two datasets, three classes, two models, two views; something unreadable, something failed."""
    generator = random.Random(3)
    views: list[Observation] = []
    for place in ("mvtec/bottle", "mvtec/wood", "visa/pcb1"):
        for stem in range(12):
            for view in ("original", "rotated"):
                truth = stem % 3 > 0
                score = generator.gauss(9 + 2 * truth, 2)
                views.append(view_of(place, stem, truth, view, score=score))
                answer = generator.choice(["Yes.", "No.", "Hm."])
                views.append(
                    view_of(place, stem, truth, view, answer=answer, model="qwen", protocol="oneshot")
                )
    views[5] = replace(views[5], answer=None, error="timeout")
    return views, _training("mvtec/bottle", "mvtec/wood", "visa/pcb1")


def test_keys_are_those_of_the_contract() -> None:
    summary = _summary(*_mixed())
    assert {"rows", "drops", "completeness"} <= set(summary)
    assert set(summary["completeness"]) == {"asked", "observed", "unreadable", "failed"}
    assert all(set(row) >= ROW for row in summary["rows"])
    assert all(set(drop) >= DROP for drop in summary["drops"])
    means = _rows(summary, class_name=None)
    # (max, p90, p80 of glass + answer of qwen) x two views x two datasets
    assert len(means) == 16
    assert all("pooled_accuracy" in row for row in means)
    assert len(summary["rows"]) == len(means) + 8 * 3
    assert len(summary["drops"]) == 8


def test_fractions_lie_between_zero_and_one_and_intervals_around_them() -> None:
    for row in _summary(*_mixed())["rows"]:
        assert row["accuracy"] == pytest.approx(row["correct"] / row["n"]) or row["class_name"] is None
        assert 0 <= row["low"] <= row["accuracy"] <= row["high"] <= 1
        assert row["low"] < row["high"]


@given(st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_another_order_of_the_records_gives_the_same_text_to_the_byte(generator: random.Random) -> None:
    observations, training = _mixed()
    text = summary_text(_summary(observations, training))
    generator.shuffle(observations)
    generator.shuffle(training)
    assert summary_text(_summary(observations, training)) == text


def test_seed_moves_the_bootstrapped_intervals_and_nothing_else() -> None:
    one, other = _summary(*_mixed(), seed=1), _summary(*_mixed(), seed=2)
    means = [_rows(each, class_name=None) for each in (one, other)]
    assert [row["low"] for row in means[0]] != [row["low"] for row in means[1]]
    for name in ("accuracy", "auroc", "balanced_accuracy", "correct"):
        assert [row[name] for row in one["rows"]] == [row[name] for row in other["rows"]]


def test_text_is_plain_json_with_nulls_and_says_what_the_summary_says() -> None:
    summary = _summary(_scored("mvtec/bottle", [], [1, 11], "original"), _training("mvtec/bottle"))
    text = summary_text(summary)
    assert text.endswith("\n")
    read = json.loads(text, parse_constant=pytest.fail)
    assert read == summary
    for row in read["rows"]:
        assert row["balanced_accuracy"] is row["auroc"] is row["overkill_rate"] is None
        assert (
            row["accuracy"] == row["pooled_accuracy"] if row["class_name"] is None else row["accuracy"] == 0.5
        )


def test_headline_is_best_on_original_as_a_class_mean_and_kept_for_perturbed_views() -> None:
    observations = [
        # on original: bottle right 2/2 at p90 alone; wood, which has most photographs, is best at max
        *_scored("mvtec/bottle", [8.5], [9.5]),
        *_scored("mvtec/wood", [*[5.0] * 9, 9.5], [12.0] * 10),
        # rotated: max is best everywhere
        *_scored("mvtec/bottle", [9.5], [12.0], "rotated"),
        *_scored("mvtec/wood", [9.5] * 10, [12.0] * 10, "rotated"),
    ]
    summary = _summary(observations, _training("mvtec/bottle", "mvtec/wood"))
    pooled = {row["threshold"]: row for row in _rows(summary, class_name=None, perturbation="original")}
    assert pooled["p90"]["accuracy"] == pytest.approx((2 / 2 + 19 / 20) / 2)
    assert pooled["max"]["accuracy"] == pytest.approx((1 / 2 + 20 / 20) / 2)
    assert pooled["p90"]["pooled_accuracy"] == pytest.approx(21 / 22)
    assert pooled["max"]["pooled_accuracy"] == pytest.approx(21 / 22)
    assert {row["threshold"] for row in summary["rows"] if row["headline"]} == {"p90"}
    assert {row["perturbation"] for row in summary["rows"] if row["headline"]} == {"original", "rotated"}
    assert [drop["threshold"] for drop in summary["drops"] if drop["headline"]] == ["p90"]
    rotated = {
        row["threshold"]: row["accuracy"] for row in _rows(summary, class_name=None, perturbation="rotated")
    }
    assert rotated["max"] == 1 > rotated["p90"]


def test_headline_is_chosen_for_each_dataset_by_itself() -> None:
    observations = _scored("mvtec/bottle", [9.5], [12.0]) + _scored("visa/pcb1", [5.0], [8.5])
    summary = _summary(observations, _training("mvtec/bottle", "visa/pcb1"))
    heads = {(row["dataset"], row["threshold"]) for row in summary["rows"] if row["headline"]}
    assert heads == {("mvtec", "max"), ("visa", "p80")}


@pytest.mark.parametrize(("normal", "bent", "head"), [([5.0], [12.0], "max"), ([5.0], [9.5], "p90")])
def test_ties_between_thresholds_go_to_the_first_of_max_p90_p80(
    normal: list[float], bent: list[float], head: str
) -> None:
    summary = _summary(_scored("mvtec/bottle", normal, bent), _training("mvtec/bottle"))
    assert {row["threshold"] for row in summary["rows"] if row["headline"]} == {head}


def test_unreadable_answers_count_as_wrong_and_failed_views_are_not_scored() -> None:
    answers = ["Yes", "Yes", "Well.", "No"]
    views = [view_of("mvtec/bottle", stem, True, answer=answer) for stem, answer in enumerate(answers)]
    views += [view_of("mvtec/bottle", 7, True, error="timeout"), view_of("mvtec/bottle", 8, True)]
    summary = _summary(views, asked=9)
    [row] = _rows(summary, class_name="bottle")
    counts = {name: row[name] for name in ("n", "correct", "accuracy", "unreadable", "failed")}
    assert counts == {"n": 4, "correct": 2, "accuracy": 0.5, "unreadable": 1, "failed": 2}
    [mean] = _rows(summary, class_name=None)
    assert {name: mean[name] for name in counts} == counts
    assert summary["completeness"] == {"asked": 9, "observed": 4, "unreadable": 1, "failed": 2}


def test_answers_read_from_a_sentence_are_counted_beside_the_unreadable() -> None:
    answers = ["There is a crack.", "Nothing unusual can be seen.", "Well.", "Yes, a crack."]
    views = [
        view_of(place, stem, True, answer=answer, score=1.0)
        for place in ("mvtec/bottle", "mvtec/wood")
        for stem, answer in enumerate(answers)
    ]
    summary = _summary(views, _training("mvtec/bottle", "mvtec/wood"))
    counts = ("n", "correct", "unreadable", "lenient")
    by_answer = {row["class_name"]: row for row in _rows(summary, threshold="answer")}
    assert [by_answer["wood"][name] for name in counts] == [4, 2, 1, 2]
    assert [by_answer[None][name] for name in counts] == [8, 4, 2, 4]
    assert {row["lenient"] for row in _rows(summary, threshold="max")} == {0}  # scores are not read


def test_nothing_observed_is_a_summary_too() -> None:
    summary = _summary([], asked=5)
    assert summary["rows"] == summary["drops"] == []
    assert summary["completeness"] == {"asked": 5, "observed": 0, "unreadable": 0, "failed": 0}


@pytest.mark.parametrize(("dataset", "percent", "pooled"), [("mvtec", 72.3, 72.9), ("visa", 56.6, 55.5)])
def test_model_that_always_says_yes_scores_the_published_floor(
    dataset: str, percent: float, pooled: float
) -> None:
    views = [
        view_of(f"{dataset}/{name}", stem, truth, answer="Yes")
        for name, counts in PUBLISHED[dataset].items()
        for truth, n in ((False, counts.test_normal), (True, counts.test_anomalous))
        for stem in range(n)
    ]
    summary = _summary(views)
    [row] = _rows(summary, class_name=None)
    assert (round(100 * row["accuracy"], 1), round(100 * row["pooled_accuracy"], 1)) == (percent, pooled)
    assert (row["miss_rate"], row["overkill_rate"], row["balanced_accuracy"]) == (0, 1, 0.5)
    floor = next(each for each in summary["floors"] if each["class_name"] is None)
    assert floor["always_anomalous"] == row["accuracy"]


def test_view_that_hides_more_than_half_of_its_defect_is_listed_once() -> None:
    shares = {0: 0.5, 1: 0.51, 2: None, 3: 1.0}
    views = [
        view_of("mvtec/bottle", stem, True, "timestamp", answer="Yes", model=model, hidden_fraction=share)
        for stem, share in shares.items()
        for model in ("a", "b")
    ]
    assert _summary(views)["hidden"] == [
        {
            "sample": f"mvtec/bottle/test/bent/{stem:03d}",
            "perturbation": "timestamp",
            "hidden_fraction": share,
        }
        for stem, share in ((1, 0.51), (3, 1.0))
    ]


def test_rows_begin_with_original_and_a_mean_stands_above_its_classes() -> None:
    views = [
        replace(each, perturbation=view)
        for view in ("blur:2", "original")
        for place in ("mvtec/wood", "mvtec/bottle")
        for each in _scored(place, [5.0], [12.0])
    ]
    rows = _rows(_summary(views, _training("mvtec/wood", "mvtec/bottle")))
    assert [(row["perturbation"], row["threshold"], row["class_name"]) for row in rows] == [
        (view, threshold, name)
        for view in ("original", "blur:2")
        for threshold in ("max", "p90", "p80")
        for name in (None, "bottle", "wood")
    ]


def test_view_that_failed_throughout_keeps_its_place_in_the_tables() -> None:
    observations = _scored("d/c", (1.0, 2.0), (20.0, 3.0)) + _scored("d/c", (1.0,), (20.0,), "padded")
    observations += [view_of("d/c", 0, truth, "rotated", error="gone") for truth in (False, True)]
    summary = summarise(observations, _training("d/c"), asked=8, seed=0)
    rows = [row for row in _records(summary["rows"]) if row["perturbation"] == "rotated"]
    assert {row["threshold"] for row in rows} == {"max", "p90", "p80"}
    assert {(row["n"], row["failed"], row["accuracy"], row["low"]) for row in rows} == {(0, 2, None, None)}
    drop = next(drop for drop in _records(summary["drops"]) if drop["headline"])
    assert drop["by_perturbation"] == {"padded": 0.0, "rotated": None}
    assert drop["average_drop"] is None


def test_drop_is_over_the_photographs_that_were_judged_in_all_views() -> None:
    observations = [
        view_of("d/c", stem, truth, view, model="floor", answer="Yes.", error=error)
        for view in ("original", "padded")
        for truth in (False, True)
        for stem in range(3)
        for error in ["gone" if view == "padded" and not truth and stem else None]
    ]
    [drop] = _records(summarise(observations, [], asked=12, seed=0)["drops"])
    assert (drop["original"], drop["by_perturbation"]) == (0.75, {"padded": 0.0})
    assert (drop["average_drop_low"], drop["average_drop_high"]) == (0.0, 0.0)


def _records(value: Json) -> list[Mapping[str, Json]]:
    assert isinstance(value, Sequence)
    return [record for record in value if isinstance(record, Mapping)]
