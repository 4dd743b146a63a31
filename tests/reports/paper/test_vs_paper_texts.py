"""The run beside the paper as people read it, compared with stored texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from paper_run import document, whole_run

from iad_eval.reports import Document, markdown
from iad_eval.reports.paper import vs_paper
from iad_eval.reports.terminal import text_for

Golden = Callable[[str, str], None]


@pytest.fixture(scope="module")
def shown() -> Document:
    return document(vs_paper(*whole_run()))


def test_terminal(shown: Document, golden: Golden) -> None:
    text = text_for(shown, width=100, colour=False)
    assert max(map(len, text.splitlines())) <= 100
    golden("vs-paper-100.txt", text)


def test_markdown(shown: Document, golden: Golden) -> None:
    golden("vs-paper.md", markdown.render(shown))
