"""What a reader of the page meets first, what it says of a run that is not whole, where its links lead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from page_runs import PageRun, big_run, page_run

from iad_eval.reports.chart import Chart
from iad_eval.reports.document import Paragraph
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.summary import summarise

Element = tuple[str, dict[str, str], str]
Elements = Callable[[str], list[Element]]


def test_warnings_and_conclusion_come_before_anything_else(small_run: PageRun, elements: Elements) -> None:
    page = elements(small_run.page(Paragraph("The last block warns.", warning=True)))
    main = page[next(place for place, (tag, _, _) in enumerate(page) if tag == "main") + 1 :]
    assert main[0][1]["id"] == "summary"
    classes = [attributes.get("class", "") for _, attributes, _ in main]
    assert classes[1] == "warning"
    first_lead, tiles, first_table = (
        classes.index("lead"),
        classes.index("tiles"),
        classes.index("sortable"),
    )
    warned = [place for place, name in enumerate(classes) if name == "warning"]
    told = [text for _, attributes, text in main if attributes.get("class") == "warning"]
    assert [" ".join(text.split()) for text in told[:2]] == [
        "191 of 192 views observed, 4 unreadable, 1 failed. This report is partial: 1 view missing. "
        "The same command asks for them alone.",
        "The last block warns.",
    ]
    assert warned[1] < first_lead < tiles < first_table
    assert main[first_lead][2].startswith("parts: patch-knn judges 100.0%")


def test_a_partial_run_says_on_its_page_how_much_is_missing(tmp_path: Path, elements: Elements) -> None:
    made = page_run(tmp_path / "run", classes=("cap",), count=1, asked=1205)
    page = made.page()
    assert "1,205 views missing" in page
    texts = [text for _, _, text in elements(page)]
    assert texts[texts.index("Completeness") + 1] == "partial: 1,205 views are missing"


def test_a_whole_run_says_so(tmp_path: Path, elements: Elements) -> None:
    page = page_run(tmp_path / "run", classes=("cap",), count=1).page()
    texts = [text for _, _, text in elements(page)]
    assert texts[texts.index("Completeness") + 1] == ("complete: every view that was asked for was observed")
    warned = [text for _, attributes, text in elements(page) if attributes.get("class") == "warning"]
    assert [text[:40] for text in warned] == ["The gallery and the sorting of tables ne", ""]  # for a browser


def test_a_run_in_which_nothing_was_observed_has_a_page_without_a_gallery(
    tmp_path: Path, elements: Elements
) -> None:
    page = PageRun(tmp_path, [], [], summarise([], [], asked=7, seed=0), {}).page()
    assert "Nothing was observed." in page
    assert "partial: 7 views are missing" in page
    ids = {attributes["id"] for _, attributes, _ in elements(page) if "id" in attributes}
    assert not ids & {"gallery", "gallery-data", "photo", "help"}


def test_anchors_are_unique_and_every_link_within_the_page_leads_somewhere(
    small_run: PageRun, elements: Elements
) -> None:
    twins = [Table("Twins", (Column("n"),), ((Cell("1"),),)) for _ in range(3)]
    twins += [Table("双子", (Column("n"),), ((Cell("1"),),)), Table("", (Column("n"),), ((Cell("1"),),))]
    page = elements(small_run.page(*twins, Chart("twins", "Twins", "alt", ())))
    ids = [attributes["id"] for _, attributes, _ in page if "id" in attributes]
    assert len(ids) == len(set(ids))
    inner = {attributes["href"] for tag, attributes, _ in page if tag == "a"}
    assert {link for link in inner if "=" not in link and link[1:] not in ids} == set()
    assert any(link.startswith("#photo=parts/cap/test/") for link in inner)
    assert "#model=lvlm%20%28zeroshot%29&outcome=wrong" in inner


def test_figures_are_drawn_where_there_is_one_and_told_where_there_is_none(
    small_run: PageRun, elements: Elements
) -> None:
    charts = [Chart(name, name, f"In words: {name}.", ()) for name in ("drawn", "lost")]
    page = elements(small_run.page(*charts, svg={"drawn": '<svg class="here"><path d="M0 0"/></svg>'}))
    assert [tag for tag, attributes, _ in page if attributes.get("class") == "here"] == ["svg"]
    assert [each["aria-label"] for _, each, _ in page if each.get("class") == "plot"] == ["In words: drawn."]
    assert "In words: lost." in [text for tag, _, text in page if tag == "p"]


@pytest.mark.parametrize(("held", "told"), [({}, "0"), ({"a.jpg": "data:,", "b.png": "data:,"}, "1")])
def test_an_embedded_page_says_how_many_pictures_it_carries(
    small_run: PageRun, held: dict[str, str], told: str
) -> None:
    assert f"This file carries {told} pictures inside itself" in small_run.page(embedded=held)
    assert "inside itself" not in small_run.page()


def test_views_without_a_picture_are_counted(small_run: PageRun, tmp_path: Path) -> None:
    lost = PageRun(
        tmp_path, small_run.observations, small_run.training, small_run.summary, small_run.manifest
    )
    assert "The run holds pictures of 0 of 48 views." in lost.page()
    assert "no picture of this view in the run" in lost.page()
    assert "The run holds pictures" not in small_run.page()


def test_the_page_of_ten_thousand_views_stays_below_three_megabytes(tmp_path: Path) -> None:
    page = big_run(tmp_path / "run").page()
    assert "The run holds pictures of 0 of 10,000 views." in page
    assert len(page.encode()) < 3_000_000
