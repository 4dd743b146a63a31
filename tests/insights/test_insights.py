"""The door: every insight of every kind of run is plain data, the same whatever the order."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import ASKERS, VIEWS, answered, runs, said

from iad_eval.insights import insights
from iad_eval.judging import Asker, judge
from iad_eval.predictors import model_entry
from iad_eval.words import TRIVIAL, Json, Observation, Threshold, TrainingScores

KEYS = [
    *("invariance", "flips", "agreement", "votes", "defects", "sizes", "curves", "calibration"),
    *("detectable", "cost", "distributions", "examples", "sheets"),
]
Heads = dict[tuple[str, Asker], Threshold | None]


def _insights(
    observations: Sequence[Observation], training: Sequence[TrainingScores] = (), heads: Heads | None = None
) -> dict[str, Json]:
    heads = answered(observations) if heads is None else heads
    return insights(judge(observations, training), observations, training, heads, 0)


def _assert_plain(value: object) -> None:
    """Python's own types through and through, and finite."""
    assert type(value) in (bool, int, float, str, type(None), list, dict), repr(value)
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, Mapping):
        for name, entry in value.items():
            assert type(name) is str
            _assert_plain(entry)
    elif isinstance(value, list):
        for entry in value:
            _assert_plain(entry)


def _without(value: Json, names: set[str]) -> Json:
    if isinstance(value, Mapping):
        return {name: _without(entry, names) for name, entry in value.items() if name not in names}
    if isinstance(value, list):
        return [_without(entry, names) for entry in value]
    return value


def _checked(found: dict[str, Json]) -> dict[str, Json]:
    assert list(found) == KEYS
    _assert_plain(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


def _scored(
    model: str = "glass", views: Sequence[str] = VIEWS, masks: Sequence[float | None] = (0.01, 0.1, 0.0, 0.0)
) -> list[Observation]:
    """Two bent and two good photographs in each view, with scores."""
    generator = random.Random(model)
    return [
        replace(each, answer=None, score=10 * generator.random(), mask_fraction=mask)
        for view in views
        for each, mask in zip(said("YYNN", "AAGG", view=view, model=model), masks, strict=True)
    ]


def _lvlm(views: Sequence[str] = VIEWS) -> list[Observation]:
    generator = random.Random(3)
    return [
        replace(each, score=generator.random(), mask_fraction=0.02 if each.is_anomalous else 0.0)
        for view in views
        for each in said("YN?NYY", "AAAGGG", view=view, protocol="oneshot")
    ]


TRAINED = TrainingScores("parts", "bolt", "glass", None, tuple(map(float, range(11))), "5-fold", "k")
GLASS: tuple[str, Asker] = ("parts", ("glass", None))


@pytest.mark.parametrize(
    ("observations", "training", "heads"),
    [
        pytest.param([], [], {}, id="nothing"),
        pytest.param(_lvlm(), [], None, id="an LVLM alone"),
        pytest.param(_lvlm(["original"]), [], None, id="one view"),
        pytest.param(_lvlm(["rotated"]), [], None, id="no original"),
        pytest.param(_scored(), [TRAINED], {GLASS: "p90"}, id="a trained detector"),
        pytest.param(_scored(), [], {GLASS: None}, id="scores without training scores"),
        pytest.param(_scored(masks=(None,) * 4), [TRAINED], {GLASS: "max"}, id="no masks"),
        pytest.param([*_scored(), *_lvlm()], [TRAINED], {GLASS: "max"}, id="a headline that is not known"),
        pytest.param(
            [replace(each, error="timeout", answer=None, score=None) for each in _lvlm()],
            [],
            None,
            id="all failed",
        ),
        pytest.param(_lvlm()[:7], [], None, id="a run cut short"),
        pytest.param(said("Y", "A"), [], None, id="one photograph"),
        pytest.param(
            [view for name in sorted(TRIVIAL) for view in said("YN", "AG", model=name)],
            [],
            None,
            id="trivial models",
        ),
    ],
)
def test_insights_of_every_kind_of_run_are_plain_data(
    observations: list[Observation], training: list[TrainingScores], heads: Heads | None
) -> None:
    found = _checked(_insights(observations, training, heads))
    random.Random(1).shuffle(observations)
    assert _insights(observations, training, heads) == found


def test_a_full_run_has_every_insight() -> None:
    observations = [*_scored(), *_lvlm(), *said("YNY", "AAG", model="inp", view="original")]
    heads = answered(observations) | {GLASS: "p80"}
    found = _insights(observations, [TRAINED], heads)
    assert [name for name in KEYS if not found[name]] == []


def test_insights_depend_on_the_seed_in_their_intervals_alone() -> None:
    observations = [
        *(view for name in VIEWS for view in said("YN?NYYYNN" * 20, "AAAGGGAGA" * 20, view=name)),
        *said("YNYNNY" * 30, "AAAGGGAGA" * 20, model="glass"),
    ]
    classes, heads = judge(observations, []), answered(observations)
    one, other = (insights(classes, observations, [], heads, seed) for seed in (0, 1))
    without_intervals = [_without(found, {"low", "high", "half_low", "half_high"}) for found in (one, other)]
    assert without_intervals[0] == without_intervals[1]
    assert one["agreement"] != other["agreement"]
    assert one == insights(classes, observations, [], heads, 0)


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_order_of_the_records_changes_nothing(run: list[Observation], generator: random.Random) -> None:
    scored = [
        replace(
            each, score=generator.random(), mask_fraction=generator.choice((None, 0.0, generator.random()))
        )
        if each.error is None
        else each
        for each in run
    ]
    training = [
        TrainingScores(dataset, name, model, protocol, (0.1, 0.5, 0.9), "in-sample", "k")
        for dataset, name in (("parts", "bolt"), ("more", "cup"))
        for model, protocol in ASKERS
    ]
    found = _checked(_insights(scored, training))
    generator.shuffle(scored)
    generator.shuffle(training)
    assert _insights(scored, training) == found


def test_trivial_models_are_models_that_can_be_asked_for() -> None:
    assert {model_entry(name).name for name in TRIVIAL} == TRIVIAL
