"""Documents as GitHub Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from iad_eval.reports.document import Block, Document, Heading, Paragraph, Steps
from iad_eval.reports.table import MARKS, Cell
from iad_eval.reports.visible import visible

_STEERING = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def render(document: Document) -> str:
    """The document's text; whatever names and answers hold shows as text."""
    return "\n\n".join(_block(block) for block in document.blocks) + "\n"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_plain(block.text)}"
    if isinstance(block, Paragraph):
        return f"**{_plain(block.text)}**" if block.warning else _plain(block.text)
    if isinstance(block, Steps):
        steps = [f"- {_plain(purpose)}: {_code(command)}" for purpose, command in block.steps]
        return "\n".join([f"## {_plain(block.title)}", "", *steps])
    lines = [f"## {_plain(block.title)}", "", _row(_plain(column.name) for column in block.columns)]
    lines.append(_row("---:" if column.align == "right" else ":---" for column in block.columns))
    lines += [_row(map(_cell, row)) for row in block.rows]
    if block.footer:
        lines.append(_row(f"*{_cell(cell)}*" if cell.text else "" for cell in block.footer))
    notes = [f"{_plain(MARKS[emphasis])} {_plain(words)}" for emphasis, words in block.used_legend]
    notes += [_plain(note) for note in block.notes]
    return "\n".join(lines) + ("\n\n" + "  \n".join(notes) if notes else "")


def _cell(cell: Cell) -> str:
    text = _plain(cell.text + MARKS[cell.emphasis])
    text = f"**{text}**" if cell.emphasis == "best" else text
    return f"{text} <sub>{_plain(cell.interval)}</sub>" if cell.interval else text


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """As code, between more backticks than it holds in a row."""
    shown = visible(text)
    fence = "`" * (1 + max((len(row) for row in re.findall("`+", shown)), default=0))
    return f"{fence} {shown} {fence}" if "`" in shown else f"`{shown}`"


def _plain(text: str) -> str:
    return _STEERING.sub(r"\\\1", visible(text))
