"""Asking again: how long to wait after a fault that may pass, and when to give up."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TypeVar

T = TypeVar("T")

_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{0,12})?")


class Transient(Exception):
    """A fault that may pass: ``seen`` says what happened.

    ``asked_s`` is the wait in seconds that the server asks for; ``is_unreachable`` says that
    nobody took the connection, so that nothing was asked at all.
    """

    def __init__(self, seen: str, *, asked_s: float | None = None, is_unreachable: bool = False) -> None:
        super().__init__(seen)
        self.seen = seen
        self.asked_s = asked_s
        self.is_unreachable = is_unreachable


class GaveUp(Exception):
    """Every try met a fault; ``faults`` are all of them, in order."""

    def __init__(self, faults: tuple[Transient, ...]) -> None:
        super().__init__(f"{faults[-1].seen} (tried {len(faults)} times)")
        self.faults = faults

    @property
    def is_unreachable(self) -> bool:
        """Nobody took the last three connections (or all of them, where there were fewer).

        Not all of them: a request that was under way when the server died saw its connection
        break first.
        """
        return all(fault.is_unreachable for fault in self.faults[-3:])


@dataclass(frozen=True, slots=True)
class Retrying:
    """Exponential backoff with full jitter: how often, how long, and on whose clock.

    ``tries`` counts the first one too. The wait before retry n (from 0) is drawn evenly between
    0 and ``first_wait_s`` x 2^n, at most ``longest_wait_s``. What the server asks for comes on
    top, at most ``longest_asked_s``, so that many who were sent away together do not come back
    together. ``now_s`` gives Unix time.
    """

    tries: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    longest_asked_s: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now_s: Callable[[], float] = time.time

    def wait_s(self, number: int, asked_s: float | None, draws: random.Random) -> float:
        """Seconds to wait before retry ``number`` (from 0)."""
        backoff_s = min(self.longest_wait_s, self.first_wait_s * 2.0 ** min(number, 60))
        return min(asked_s or 0.0, self.longest_asked_s) + draws.uniform(0.0, backoff_s)


async def persist(attempt: Callable[[], Awaitable[T]], retrying: Retrying, draws: random.Random) -> T:
    """The first result of ``attempt`` that is no Transient; any other error passes at once.

    Raises GaveUp when the last try met a fault too.
    """
    faults: list[Transient] = []
    while True:
        try:
            return await attempt()
        except Transient as fault:
            faults.append(fault)
        if len(faults) >= retrying.tries:
            raise GaveUp(tuple(faults)) from faults[-1]
        await retrying.sleep(retrying.wait_s(len(faults) - 1, faults[-1].asked_s, draws))


def asked_wait_s(header: str | None, now_s: float) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or an HTTP date (0 where it is past).

    None where there is no header, or none that can be read.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return max(0.0, date.timestamp() - now_s)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
