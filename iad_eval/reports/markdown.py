"""Documents as GitHub Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iad_eval.reports.chart import Chart, Sheet
from iad_eval.reports.document import Diff, Document, Heading, Paragraph, Steps
from iad_eval.reports.shortening import Part, shortened
from iad_eval.reports.table import MARKS, Cell, Table
from iad_eval.visible import visible

_STEERING = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def render(document: Document, limit_bytes: int | None = None) -> str:
    """The document's text; whatever names and answers hold shows as text. Charts and sheets are left out.

    With a limit the text is no longer than that in UTF-8, however large the run: the largest
    tables lose their last rows, then detail tables go, then all others; title, conclusion and
    completeness stay.
    """
    parts = [
        _part(block, number in document.details)
        for number, block in enumerate(document.blocks)
        if not isinstance(block, Chart | Sheet)
    ]
    return (
        "\n\n".join(part.text for part in parts) + "\n"
        if limit_bytes is None
        else shortened(parts, limit_bytes)
    )


def _part(block: Heading | Paragraph | Table | Steps | Diff, is_detail: bool) -> Part:
    if isinstance(block, Heading):
        return Part((f"{'#' * block.level} {_plain(block.text)}",), is_text=True)
    if isinstance(block, Paragraph):
        return Part((f"**{_plain(block.text)}**" if block.warning else _plain(block.text),), is_text=True)
    if isinstance(block, Steps):
        steps = [f"- {_plain(purpose)}: {_code(command)}" for purpose, command in block.steps]
        return Part(("\n".join([f"## {_plain(block.title)}", "", *steps]),), is_detail=True)
    if isinstance(block, Diff):
        lines = [f"{sign} {visible(text)}" for sign, text in block.lines]
        fence = _fence("\n".join(lines), least=3)
        return Part(("\n".join([f"**{_plain(block.title)}**", "", f"{fence}diff", *lines, fence]),))
    return _table(block, is_detail)


def _table(block: Table, is_detail: bool) -> Part:
    head = [f"## {_plain(block.title)}", "", _row(_plain(column.name) for column in block.columns)]
    head.append(_row("---:" if column.align == "right" else ":---" for column in block.columns))
    foot = [_row(f"*{_cell(cell)}*" if cell.text else "" for cell in block.footer)] if block.footer else []
    notes = [f"{_plain(MARKS[emphasis])} {_plain(words)}" for emphasis, words in block.used_legend]
    notes += [_plain(note) for note in block.notes]
    rows = tuple(_row(map(_cell, row)) for row in block.rows)
    return Part(tuple(head), rows, tuple(foot), tuple(notes), is_detail=is_detail)


def _cell(cell: Cell) -> str:
    text = _plain(cell.text + MARKS[cell.emphasis])
    text = f"**{text}**" if cell.emphasis == "best" else text
    return f"{text} <sub>{_plain(cell.interval)}</sub>" if cell.interval else text


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """As code, between more backticks than it holds in a row."""
    shown = visible(text)
    fence = _fence(shown)
    return f"{fence} {shown} {fence}" if "`" in shown else f"`{shown}`"


def _fence(text: str, least: int = 1) -> str:
    """More backticks than the text holds in a row."""
    return "`" * max(least, 1 + max((len(row) for row in re.findall("`+", text)), default=0))


def _plain(text: str) -> str:
    return _STEERING.sub(r"\\\1", visible(text))
