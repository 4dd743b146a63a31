"""A document as a page reads it: warnings and conclusion first, then sections with anchors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from iad_eval.reports.chart import Chart, Sheet
from iad_eval.reports.document import Block, Diff, Document, Heading, Paragraph, Steps
from iad_eval.reports.paper import BESIDE
from iad_eval.reports.table import Cell, Table

FOLDED_FROM = 25
"""Tables with so many rows are folded, and all those that go class by class."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_SENTENCE_END = re.compile(r"(?<=\.) ")
_WHOLE_RUN = "The whole run"
_RESULTS = "Results"
_PAPER = "Beside the paper"


@dataclass(frozen=True, slots=True)
class Item:
    """A block with its id in the page; ``is_folded`` for detail that a reader opens when wanted."""

    anchor: str
    block: Block
    is_folded: bool

    @property
    def title(self) -> str:
        """What a list of contents says; empty for what is not listed."""
        return self.block.title if isinstance(self.block, Table | Chart | Sheet | Diff) else ""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; ``anchor`` is its id in the page."""

    anchor: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A document in the order in which a page shows it. ``warnings`` come from anywhere in it.

    ``leads`` are the first sentences of the conclusion, one a dataset; ``conclusion`` is the rest.
    """

    title: str
    warnings: tuple[str, ...]
    leads: tuple[str, ...]
    conclusion: tuple[str, ...]
    sections: tuple[Section, ...]
    steps: tuple[Steps, ...]


def reading(document: Document, datasets: Sequence[str]) -> Reading:
    """Paragraphs up to the first table or heading are the conclusion, its warnings and steps stand elsewhere.

    A heading of level 2 opens a section. Where a document has none, tables and figures
    whose title begins with the name of one of the ``datasets`` make its section.
    """
    title = next((b.text for b in document.blocks if isinstance(b, Heading) and b.level == 1), "")
    warnings = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.warning]
    steps = tuple(block for block in document.blocks if isinstance(block, Steps))
    conclusion: list[str] = []
    sections: list[tuple[str, list[Item]]] = []
    has_headings = any(isinstance(block, Heading) and block.level == 2 for block in document.blocks)
    for place, block in enumerate(document.blocks):
        if isinstance(block, Heading):
            sections += [(block.text, [])] if block.level == 2 else []
            continue
        if isinstance(block, Steps) or (isinstance(block, Paragraph) and block.warning):
            continue
        if isinstance(block, Paragraph) and not sections:
            conclusion.append(block.text)
            continue
        if not has_headings or not sections:
            _open_section(sections, block, datasets)
        is_folded = isinstance(block, Table) and (place in document.details or _is_detail(block))
        anchor = f"block-{place}" if isinstance(block, Paragraph) else f"{_slug(block.title)}-{place}"
        sections[-1][1].append(Item(anchor, block, is_folded))
    leads, others = _leads(conclusion, datasets)
    anchored = [
        Section(f"section-{number}-{_slug(text)}", text, tuple(items))
        for number, (text, items) in enumerate(sections, start=1)
        if items
    ]
    return Reading(title, tuple(warnings), leads, others, tuple(anchored), steps)


def kind(block: Block) -> str:
    """``table``, ``chart``, ``sheet``, ``diff``, ``paragraph``: which part of the template draws it."""
    return type(block).__name__.lower()


def sort_value(cell: Cell) -> str:
    """The first number of a cell, for sorting; empty where it has none."""
    found = _NUMBER.search(cell.text.replace(",", "").replace("−", "-"))
    return found.group() if found else ""


def _open_section(sections: list[tuple[str, list[Item]]], block: Block, datasets: Sequence[str]) -> None:
    """Opens the section of a block, if it is not the last one; paragraphs stay where they are."""
    if isinstance(block, Paragraph) and sections:
        return
    text = "" if isinstance(block, Paragraph | Heading) else block.title
    named = [name for name in datasets if text.startswith((f"{name}:", f"{name},"))]
    if BESIDE in text:
        wanted = _PAPER
    elif len(datasets) < 2:
        wanted = _RESULTS
    else:
        wanted = max(named, key=len) if named else _WHOLE_RUN
    if not sections or sections[-1][0] != wanted:
        sections.append((wanted, []))


def _leads(conclusion: Sequence[str], datasets: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    leads, others = [], []
    for place, text in enumerate(conclusion):
        if any(text.startswith(f"{name}: ") for name in datasets) or (place == 0 and not datasets):
            lead, *rest = _SENTENCE_END.split(text, maxsplit=1)
            leads.append(lead)
            others += rest
        else:
            others.append(text)
    return tuple(leads), tuple(others)


def _is_detail(table: Table) -> bool:
    names = [column.name for column in table.columns]
    return len(table.rows) >= FOLDED_FROM or names[:1] == ["class"]


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))[:40] or "block"
