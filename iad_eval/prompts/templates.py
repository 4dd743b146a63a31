"""Texts with placeholders: ``{name}`` is filled in, ``{{`` and ``}}`` are braces."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}]*)\}|[{}]")


def placeholders(text: str) -> tuple[str, ...]:
    """The names between braces, in their order. Raises ValueError for a brace without its partner."""
    names = []
    for match in _BRACES.finditer(text):
        if match["name"] is not None:
            names.append(match["name"])
        elif len(match[0]) == 1:
            raise ValueError(f"a single {match[0]!r}")
    return tuple(names)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, each run of blanks made one, none at the ends.

    What a value contains is not looked through for placeholders again. Raises KeyError for a
    placeholder without a value.
    """

    def put(match: re.Match[str]) -> str:
        return match[0][0] if match["name"] is None else values[match["name"]]

    return " ".join(_BRACES.sub(put, text).split())


def partly_filled(text: str, values: Mapping[str, str]) -> str:
    """A template again: the placeholders without a value stay, as do doubled braces."""

    def put(match: re.Match[str]) -> str:
        value = values.get(match["name"] or "")
        return match[0] if value is None else value.replace("{", "{{").replace("}", "}}")

    return " ".join(_BRACES.sub(put, text).split())


def literals(text: str) -> tuple[str, ...]:
    """What stands between the placeholders, filled; blank parts are left out."""
    parts, start = [""], 0
    for match in _BRACES.finditer(text):
        parts[-1] += text[start : match.start()]
        start = match.end()
        if match["name"] is None:
            parts[-1] += match[0][0]
        else:
            parts.append("")
    parts[-1] += text[start:]
    return tuple(part for part in (" ".join(each.split()) for each in parts) if part)
