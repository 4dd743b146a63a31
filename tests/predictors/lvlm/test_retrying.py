"""How long is waited after a fault, and when patience ends."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.predictors.lvlm.retrying import GaveUp, Retrying, Transient, asked_wait_s, persist

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def _persisting(faults: list[Exception], retrying: Retrying, seed: int = 0) -> tuple[str, list[float]]:
    """The result of an attempt that meets these faults first, and the waits in between."""
    waits: list[float] = []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)

    async def attempt() -> str:
        if faults:
            raise faults.pop(0)
        return "answered"

    patient = Retrying(retrying.tries, retrying.first_wait_s, retrying.longest_wait_s, sleep=sleep)
    return asyncio.run(persist(attempt, patient, random.Random(seed))), waits


def test_a_good_attempt_waits_for_nothing() -> None:
    assert _persisting([], Retrying()) == ("answered", [])


def test_a_fault_that_passes_costs_a_wait_each_time() -> None:
    found, waits = _persisting([Transient("a"), Transient("b")], Retrying(first_wait_s=1.0))
    assert found == "answered"
    assert len(waits) == 2
    assert 0 <= waits[0] <= 1.0
    assert 0 <= waits[1] <= 2.0


def test_patience_ends_after_the_tries_and_keeps_every_fault() -> None:
    with pytest.raises(GaveUp, match=r"third \(tried 3 times\)") as gave_up:
        _persisting([Transient(word) for word in ("first", "second", "third", "never seen")], Retrying(3))
    assert [fault.seen for fault in gave_up.value.faults] == ["first", "second", "third"]


def test_any_other_error_passes_at_once() -> None:
    with pytest.raises(KeyError):
        _persisting([Transient("a"), KeyError("no such field")], Retrying())


def test_one_seed_gives_the_same_waits_again_and_another_seed_others() -> None:
    def waits(seed: int) -> list[float]:
        return _persisting([Transient("a")] * 4, Retrying(), seed)[1]

    assert waits(1) == waits(1)
    assert waits(1) != waits(2)


@given(number=st.integers(0, 10_000), asked_s=st.none() | st.floats(0, 1e300), seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_no_wait_is_longer_than_both_limits_together(number: int, asked_s: float | None, seed: int) -> None:
    wait_s = Retrying().wait_s(number, asked_s, random.Random(seed))
    assert 0 <= wait_s <= Retrying().longest_wait_s + Retrying().longest_asked_s
    assert wait_s >= min(asked_s or 0.0, 60.0)


def test_the_jitter_fills_the_whole_interval() -> None:
    draws = random.Random(3)
    waits = [Retrying(first_wait_s=1.0).wait_s(2, None, draws) for _ in range(4000)]
    assert max(waits) <= 4.0
    assert sum(waits) / len(waits) == pytest.approx(2.0, abs=0.1)
    assert sum(wait < 1.0 for wait in waits) / len(waits) == pytest.approx(0.25, abs=0.03)


def test_nobody_is_there_when_the_last_three_connections_were_refused() -> None:
    gone, busy = Transient("refused", is_unreachable=True), Transient("busy")
    assert GaveUp((gone,)).is_unreachable
    assert GaveUp((busy, busy, gone, gone, gone)).is_unreachable
    assert not GaveUp((gone, gone, busy)).is_unreachable
    assert not GaveUp((gone, busy, gone, gone)).is_unreachable


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        (format_datetime(NOON + timedelta(seconds=90), usegmt=True), 90.0),
        (
            (NOON + timedelta(hours=1))
            .astimezone(timezone(timedelta(hours=2)))
            .strftime("%a, %d %b %Y %H:%M:%S %z"),
            3600.0,
        ),
        (format_datetime(NOON - timedelta(days=400), usegmt=True), 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("nan", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert asked_wait_s(header, NOON.timestamp()) == seconds


@given(st.text(max_size=60) | st.from_regex(r"\A\w{3}, \d{1,9} \w{3} \d{1,9} \d\d:\d\d:\d\d ?[+-]?\d*\Z"))
@settings(max_examples=150, deadline=None)
def test_no_header_raises_anything(header: str) -> None:
    found = asked_wait_s(header, NOON.timestamp())
    assert found is None or found >= 0
