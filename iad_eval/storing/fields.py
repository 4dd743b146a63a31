"""JSON of unknown origin as typed values: whatever is not as expected is a damage that says so."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping, Sequence
from typing import NoReturn, TypeVar

from iad_eval.words import Json

Known = TypeVar("Known")


class Damaged(Exception):
    """What was expected, and what was found instead."""


def field(of: Mapping[str, Json], name: str) -> Json:
    """A value that has to be there."""
    if name not in of:
        raise Damaged(f"there is no {name!r}")
    return of[name]


def text(value: Json) -> str:
    """A string."""
    return value if isinstance(value, str) else _not("a text", value)


def text_or_none(value: Json) -> str | None:
    """A string or null."""
    return None if value is None else text(value)


def truth(value: Json) -> bool:
    """True or false."""
    return value if isinstance(value, bool) else _not("true or false", value)


def count(value: Json) -> int:
    """A whole number from 0 on."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return _not("a count", value)


def number(value: Json) -> float:
    """A finite number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max:
        return float(value)
    return _not("a number", value)


def listed(value: Json, length: int | None = None) -> Sequence[Json]:
    """A list, of that many entries where a length is given."""
    if isinstance(value, list) and length in (None, len(value)):
        return value
    return _not("a list" if length is None else f"a list of {length}", value)


def mapping(value: Json) -> Mapping[str, Json]:
    """An object."""
    return value if isinstance(value, dict) else _not("an object", value)


def one_of(value: Json, known: Mapping[str, Known], what: str) -> Known:
    """What is known under a name."""
    return known[value] if isinstance(value, str) and value in known else _not(f"a known {what}", value)


def require_distinct(found: Sequence[Hashable], what: str) -> None:
    """Raises Damaged where an entry stands twice."""
    if len(found) != len({*found}):
        raise Damaged(f"a {what} is there twice")


def _not(expected: str, value: Json) -> NoReturn:
    shown = ascii(value)
    raise Damaged(f"{shown if len(shown) <= 60 else shown[:59] + '…'} is not {expected}")
