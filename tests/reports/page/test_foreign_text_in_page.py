"""Names and answers from folders, users and servers are text in the page, never a part of it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of
from page_runs import PageRun

from iad_eval.pictures import picture_path
from iad_eval.reports.chart import Chart, Sheet, Tile
from iad_eval.reports.document import Document, Heading, Paragraph, Steps
from iad_eval.reports.page.facts import facts
from iad_eval.reports.page.gallery import gallery, harmless
from iad_eval.reports.page.payload import packed
from iad_eval.reports.page.render import render
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.summary import summarise
from iad_eval.visible import visible
from iad_eval.words import Json

Element = tuple[str, dict[str, str], str]
Elements = Callable[[str], list[Element]]

HOSTILE = (
    "'\"><script>alert(1)</script></title></style></textarea><img src=http://a.example/x onerror=alert(1)>"
    "--> &amp; [bold]x[/bold] {{7*7}}{% raw %} \x1b[31mred \u202eturned \u2028\x00 \ud800"
)
SHOWN = (
    "'\"><script>alert(1)</script></title></style></textarea><img src=http://a.example/x onerror=alert(1)>"
    r"--> &amp; [bold]x[/bold] {{7*7}}{% raw %} \x1b[31mred \u202eturned \u2028\x00 \ud800"
)
IN_LINES = SHOWN.replace(r"\u2028", "\n")
"""What may have lines keeps them, and U+2028 ends one."""

COUNTS = ("asked", "observed", "unreadable", "failed")


def _everywhere(name: str, above: Path) -> PageRun:
    """A run in which every text that comes from outside ends in ``name``; it has two pictures."""
    folder = name.replace("/", "").replace("\ud800", "")
    observations = [
        view_of(
            f"data{folder}/cap{folder}",
            stem,
            stem > 1,
            view,
            model=f"lvlm{name}",
            protocol=f"oneshot{name}",
            **({"error": f"gone{name}"} if (stem, view) == (0, "original") else {"answer": f"No.{name}"}),
        )
        for stem in range(4)
        for view in ("original", f"own{name}")
    ]
    run = above / f"run{folder}".replace("\x00", "")
    for each in observations[-4::2]:
        path = picture_path(run, each.sample, each.perturbation)
        path.parent.mkdir(parents=True)
        path.touch()
    manifest: dict[str, Json] = {
        "iad_eval": name,
        "started": name,
        "command_line": ["pytest", f"--iad-class={name}"],
        "packages": {f"numpy{name}": name},
        "prompts": {f"oneshot{name}": {f"Is it broken?{name}": [f"data/cap{name}"]}},
        "classes": {f"data{folder}": {"cap": {}}},
        "configuration": {"models": {f"lvlm{name}": {}}},
    }
    summary = summarise(observations, [], asked=9, seed=0)
    return PageRun(run, observations, [], summary, manifest)


def _page(name: str, above: Path) -> str:
    table = Table(
        f"table{name}",
        (Column(f"column{name}", "left"), Column("n")),
        ((Cell(f"cell{name}"), Cell(f"1{name}", f"2{name}", "best")),),
        (f"note{name}",),
        (Cell("foot"), Cell(name)),
        (("best", f"legend{name}"),),
    )
    tile = Tile(f"nowhere{name}", "original", (f"caption{name}", f"more{name}"))
    return _everywhere(name, above).page(
        Heading(f"heading{name}"),
        Paragraph(f"paragraph{name}"),
        Paragraph(f"warning{name}", warning=True),
        table,
        Chart("chart", f"chart{name}", f"alt{name}", (), notes=(f"note{name}",)),
        Sheet("sheet", f"sheet{name}", "alt", (tile,)),
        Steps(f"steps{name}", ((f"purpose{name}", f"type{name}"),)),
    )


def test_no_element_comes_from_a_name_or_an_answer(tmp_path: Path, elements: Elements) -> None:
    def skeleton(page: str) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes, _ in elements(page)]

    assert skeleton(_page(HOSTILE, tmp_path)) == skeleton(_page("plain", tmp_path))


def test_what_would_steer_shows_as_text(tmp_path: Path, elements: Elements) -> None:
    page = _page(HOSTILE, tmp_path)
    page.encode("utf-8")  # no lone surrogate is left
    assert not set("\x1b\x00\u202e\u2028") & set(page)
    texts = "\n".join(text for tag, _, text in elements(page) if tag not in ("script", "style"))
    for place in (
        *("heading", "paragraph", "warning", "table", "column", "cell", "1", "note", "legend"),
        *("chart", "alt", "sheet", "caption", "steps", "purpose", "type"),
        *("data/cap", "numpy", "lvlm", "oneshot"),
    ):
        assert place + SHOWN in texts, place
    for place in ("more", "Is it broken?"):
        assert place + IN_LINES in texts, place
    named = [value for _, attributes, _ in elements(page) for value in attributes.values()]
    assert f"table{SHOWN}" in named  # the label of its scrolling region
    alt = "bent (anomalous), original view; "
    assert sum(alt in value and value.endswith(f"(oneshot{SHOWN}) called it normal") for value in named) == 2


def test_answers_and_errors_are_harmless_in_the_gallerys_data(tmp_path: Path) -> None:
    made = _everywhere(HOSTILE, tmp_path)
    shown_of = gallery(made.observations, [], made.summary, made.manifest, made.run)
    data = json.loads(gzip.decompress(base64.b64decode(packed(shown_of))))
    assert sorted(data["texts"]) == sorted([f"No.{IN_LINES}", f"gone{IN_LINES}"])
    assert data["entrants"][0]["label"] == f"lvlm{SHOWN} (oneshot{SHOWN})"
    assert data["perturbations"] == ["original", f"own{SHOWN}"]
    assert all(re.fullmatch(r"[A-Za-z0-9_.=+-]+", name) for name in data["files"])
    folder = SHOWN.replace("/", "").replace(r"\ud800", "")
    assert data["photographs"]["sample"][3] == f"data{folder}/cap{folder}/test/good/001"


def test_only_the_pages_own_script_may_run(small_run: PageRun, elements: Elements) -> None:
    page = elements(small_run.page(embedded={}))
    scripts = [(attributes, text) for tag, attributes, text in page if tag == "script"]
    [script] = [text for attributes, text in scripts if not attributes]
    assert {attributes["type"] for attributes, _ in scripts if attributes} == {
        "application/json",
        "application/octet-stream;base64",
    }
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    [policy] = [each["content"] for _, each, _ in page if each.get("http-equiv") == "Content-Security-Policy"]
    assert dict(each.strip().split(" ", 1) for each in policy.split(";")) == {
        "default-src": "'none'",
        "img-src": "'self' file: data:",
        "style-src": "'unsafe-inline'",
        "script-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert not [name for _, attributes, _ in page for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("hostile", [False, True])
def test_nothing_is_asked_of_the_network(
    small_run: PageRun, elements: Elements, tmp_path: Path, hostile: bool
) -> None:
    page = _page(HOSTILE, tmp_path) if hostile else small_run.page()
    asked = [
        value
        for _, attributes, _ in elements(page)
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href", "formaction")
    ]
    assert {value.partition("/")[0] for value in asked if not value.startswith("#")} == {
        "data:,",
        "pictures",
    }
    styles = "".join(text for tag, _, text in elements(page) if tag == "style")
    assert set(re.findall(r"url\(([^)]*)\)", styles)) == {"#heat"}
    assert "@import" not in styles
    scripts = "".join(text for tag, attributes, text in elements(page) if tag == "script" and not attributes)
    assert not re.search(r"https?:|\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|\bimport\(", scripts)


def test_what_a_page_holds_of_its_pictures_cannot_end_the_element(
    small_run: PageRun, elements: Elements
) -> None:
    held = {"maps/</script><img src=x>.png": "data:image/png;base64,<!--", "pictures/a": "data:,é"}
    page = small_run.page(embedded=held)
    [kept] = [text for _, attributes, text in elements(page) if attributes.get("id") == "held"]
    assert json.loads(kept) == held
    assert not set("<>") & set(kept)
    assert len(elements(page)) == len(elements(small_run.page(embedded={})))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("one\ntwo\r\nthree", "one\ntwo\nthree"),
        ("a\tb\x07\x7f", "a\\tb\\x07\\x7f"),
        ("\u202eevil\u200b \U000e0041", "\\u202eevil\\u200b \\U000e0041"),
        ("\udc80", "\\udc80"),
        ("Fläche 表面 ✓", "Fläche 表面 ✓"),
    ],
)
def test_foreign_text_keeps_its_lines_and_loses_what_steers(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.text(st.characters(), max_size=30))
@settings(max_examples=12, deadline=None)
def test_no_text_breaks_a_page(elements: Elements, text: str) -> None:
    blocks = (Paragraph("The conclusion."), Paragraph(text), Table(text, (Column(text),), ((Cell(text),),)))
    told = facts({"completeness": dict.fromkeys(COUNTS, 0)}, {}, text)
    page = render(Document(blocks), {}, gallery([], [], {}, {}, Path("nowhere")), told, light={}, dark={})
    page.encode("utf-8")
    [shown] = [text for tag, attributes, text in elements(page) if tag == "p" and not attributes]
    assert shown == visible(text)
