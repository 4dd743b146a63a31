"""Reading JSON that somebody else wrote: what is not as expected is None, never an exception of Python's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from iad_eval.words import Json


class MalformedReply(ValueError):
    """A reply that is no chat completion (or no list of models): a fault of the server's."""


def parsed_object(body: bytes, what: str) -> Mapping[str, Json]:
    """The JSON object in ``body``. Raises MalformedReply, which says that it is not ``what``."""
    try:
        found: Json = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedReply(f"no {what} but something that is no JSON") from error
    if not isinstance(found, dict):
        raise MalformedReply(f"no {what} but other JSON")
    return found


def lenient(value: Json) -> Mapping[str, Json]:
    """The object itself; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def text(value: Json) -> str | None:
    """A string that every file can hold: half a surrogate pair becomes a replacement character."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def count(value: Json) -> int | None:
    """A whole number from 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def number(value: Json) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
