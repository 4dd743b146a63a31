"""How LVLMs were served, from observations made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of

from iad_eval.serving import servings
from iad_eval.words import Observation

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def said(stem: int, begins_s: float, takes_s: float, **details: Any) -> Observation:
    """An answer that was asked for ``begins_s`` after BEGAN and came ``takes_s`` later."""
    known = {"engine": "vllm 1", "prompt_tokens": 100, "cached_tokens": 40, "answer_tokens": 10, **details}
    at = (BEGAN + timedelta(seconds=begins_s + takes_s)).isoformat()
    made = view_of("synthetic/gear", stem, False, answer="No.")
    return replace(made, at=at, latency_s=takes_s, details={k: v for k, v in known.items() if v is not None})


def only(observations: list[Observation]) -> dict[str, Any]:
    [entry] = servings(observations)
    assert isinstance(entry, dict)
    return entry


def test_speed_is_over_the_time_in_which_requests_were_under_way() -> None:
    entry = only([said(0, 0, 4), said(1, 1, 2), said(2, 10, 2)])
    assert entry["busy_s"] == pytest.approx(6)
    assert entry["images_per_s"] == pytest.approx(3 / 6)
    assert entry["answer_tokens_per_s"] == pytest.approx(30 / 6)
    assert entry["latency_s"] == pytest.approx(2)


def test_hit_rate_is_over_tokens_not_requests() -> None:
    entry = only([said(0, 0, 1, prompt_tokens=300, cached_tokens=0), said(1, 1, 1, cached_tokens=100)])
    assert entry["prefix_hit_rate"] == pytest.approx(100 / 400)
    assert entry["lacking_hits"] == 1


def test_what_a_server_does_not_say_is_not_measured() -> None:
    entry = only([said(0, 0, 1, cached_tokens=None, answer_tokens=None)])
    assert entry["prefix_hit_rate"] is None
    assert entry["answer_tokens_per_s"] is None
    assert entry["queue_s"] is None
    assert entry["visual_tokens_per_image"] is None


def test_recorded_answers_have_no_speed_but_a_date() -> None:
    entry = only([said(0, 0, 1, recorded=True), said(1, 0, 1, recorded=True)])
    assert (entry["recorded"], entry["recorded_at"]) == (2, "2026-01-02")
    assert entry["images_per_s"] is None
    assert entry["latency_s"] is None


def test_models_without_an_engine_and_failures_are_left_out() -> None:
    detector = view_of("synthetic/gear", 0, False, score=0.5)
    assert servings([detector, replace(said(1, 0, 1), error="no answer", answer=None)]) == []


spans = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 20)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(spans)
def test_the_busy_time_is_what_counting_seconds_gives(found: list[tuple[int, int]]) -> None:
    entry = only([said(stem, begins, takes) for stem, (begins, takes) in enumerate(found)])
    slow = {second for begins, takes in found for second in range(begins, begins + takes)}
    assert entry["busy_s"] == pytest.approx(len(slow), abs=1e-3)
