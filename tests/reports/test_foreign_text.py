"""Names come from folders, users and servers: whatever they hold shows as text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.reports import markdown
from iad_eval.reports.document import Document, Heading, Paragraph, Steps
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.terminal import text_for
from iad_eval.visible import visible

HOSTILE = [
    "[red]x[/red]",
    "\x1b[31mred\x1b[0m",
    "<script>alert(1)</script>",
    "a|b",
    "`code`",
    "x\ny",
    "\u202eevil",
]


def everywhere(text: str) -> Document:
    table = Table(text, (Column(text, "left"), Column("n")), ((Cell(text), Cell("1")),), (text,))
    return Document((Heading(text, 1), Paragraph(text), table, Steps(text, ((text, text),))))


def test_terminals_are_not_steered() -> None:
    for text in HOSTILE:
        shown = text_for(everywhere(text), width=200, colour=False)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert shown.count(visible(text)) >= 6


def test_markdown_is_not_steered() -> None:
    for text in HOSTILE:
        shown = markdown.render(everywhere(text))
        assert "<script" not in shown.replace("\\<script", "").replace("`<script", "")
        rows = [line for line in shown.splitlines() if line.startswith("|")]
        assert all(row.replace("\\|", "").count("|") == 3 for row in rows)
        assert len(shown.splitlines()) == len(markdown.render(everywhere("plain")).splitlines())


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.integers(40, 200))
def test_no_text_breaks_a_report(text: str, width: int) -> None:
    text_for(everywhere(text), width=width, colour=True)
    assert text_for(everywhere(text), width=width, colour=False, ascii_only=True) is not None
    markdown.render(everywhere(text))
