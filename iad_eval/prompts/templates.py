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
