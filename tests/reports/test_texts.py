"""What people read, compared with stored texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iad_eval.reports import markdown, summary_document
from iad_eval.reports.terminal import can_show, text_for
from iad_eval.words import Json

Summary = dict[str, Json]
Golden = Callable[[str, str], None]
MANIFEST: Summary = {"command_line": ["/usr/bin/pytest", "cases", "-q", "--iad-dataset", "folder:my parts"]}


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("verbose", [False, True], ids=["brief", "verbose"])
def test_terminal(summary: Summary, golden: Golden, width: int, verbose: bool) -> None:
    shown = summary_document(summary, MANIFEST, verbose=verbose, next_for="runs/one")
    text = text_for(shown, width=width, colour=False)
    assert "\x1b" not in text
    commands = [line for line in text.splitlines() if "pytest cases" in line]
    assert all(len(line) <= width for line in text.splitlines() if line not in commands)
    golden(f"terminal-{width}{'-verbose' if verbose else ''}.txt", text)


def test_ascii_terminal(summary: Summary, golden: Golden) -> None:
    shown = summary_document(summary, MANIFEST, verbose=False)
    text = text_for(shown, width=80, colour=False, ascii_only=True)
    assert text.isascii()
    golden("terminal-80-ascii.txt", text)


def test_markdown(summary: Summary, golden: Golden) -> None:
    golden(
        "report.md", markdown.render(summary_document(summary, MANIFEST, verbose=True, next_for="runs/one"))
    )


def test_colour_only_where_asked_for(summary: Summary) -> None:
    shown = summary_document(summary, MANIFEST, verbose=True)
    assert "\x1b[" in text_for(shown, width=100, colour=True)


@pytest.mark.parametrize(
    ("encoding", "can"),
    [("utf-8", True), ("ascii", False), ("cp1252", False), (None, False), ("nope", False)],
)
def test_what_an_output_can_show(encoding: str | None, can: bool) -> None:
    assert can_show(encoding) is can


def test_without_original_views_the_first_one_heads_the_report(summary: Summary) -> None:
    rows = summary["rows"]
    assert isinstance(rows, list)
    kept = [row for row in rows if row["perturbation"] in ("padded", "timestamp")]
    text = text_for(
        summary_document({**summary, "rows": kept, "drops": [], "mistakes": []}, MANIFEST, verbose=True),
        width=100,
        colour=False,
    )
    assert "glass judges 79.2% (62.5–91.7) of the padded photographs" in " ".join(text.split())
    assert "original views: what kind of mistakes" not in text
