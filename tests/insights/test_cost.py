"""Cost: seconds and tokens an image, reckoned by hand."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging_parts import runs, said

from iad_eval.insights.cost import cost
from iad_eval.words import Json, Observation


def _timed(*seconds: float | None, **fields: str) -> list[Observation]:
    views = said("Y" * len(seconds), "A" * len(seconds), **fields)
    return [replace(each, latency_s=each_s) for each, each_s in zip(views, seconds, strict=True)]


def test_seconds_and_tokens_are_means_over_the_views_that_tell() -> None:
    views = _timed(1.0, 2.0, 9.0, None)
    details: list[dict[str, Json]] = [
        {"prompt_tokens": 100, "answer_tokens": 4, "visual_tokens": [64, 36]},
        {"prompt_tokens": 140, "answer_tokens": 9, "visual_tokens": [40]},
        {"recorded": True},
        {"recorded": True, "prompt_tokens": None, "visual_tokens": []},
    ]
    [found] = cost([replace(view, details=told) for view, told in zip(views, details, strict=True)])
    assert found == {
        "model": "qwen",
        "protocol": None,
        "n": 4,
        "recorded": 2,
        "seconds_median": 2.0,
        "seconds_mean": 4.0,
        "prompt_tokens": 120.0,
        "answer_tokens": 6.5,
        "visual_tokens": 38.0,
    }


def test_what_nobody_tells_is_not_measured() -> None:
    [found] = cost(_timed(None))
    told = {"model", "protocol", "n", "recorded"}
    assert all(found[name] is None for name in set(found) - told)
    assert (found["n"], found["recorded"]) == (1, 0)


def test_failed_views_cost_nothing_here() -> None:
    broken = [replace(each, error="timeout", answer=None) for each in _timed(60.0)]
    assert cost(broken) == []
    [found] = cost([*broken, *_timed(1.0, place="parts/nut")])
    assert (found["n"], found["seconds_mean"]) == (1, 1.0)


def test_all_datasets_and_views_count_together_and_protocols_apart() -> None:
    views = [
        *_timed(1.0, place="more/cup"),
        *_timed(3.0, view="rotated"),
        *_timed(7.0, protocol="oneshot"),
        *_timed(0.0, model="oracle"),
    ]
    found = [(each["model"], each["protocol"], each["n"], each["seconds_mean"]) for each in cost(views)]
    assert found == [("oracle", None, 1, 0.0), ("qwen", None, 2, 2.0), ("qwen", "oneshot", 1, 7.0)]


@pytest.mark.parametrize("strange", ["many", True, math.nan, math.inf, {}, [], ["few"], [None]])
def test_what_is_no_number_is_passed_over(strange: Json) -> None:
    told = {"prompt_tokens": strange, "answer_tokens": strange, "visual_tokens": strange}
    [found] = cost([replace(each, details=told) for each in _timed(math.nan)])
    assert found["seconds_median"] is None
    assert (found["prompt_tokens"], found["answer_tokens"], found["visual_tokens"]) == (None, None, None)


@given(runs(), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_the_records_changes_no_cost(run: list[Observation], generator: random.Random) -> None:
    timed = [replace(each, latency_s=generator.random()) for each in run]
    found = cost(timed)
    generator.shuffle(timed)
    assert cost(timed) == found
