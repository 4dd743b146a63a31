"""One small run with its pictures, its page, and what a browser makes of a page's text."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from page_runs import PageRun, draw_pictures, page_run

Element = tuple[str, dict[str, str], str]
"""Name, attributes and the text directly within it."""

VOID = {"img", "input", "link", "meta"}


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> PageRun:
    """Two classes, 12 photographs in four views, all with pictures; the LVLM failed at one view."""
    made = page_run(tmp_path_factory.mktemp("small") / "run", count=2)
    draw_pictures(made)
    return made


@pytest.fixture(scope="session")
def elements() -> Callable[[str], list[Element]]:
    """The elements of a page, in the order in which they open."""

    def parsed(page: str) -> list[Element]:
        parser = _Elements()
        parser.feed(page)
        parser.close()
        assert parser.open == [], "elements that never end"
        return [(tag, attributes, "".join(texts)) for tag, attributes, texts in parser.found]

    return parsed


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        texts: list[str] = []
        self.found.append((tag, {name: value or "" for name, value in attrs}, texts))
        if tag not in VOID:
            self.open.append((tag, texts))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag, f"</{tag}> ends another element"

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)
