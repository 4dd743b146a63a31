"""Documents as text for a terminal, by rich: the only room that knows it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from iad_eval.reports.chart import Chart, Sheet
from iad_eval.reports.document import Diff, Document, Heading, Paragraph, Steps
from iad_eval.reports.table import MARKS, Cell, Emphasis, Table
from iad_eval.visible import visible

WIDE = 120
"""From this width on an interval stands beside its figure; below, on a line of its own."""

LONG = 14
"""Words of names that are longer may be broken where there is no room."""

STYLES: dict[Emphasis, str] = {"best": "bold green", "floor": "yellow", "warning": "bold red", "none": ""}
_DIFF = {"-": "red", "+": "green", " ": "dim"}
_GAP = 3  # between columns: two of padding, one of the box


def text_for(document: Document, *, width: int, colour: bool, ascii_only: bool = False) -> str:
    """The document in ``width`` columns; without ``colour`` no terminal code at all.

    Nothing is ever shortened: long names are folded, tables with too many columns go on in
    a second block below. ``ascii_only`` draws lines and dashes with ASCII.
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for block in document.blocks:
        if isinstance(block, Chart | Sheet):
            continue
        console.print(_renderable(block, width, ascii_only), crop=False)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    text = "\n".join(lines).strip("\n")
    return text.translate(_ASCII) if ascii_only else text


def can_show(encoding: str | None) -> bool:
    """Whether an output of this encoding can show the dashes and lines of a report."""
    try:
        "–†─━".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


_ASCII = str.maketrans({"–": "-", "·": ".", "†": "^", "─": "-", "━": "="})


def _renderable(
    block: Heading | Paragraph | Table | Steps | Diff, width: int, ascii_only: bool
) -> RenderableType:
    if isinstance(block, Heading):
        return Text(f"\n{visible(block.text)}", style="bold")
    if isinstance(block, Paragraph):
        return Text(f"\n{visible(block.text)}", style=STYLES["warning"] if block.warning else "")
    if isinstance(block, Steps):
        return _steps(block, width)
    if isinstance(block, Diff):
        lines = [Text(f"{sign} {visible(text)}", style=_DIFF[sign]) for sign, text in block.lines]
        return Group(
            Text(f"\n{visible(block.title)}", style="bold"), *(Padding(line, (0, 0, 0, 1)) for line in lines)
        )
    parts: list[RenderableType] = [Text(f"\n{visible(block.title)}", style="bold")]
    for columns in _blocks(block, width):
        parts.append(_rich_table(block, columns, width, ascii_only))
    notes = [f"{MARKS[emphasis]} {words}" for emphasis, words in block.used_legend]
    notes += [visible(note) for note in block.notes]
    parts += [Padding(Text(note, style="dim"), (0, 0, 0, 1)) for note in notes]
    return Group(*parts)


def _steps(block: Steps, width: int) -> RenderableType:
    """Purpose and command on one line where all of them fit, else the command below; commands stay whole."""
    indent = max((len(purpose) for purpose, _ in block.steps), default=0) + 3
    fit = all(1 + indent + len(visible(command)) <= width for _, command in block.steps)
    parts: list[RenderableType] = [Text(f"\n{visible(block.title)}", style="bold")]
    for purpose, command in block.steps:
        line = Text(f" {visible(purpose)}:".ljust(1 + indent) if fit else f" {visible(purpose)}:\n    ")
        line.append(visible(command), style="bold")
        line.no_wrap, line.overflow = True, "ignore"
        parts.append(line)
    return Group(*parts)


def _blocks(table: Table, width: int) -> Iterator[list[int]]:
    """Which columns stand side by side; the key columns lead every block."""
    keys = list(range(table.key_columns))
    widths = [_width(table, index, width) for index in range(len(table.columns))]
    least = sum(_least_width(table, index) + _GAP for index in keys)
    taken = max(least, min(sum(widths[index] + _GAP for index in keys), width // 2))
    block: list[int] = []
    used = taken
    for index in range(len(keys), len(table.columns)):
        if block and used + widths[index] + _GAP > width:
            yield keys + block
            block, used = [], taken
        block.append(index)
        used += widths[index] + _GAP
    yield keys + block


def _width(table: Table, index: int, width: int) -> int:
    words = max((len(word) for word in table.columns[index].name.split()), default=0)
    cells = [row[index] for row in (*table.rows, *([table.footer] if table.footer else []))]
    return max([words, *(max(map(len, _lines(cell, width))) for cell in cells)])


def _least_width(table: Table, index: int) -> int:
    """The longest word of a key column: none breaks unless it is longer than :data:`LONG`."""
    texts = [table.columns[index].name, *(row[index].text for row in table.rows)]
    texts += [table.footer[index].text] if table.footer else []
    return min(LONG, max((len(word) for text in texts for word in visible(text).split()), default=0))


def _lines(cell: Cell, width: int) -> list[str]:
    text = visible(cell.text) + MARKS[cell.emphasis]
    if not cell.interval:
        return [text]
    return [f"{text} {cell.interval}"] if width >= WIDE else [text, cell.interval]


def _rich_table(table: Table, columns: Sequence[int], width: int, ascii_only: bool) -> RichTable:
    drawn = RichTable(
        box=box.ASCII2 if ascii_only else box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1)
    )
    least = {index: _width(table, index, width) for index in columns}
    whole = {index: max(least[index], len(visible(table.columns[index].name))) for index in columns}
    has_room = sum(whole.values()) + _GAP * len(columns) <= width
    for index in columns:
        column = table.columns[index]
        is_key = index < table.key_columns  # names fold, figures never; headings where there is no room
        drawn.add_column(
            Text(visible(column.name)),
            justify=column.align,
            overflow="fold",
            vertical="top",
            min_width=_least_width(table, index) if is_key else least[index],
            width=None if is_key or has_room else least[index],
        )
    for number, row in enumerate(table.rows):
        last = number == len(table.rows) - 1
        drawn.add_row(
            *(_text(row[index], width) for index in columns), end_section=last and bool(table.footer)
        )
    if table.footer:
        drawn.add_row(*(_text(table.footer[index], width) for index in columns), style="italic")
    return drawn


def _text(cell: Cell, width: int) -> Text:
    text = Text(visible(cell.text) + MARKS[cell.emphasis], style=STYLES[cell.emphasis])
    if cell.interval:
        text.append((" " if width >= WIDE else "\n") + cell.interval, style="dim not bold")
    return text
