"""One small run with its pictures, its page, and what a browser makes of a page's text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from page_runs import DARK, LIGHT, PageRun, draw_pictures, page_run

from iad_eval.reports import summary_document
from iad_eval.reports.page.before import with_before
from iad_eval.reports.page.compared import compared
from iad_eval.reports.page.facts import facts
from iad_eval.reports.page.gallery import gallery
from iad_eval.reports.page.render import render
from iad_eval.words import Json

Element = tuple[str, dict[str, str], str]
"""Name, attributes and the text directly within it."""

VOID = {"img", "input", "link", "meta"}


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> PageRun:
    """Two classes, 12 photographs in four views, all with pictures; the LVLM failed at one view."""
    made = page_run(tmp_path_factory.mktemp("small") / "run", count=2)
    draw_pictures(made)
    return made


@pytest.fixture
def comparison() -> dict[str, Any]:
    """What a comparison of the small run with another one tells: two flips, a new prompt, a failed gate."""
    lvlm = {"dataset": "parts", "model": "lvlm", "protocol": "zeroshot"}
    change = {
        **{"perturbation": None, "threshold": "answer", "classes": 2, "photographs": 12, "views": 47},
        **{"before": 0.75, "after": 0.5, "drop": 0.25, "low": 0.1, "high": 0.4, "p": 0.004, "p_holm": 0.008},
        **{"newly_wrong": 1, "newly_right": 1, "test": "sign-flip", "touched": True},
        **{"unreadable_before": 0.0, "unreadable_after": 0.0},
    }
    gate = {
        **{"gate": "fail_drop", "outcome": "worse", "fails": True, "limit": 0.02, "value": 0.25},
        **{"low": 0.1, "high": 0.4, "p": 0.008, "photographs": 12, "decided_by": None, "noise_floor": None},
    }
    return {
        **{"before": "runs/old", "after": "runs/new"},
        **{"untouched": [], "thresholds": [], "missing": [], "auroc": []},
        "differences": [{"topic": "model", "name": "lvlm revision", "before": "aaa", "after": "bbb"}],
        "prompts": [
            {
                **{"protocol": "zeroshot", "places": ["parts/cap/original"]},
                **{"before": "Is it broken? Say yes.", "after": "Is it broken? Say no."},
            }
        ],
        "changes": [{**lvlm, **change, "class_name": None}, {**lvlm, **change, "class_name": "cap"}],
        "gates": [
            {**lvlm, **gate, "class_name": None},
            {**lvlm, **gate, "class_name": "cap", "outcome": "no worse", "fails": False, "high": 0.01},
        ],
        "flips": [
            {
                **{**lvlm, "kind": "newly wrong", "class_name": "cap", "defect": "scratch"},
                **{"sample": "parts/cap/test/scratch/001", "perturbation": "rotated", "is_anomalous": True},
                "before": {"verdict": "anomalous", "score": 0.98765, "answer": "Yes, near the rim."},
                "after": {"verdict": "normal", "score": 0.25, "answer": "No, it is clean."},
            },
            {
                **{**lvlm, "kind": "newly right", "class_name": "washer", "defect": "good"},
                **{"sample": "parts/washer/test/good/000", "perturbation": "original", "is_anomalous": False},
                "before": {"verdict": "unreadable", "score": None, "answer": "Hm."},
                "after": {"verdict": "normal", "score": None, "answer": "No, it is whole."},
            },
        ],
    }


@pytest.fixture(scope="session")
def compared_page() -> Callable[[PageRun, Mapping[str, Json]], str]:
    """The page of a run with a comparison."""

    def page(made: PageRun, record: Mapping[str, Json]) -> str:
        shown = gallery(made.observations, made.training, made.summary, made.manifest, made.run)
        shown = with_before(shown, record)
        document = summary_document(made.summary, made.manifest, verbose=True, next_for="run")
        told = facts(made.summary, made.manifest, "run")
        since = compared(record, shown)
        return render(document, {}, shown, told, light=LIGHT, dark=DARK, comparison=since)

    return page


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
