"""Rows: one class against hand counts and scipy, means over classes against their sampling error."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, roc_auc_score

from iad_eval.intervals import bootstrap_weights
from iad_eval.judging import Judged, JudgedClass
from iad_eval.metrics import Bools
from iad_eval.scores import ClassScore, class_scores, interval_fields, mean_row
from iad_eval.words import Json, Threshold

SAME = 7
METRICS = ("accuracy", "balanced_accuracy", "auroc", "average_precision", "miss_rate", "overkill_rate")


def _class(name: str, truth: Sequence[bool], judged: Sequence[Judged]) -> JudgedClass:
    samples = [f"mvtec/{name}/test/any/{stem:03d}" for stem in range(len(truth))]
    return JudgedClass(
        dataset="mvtec",
        class_name=name,
        samples=samples,
        defects=["any"] * len(samples),
        is_anomalous=np.array(truth),
        judged=judged,
    )


def _judged(
    truth: Sequence[bool],
    correct: Mapping[Threshold, Bools],
    *,
    scores: Sequence[float] | None = None,
    model: str = "glass",
    perturbation: str = "original",
    unreadable: int = 0,
    lenient: int = 0,
    failed: int = 0,
) -> Judged:
    is_anomalous = np.array(truth, dtype=np.bool_)
    return Judged(
        asker=(model, None),
        perturbation=perturbation,
        photographs=np.arange(len(truth), dtype=np.intp),
        is_anomalous=is_anomalous,
        scores=None if scores is None else np.array(scores, dtype=np.float64),
        calls={name: (right == is_anomalous).astype(np.int8) for name, right in correct.items()},
        correct=correct,
        mask_fractions=np.full(len(truth), np.nan),
        values={} if scores is None else dict.fromkeys(correct, 0.5),
        unreadable=unreadable,
        lenient=lenient,
        failed=failed,
    )


def _scored(name: str, truth: Sequence[bool], right: Sequence[bool]) -> ClassScore:
    judged = _judged(truth, {"answer": np.array(right, dtype=np.bool_)})
    [score] = class_scores([_class(name, truth, [judged])], SAME)
    return score


def _failed(name: str) -> ClassScore:
    judged = _judged([], {"answer": np.zeros(0, dtype=np.bool_)}, failed=2)
    [score] = class_scores([_class(name, [True, False], [judged])], SAME)
    return score


def _number(value: Json) -> float:
    assert isinstance(value, int | float)
    return value


def _interval(row: Mapping[str, Json], name: str) -> tuple[float, float]:
    low, high = interval_fields(name)
    return _number(row[low]), _number(row[high])


def test_row_of_a_class_counts_and_has_wilsons_intervals() -> None:
    truth = [True] * 8 + [False] * 4
    right = [True] * 7 + [False] + [True] * 3 + [False]
    judged = _judged(truth, {"answer": np.array(right)}, unreadable=1, lenient=3, failed=2)
    [score] = class_scores([_class("bottle", truth, [judged])], SAME)
    row = score.row
    place = ("dataset", "model", "protocol", "perturbation", "class_name", "threshold")
    assert [row[name] for name in place] == ["mvtec", "glass", None, "original", "bottle", "answer"]
    assert [row[name] for name in ("n", "correct", "unreadable", "lenient", "failed")] == [12, 10, 1, 3, 2]
    assert row["accuracy"] == pytest.approx(10 / 12)
    assert row["miss_rate"] == pytest.approx(1 / 8)
    assert row["overkill_rate"] == pytest.approx(1 / 4)
    assert row["balanced_accuracy"] == pytest.approx((7 / 8 + 3 / 4) / 2)
    assert row["auroc"] is None
    assert row["threshold_value"] is None
    for name, count, n in (("accuracy", 10, 12), ("miss_rate", 1, 8), ("overkill_rate", 1, 4)):
        wanted = binomtest(count, n).proportion_ci(method="wilson")
        assert _interval(row, name) == pytest.approx((wanted.low, wanted.high))


def test_row_of_a_class_with_scores_has_scikit_learns_ranking_and_intervals_around_it() -> None:
    generator = np.random.default_rng(5)
    truth = np.arange(80) < 60
    scores = np.round(generator.normal(truth.astype(float), 1), 1)
    judged = _judged(truth.tolist(), {"max": (scores > 0.5) == truth}, scores=scores.tolist())
    [score] = class_scores([_class("bottle", truth.tolist(), [judged])], SAME)
    wanted = {
        "auroc": roc_auc_score(truth, scores),
        "average_precision": average_precision_score(truth, scores),
    }
    for name, value in wanted.items():
        low, high = _interval(score.row, name)
        assert score.row[name] == pytest.approx(value)
        assert low < value < high
    assert score.row["threshold_value"] == 0.5


def test_thresholds_come_in_the_papers_order() -> None:
    right = np.array([True, True])
    judged = _judged([True, False], {"answer": right, "p80": right, "max": right, "p90": right})
    found = class_scores([_class("bottle", [True, False], [judged])], SAME)
    assert [score.place.threshold for score in found] == ["max", "p90", "p80", "answer"]


def test_model_with_scores_but_without_thresholds_is_ranked_all_the_same() -> None:
    judged = _judged([True, False, False], {}, scores=[3, 1, 2])
    [score] = class_scores([_class("bottle", [True, False, False], [judged])], SAME)
    assert score.place.threshold is None
    assert score.row["auroc"] == 1
    assert score.row["n"] == 3
    assert score.row["correct"] is None
    assert score.row["accuracy"] is score.row["low"] is score.row["high"] is None


@pytest.mark.parametrize("label", [True, False])
def test_with_one_label_only_what_needs_both_is_null(label: bool) -> None:
    truth = [label] * 4
    judged = _judged(truth, {"max": np.array([True, True, True, False])}, scores=[1, 2, 3, 4])
    [score] = class_scores([_class("bottle", truth, [judged])], SAME)
    missing = {"balanced_accuracy", "auroc", "average_precision", "overkill_rate" if label else "miss_rate"}
    for name in METRICS:
        cells = {score.row[key] for key in (name, *interval_fields(name))}
        assert (cells == {None}) == (name in missing)
    assert score.row["accuracy"] == 0.75


def test_mean_over_classes_weighs_classes_and_the_pooled_accuracy_weighs_photographs() -> None:
    small = _scored("bottle", [True, False], [True, False])
    large = _scored("wood", [True, False] * 10, [True] * 20)
    row = mean_row(small.place, [small, large])
    assert row["class_name"] is None
    assert row["classes"] == 2
    assert (row["n"], row["correct"]) == (22, 21)
    assert row["accuracy"] == pytest.approx((1 / 2 + 1) / 2)
    assert row["pooled_accuracy"] == pytest.approx(21 / 22)


def test_mean_is_over_the_classes_in_which_a_metric_was_measured() -> None:
    both = _scored("bottle", [True, False], [True, False])
    one_label = _scored("wood", [True, True], [True, True])
    row = mean_row(both.place, [both, one_label])
    assert row["balanced_accuracy"] == pytest.approx(0.5)
    assert row["accuracy"] == pytest.approx(0.75)
    assert row["auroc"] is row["auroc_low"] is row["auroc_high"] is None


def test_interval_of_a_mean_is_that_of_the_normal_approximation() -> None:
    rates = {"bottle": 0.6, "cable": 0.75, "wood": 0.9}
    n = 400
    scores = [
        _scored(name, [True, False] * (n // 2), [place < rate * n for place in range(n)])
        for name, rate in rates.items()
    ]
    row = mean_row(scores[0].place, scores)
    error = math.sqrt(sum(rate * (1 - rate) / n for rate in rates.values())) / len(rates)
    low, high = _interval(row, "accuracy")
    assert low < _number(row["accuracy"]) < high
    assert low == pytest.approx(0.75 - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(0.75 + 1.96 * error, abs=0.2 * error)


def test_models_with_the_same_verdicts_have_the_same_replicates() -> None:
    truth = [True, False] * 10
    right: dict[Threshold, Bools] = {"answer": np.arange(20) < 13}
    judged = [
        _judged(truth, right, model=model, perturbation=view)
        for model in ("a", "b")
        for view in ("original", "padded")
    ]
    found = class_scores([_class("bottle", truth, judged)], SAME)
    assert len(found) == 4
    for score in found[1:]:
        assert np.array_equal(score.replicated["accuracy"], found[0].replicated["accuracy"])
    assert np.std(found[0].replicated["accuracy"]) > 0


def test_another_class_does_not_change_the_replicates_of_this_one_and_another_seed_does() -> None:
    truth = [True, False] * 10
    bottle = _class("bottle", truth, [_judged(truth, {"answer": np.arange(20) < 13})])
    wood = _class("wood", truth, [_judged(truth, {"answer": np.arange(20) < 9})])
    [alone] = class_scores([bottle], SAME)
    among = next(score for score in class_scores([wood, bottle], SAME) if score.class_name == "bottle")
    [other] = class_scores([bottle], SAME + 1)
    assert np.array_equal(alone.replicated["accuracy"], among.replicated["accuracy"])
    assert not np.array_equal(alone.replicated["accuracy"], other.replicated["accuracy"])
    assert alone.row["accuracy"] == other.row["accuracy"]


def test_photograph_that_one_view_lacks_keeps_the_others_draws_in_place() -> None:
    truth = [True, False] * 10
    full = _judged(truth, {"answer": np.arange(20) >= 10})
    half = replace(
        _judged(truth[10:], {"answer": np.arange(10) >= 5}, perturbation="padded", failed=10),
        photographs=np.arange(10, 20, dtype=np.intp),
    )
    original, padded = class_scores([_class("bottle", truth, [full, half])], SAME)
    drawn = bootstrap_weights(SAME, "mvtec", "bottle", 20)
    assert original.replicated["accuracy"][1:] == pytest.approx(drawn[:, 10:].sum(axis=1) / 20)
    assert padded.replicated["accuracy"][1:] == pytest.approx(
        drawn[:, 15:].sum(axis=1) / drawn[:, 10:].sum(axis=1)
    )


def test_mean_in_which_one_class_alone_was_measured_has_its_intervals() -> None:
    measured = _scored("bottle", [True, False] * 2, [True] * 4)
    failed = _failed("wood")
    row = mean_row(measured.place, [measured, failed])
    assert row["classes"] == 1
    for name in ("accuracy", "miss_rate", "overkill_rate"):
        assert _interval(row, name) == _interval(measured.row, name)
        assert _interval(row, name) != (row[name], row[name])


def test_rows_know_the_floor_of_the_photographs_that_they_judged() -> None:
    scores = [_scored("bottle", [True, True, True, False], [True] * 4), _scored("wood", [False], [True])]
    failed = _failed("zipper")
    assert [score.row["always_anomalous"] for score in (*scores, failed)] == [0.75, 0, None]
    assert mean_row(failed.place, [*scores, failed])["always_anomalous"] == 0.375
    assert mean_row(failed.place, [failed])["always_anomalous"] is None
