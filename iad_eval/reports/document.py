"""A report as a value: headings, paragraphs, tables and figures in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from iad_eval.reports.chart import Chart, Sheet
from iad_eval.reports.table import Table


@dataclass(frozen=True, slots=True)
class Heading:
    """A line above what follows; level 1 is the report's title, 2 a section."""

    text: str
    level: Literal[1, 2] = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain sentences; a ``warning`` is something that a reader must not miss."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """What to type or open next: (purpose, command or path) pairs, never broken over lines."""

    title: str
    steps: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """A text as it was and is: lines that went (``-``), came (``+``) or stayed (`` ``)."""

    title: str
    lines: tuple[tuple[Literal["-", "+", " "], str], ...]


Block: TypeAlias = Heading | Paragraph | Table | Steps | Diff | Chart | Sheet
"""Where there are only texts, charts and sheets are passed over."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a report says, for every renderer alike.

    ``details`` are the places in ``blocks`` of what a shortened report leaves out first.
    """

    blocks: tuple[Block, ...]
    details: frozenset[int] = frozenset()
