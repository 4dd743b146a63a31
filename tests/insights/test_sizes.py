"""Figure 7: bins, correlations and the fit, against cases computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from observing import view_of
from scipy import stats

from iad_eval.insights.logistic import logistic_fit
from iad_eval.insights.sizes import sizes
from iad_eval.intervals import bootstrap_weights, wilson
from iad_eval.judging import Asker, judge
from iad_eval.words import Observation, Threshold, TrainingScores

LVLM = ("lvlm", "oneshot")
HEADS: dict[tuple[str, Asker], Threshold | None] = {("d", LVLM): "answer", ("e", LVLM): "answer"}


def _defect(stem: int, fraction: float | None, found: bool, place: str = "d/c") -> Observation:
    said = view_of(place, stem, True, model="lvlm", protocol="oneshot", answer="Yes." if found else "No.")
    return replace(said, mask_fraction=fraction)


def _only(observations: Sequence[Observation]) -> dict[str, Any]:
    [entry] = sizes(judge(observations, []), HEADS, seed=0)
    return entry


def _bins(entry: dict[str, Any]) -> list[Any]:
    return [(each["n"], each["mask_fraction"], each["accuracy"]) for each in entry["bins"]]


def test_bins_are_cut_from_defects_in_order_of_size() -> None:
    fractions = [0.01 * (1 + stem) for stem in range(15)]
    found = {2, 5, 6, 8, 9, 10, 11, 12, 13}
    shuffled = np.random.default_rng(0).permutation(15).tolist()
    entry = _only([_defect(stem, fractions[stem], stem in found) for stem in shuffled])
    assert (entry["model"], entry["protocol"], entry["perturbation"]) == ("lvlm", "oneshot", "original")
    assert (entry["n"], entry["bin_size"], entry["datasets"]) == (15, 5, ["d"])
    assert (entry["smallest"], entry["largest"]) == (0.01, 0.15)
    assert _bins(entry) == [
        (5, pytest.approx(0.03), pytest.approx(0.2)),
        (5, pytest.approx(0.08), pytest.approx(0.8)),
        (5, pytest.approx(0.13), pytest.approx(0.8)),
    ]
    first = entry["bins"][0]
    assert (first["low"], first["high"]) == wilson(1, 5)
    means, shares = [0.03, 0.08, 0.13], [0.2, 0.8, 0.8]
    assert entry["pearson"] == pytest.approx(np.sqrt(0.75))  # (-1, 0, 1) with (-2, 1, 1)
    assert entry["pearson_log"] == pytest.approx(stats.pearsonr(np.log10(means), shares).statistic)
    assert entry["spearman"] == pytest.approx(np.sqrt(0.75))  # ranks 1, 2, 3 with 1, 2.5, 2.5


@pytest.mark.parametrize(
    ("n", "bin_size", "counts"),
    [
        (3, 5, [3]),
        (7, 5, [7]),  # two over: less than half a bin
        (8, 5, [5, 3]),
        (28, 5, [5, 5, 5, 5, 5, 3]),
        (249, 49, [49, 49, 49, 49, 53]),
        (250, 50, [50, 50, 50, 50, 50]),
        (274, 50, [50, 50, 50, 50, 74]),
        (275, 50, [50, 50, 50, 50, 50, 25]),
    ],
)
def test_a_remainder_of_less_than_half_a_bin_joins_the_last(n: int, bin_size: int, counts: list[int]) -> None:
    entry = _only([_defect(stem, 0.001 * (1 + stem), stem % 2 == 0) for stem in range(n)])
    assert (entry["bin_size"], [count for count, *_ in _bins(entry)]) == (bin_size, counts)


def test_only_anomalous_original_views_with_a_mask_count() -> None:
    kept = [_defect(stem, 0.01 * (1 + stem), stem > 1) for stem in range(4)]
    others = [
        _defect(10, None, True),
        _defect(11, 0.0, True),
        replace(_defect(12, 0.5, True), perturbation="rotated"),
        replace(view_of("d/c", 13, False, model="lvlm", protocol="oneshot", answer="No."), mask_fraction=0.0),
        replace(_defect(14, 0.5, True), model="always-anomalous", protocol=None),
    ]
    assert _only(kept + others) == _only(kept)
    assert _only(kept)["n"] == 4
    assert sizes(judge(others, []), HEADS, seed=0) == []


def test_scores_are_held_against_the_headline_threshold() -> None:
    training = [TrainingScores("d", "c", "glass", None, (0.0, 10.0), "5-fold", "k")]
    scores = (7.0, 8.5, 9.5, 11.0)
    seen = [
        replace(view_of("d/c", stem, True, score=score), mask_fraction=0.1)
        for stem, score in enumerate(scores)
    ]
    wanted: dict[Threshold, float] = {"max": 0.25, "p90": 0.5, "p80": 0.75}
    for threshold, share in wanted.items():
        entry: Any
        [entry] = sizes(judge(seen, training), {("d", ("glass", None)): threshold}, seed=0)
        assert entry["bins"][0]["accuracy"] == share
    assert sizes(judge(seen, training), {("d", ("glass", None)): None}, seed=0) == []


def test_datasets_are_binned_together_and_told_apart() -> None:
    mixed = [_defect(stem, 0.01 * (1 + stem), True, "d/c" if stem < 4 else "e/c") for stem in range(10)]
    entry = _only(mixed)
    assert entry["datasets"] == ["d", "e"]
    assert [each["datasets"] for each in entry["bins"]] == [{"d": 4, "e": 1}, {"e": 5}]


def test_half_of_the_defects_are_found_where_the_odds_are_even() -> None:
    found = [True] * 2 + [False] * 6 + [True] * 6 + [False] * 2
    seen = [_defect(stem, 0.01 if stem < 8 else 0.1, hit) for stem, hit in enumerate(found)]
    fit = _only(seen)["logistic"]
    assert fit["intercept"] == pytest.approx(3 * np.log(3))
    assert fit["slope"] == pytest.approx(2 * np.log(3))
    assert fit["half"] == pytest.approx(10**-1.5)
    assert _only(seen) == _only(seen)


def test_the_interval_of_half_is_that_of_photographs_drawn_again() -> None:
    generator = np.random.default_rng(2)
    logs = generator.uniform(-4, -0.5, 60)
    found = generator.random(60) < 1 / (1 + np.exp(-2 * (logs + 2.2)))
    seen = [
        _defect(stem, float(10**log), bool(hit))
        for stem, (log, hit) in enumerate(zip(logs, found, strict=True))
    ]
    fit = _only(seen)["logistic"]
    drawn = logistic_fit(logs, found, bootstrap_weights(0, "d", "c", 60))
    rising = drawn[drawn[:, 1] > 0]
    assert len(rising) > 950
    wanted = 10 ** np.percentile(-rising[:, 0] / rising[:, 1], [2.5, 97.5])
    assert (fit["half_low"], fit["half_high"]) == pytest.approx(tuple(wanted))
    assert fit["half_low"] < fit["half"] < fit["half_high"]


def test_an_interval_is_not_told_where_many_draws_cannot_be_fitted() -> None:
    found = [False, False, True, False, True, True]
    fit = _only([_defect(stem, 0.01 * 2**stem, hit) for stem, hit in enumerate(found)])["logistic"]
    assert fit["half"] is not None
    assert (fit["half_low"], fit["half_high"]) == (None, None)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([True] * 12, id="all"),
        pytest.param([False] * 12, id="none"),
        pytest.param([False] * 6 + [True] * 6, id="separated by size"),
    ],
)
def test_without_a_maximum_of_likelihood_there_is_no_fit(found: list[bool]) -> None:
    assert (
        _only([_defect(stem, 0.01 * (1 + stem), hit) for stem, hit in enumerate(found)])["logistic"] is None
    )


def test_defects_of_one_size_have_no_fit_and_no_correlation() -> None:
    entry = _only([_defect(stem, 0.25, stem % 2 == 0) for stem in range(20)])
    assert [entry[name] for name in ("logistic", "pearson", "pearson_log", "spearman")] == [None] * 4


@pytest.mark.parametrize(
    ("small", "large"),
    [
        pytest.param((6, 8), (2, 8), id="smaller defects are found more often"),
        pytest.param((78, 80), (79, 80), id="far below the smallest"),
        pytest.param((1, 80), (2, 80), id="far above the largest"),
    ],
)
def test_a_size_that_nobody_saw_is_not_told(small: tuple[int, int], large: tuple[int, int]) -> None:
    seen = [
        _defect(stem + offset, size, stem < found)
        for size, offset, (found, n) in ((0.01, 0, small), (0.02, 500, large))
        for stem in range(n)
    ]
    fit = _only(seen)["logistic"]
    assert fit["intercept"] is not None
    assert [fit[name] for name in ("half", "half_low", "half_high")] == [None] * 3
