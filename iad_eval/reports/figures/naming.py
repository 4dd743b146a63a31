"""Names of figures: those of the files that they are written to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from iad_eval.reports.chart import Figure
from iad_eval.store import file_name

LONGEST = 120
"""Characters: with an ending and a number it stays a file's name everywhere."""


def figure_name(*parts: str | None) -> str:
    """``mvtec-accuracy-by-view``: the parts that there are, safe as a file's name.

    One that is too long loses what stands before its last part, which says what the figure shows.
    """
    *others, last = [file_name(part) for part in parts if part]
    end = f"-{last}"[-LONGEST // 2 :] if others else last
    return "-".join(others)[: LONGEST - len(end)] + end[:LONGEST]


def uniquely_named(figures: Iterable[Figure]) -> list[Figure]:
    """The same figures; whose name is taken, in capitals or not, gets a number: ``-2``, ``-3``."""
    found: list[Figure] = []
    taken: set[str] = set()
    for figure in figures:
        name, number = figure.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{figure.name}-{number}"
        taken.add(name.casefold())
        found.append(replace(figure, name=name))
    return found
