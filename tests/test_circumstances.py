"""What of two sessions' circumstances is compared, and what is kept of both."""

from __future__ import annotations

from iad_eval.circumstances import comparable, joined
from iad_eval.words import Json

BEFORE: dict[str, Json] = {"seed": 0, "limit": None, "models": {"glass": {"side": 288}, "random": {}}}


def test_what_only_one_session_has_is_not_compared() -> None:
    after: dict[str, Json] = {"seed": 0, "models": {"glass": {"side": 256}, "oracle": {}}}
    assert comparable(BEFORE, after) == {"seed": 0, "models": {"glass": {"side": 288}}}
    assert comparable(after, BEFORE) == {"seed": 0, "models": {"glass": {"side": 256}}}


def test_a_new_run_has_nothing_to_compare() -> None:
    assert comparable({}, BEFORE) == comparable(BEFORE, {}) == {}


def test_both_sessions_are_kept_the_later_one_where_both_speak() -> None:
    after: dict[str, Json] = {"limit": 3, "models": {"glass": {"side": 256}, "oracle": {}}}
    assert joined(BEFORE, after) == {
        "seed": 0,
        "limit": 3,
        "models": {"glass": {"side": 256}, "random": {}, "oracle": {}},
    }
    assert joined(None, after) == after
