"""A document as a page reads it: warnings from anywhere first, sections, anchors, what is folded."""

from __future__ import annotations

import pytest

from iad_eval.reports.chart import Chart, Sheet
from iad_eval.reports.document import Block, Document, Heading, Paragraph, Steps
from iad_eval.reports.page.sections import FOLDED_FROM, Reading, kind, reading, sort_value
from iad_eval.reports.table import Cell, Column, Table

DATASETS = ("mvtec", "mvtec, small", "visa")


def _table(title: str, first: str = "model", rows: int = 1) -> Table:
    return Table(title, (Column(first, "left"),), ((Cell("x"),),) * rows)


def _titles(found: Reading) -> list[tuple[str, list[str]]]:
    return [(section.title, [item.title for item in section.items]) for section in found.sections]


def test_a_report_is_taken_apart_into_what_a_page_shows() -> None:
    late = Paragraph("Late.", warning=True)
    steps = Steps("Next", (("look", "type this"),))
    blocks: tuple[Block, ...] = (
        Heading("The title", 1),
        Paragraph("mvtec: glass judges 91.8% right. It loses 1.2 points."),
        Paragraph("Of all photographs."),
        Paragraph("Early.", warning=True),
        Heading("First"),
        _table("A table"),
        Paragraph("Between."),
        steps,
        Heading("Empty"),
        Heading("Last"),
        Chart("c", "A chart", "alt", ()),
        late,
    )
    found = reading(Document(blocks), ["mvtec"])
    assert found.title == "The title"
    assert found.warnings == ("Early.", "Late.")
    assert found.leads == ("mvtec: glass judges 91.8% right.",)
    assert found.conclusion == ("It loses 1.2 points.", "Of all photographs.")
    assert _titles(found) == [("First", ["A table", ""]), ("Last", ["A chart"])]
    assert [section.anchor for section in found.sections] == ["section-1-first", "section-3-last"]
    assert [item.anchor for section in found.sections for item in section.items] == [
        "a-table-5",
        "block-6",
        "a-chart-10",
    ]
    assert found.steps == (steps,)


def test_without_headings_each_dataset_is_a_section() -> None:
    blocks = (
        *(_table("mvtec: accuracy"), _table("mvtec, small: accuracy"), _table("mvtec, original views")),
        *(Chart("c", "visa: sizes", "alt", ()), _table("mvtechnical: x"), Sheet("s", "Answers", "alt", ())),
    )
    assert _titles(reading(Document(blocks), DATASETS)) == [
        ("mvtec", ["mvtec: accuracy"]),
        ("mvtec, small", ["mvtec, small: accuracy"]),
        ("mvtec", ["mvtec, original views"]),
        ("visa", ["visa: sizes"]),
        ("The whole run", ["mvtechnical: x", "Answers"]),
    ]


def test_a_run_of_one_dataset_has_one_section_of_results() -> None:
    found = reading(Document((_table("visa: accuracy"), Paragraph("Said of it."), _table("Cost"))), ["visa"])
    assert _titles(found) == [("Results", ["visa: accuracy", "", "Cost"])]


@pytest.mark.parametrize("datasets", [DATASETS, ("visa",)])
def test_what_stands_beside_the_papers_figures_has_a_section_of_its_own(datasets: tuple[str, ...]) -> None:
    beside = _table("visa: accuracy beside the paper's")
    sections = _titles(reading(Document((_table("visa: accuracy"), beside)), datasets))
    assert sections[1] == ("Beside the paper", [beside.title])


def test_long_tables_and_those_of_classes_are_folded() -> None:
    blocks = (
        *(_table("short", rows=FOLDED_FROM - 1), _table("long", rows=FOLDED_FROM)),
        *(_table("by class", "class"), _table("a detail"), _table("plain")),
    )
    [section] = reading(Document(blocks, frozenset({3})), []).sections
    assert [item.title for item in section.items if item.is_folded] == ["long", "by class", "a detail"]


def test_anchors_are_unique_and_need_no_escaping() -> None:
    titles = ["Same", "Same", "", "表", "a" * 90, "<b>", "Same"]
    blocks = tuple(block for title in titles for block in (Heading(title), _table(title), Paragraph(title)))
    found = reading(Document(blocks), [])
    anchors = [section.anchor for section in found.sections]
    anchors += [item.anchor for section in found.sections for item in section.items]
    assert len(anchors) == len(set(anchors)) == 21
    assert all(anchor.replace("-", "").isascii() and anchor.replace("-", "").isalnum() for anchor in anchors)


def test_the_same_title_twice_without_headings_has_two_anchors() -> None:
    found = reading(Document((_table("visa: a"), _table("mvtec: a"), _table("visa: a"))), DATASETS)
    assert [section.anchor for section in found.sections] == [
        "section-1-visa",
        "section-2-mvtec",
        "section-3-visa",
    ]


@pytest.mark.parametrize(
    ("paragraphs", "datasets", "leads", "rest"),
    [
        ((), (), (), ()),
        (("Only one.",), (), ("Only one.",), ()),
        (("One. Two. Three.", "Four. Five."), (), ("One.",), ("Two. Three.", "Four. Five.")),
        (("visa: 91.8% is best. So.",), ("visa",), ("visa: 91.8% is best.",), ("So.",)),
        (("Before.", "visa: A. B.", "mvtec: C."), DATASETS, ("visa: A.", "mvtec: C."), ("Before.", "B.")),
    ],
)
def test_the_first_sentence_on_each_dataset_leads(
    paragraphs: tuple[str, ...], datasets: tuple[str, ...], leads: tuple[str, ...], rest: tuple[str, ...]
) -> None:
    found = reading(Document(tuple(map(Paragraph, paragraphs))), datasets)
    assert (found.leads, found.conclusion, found.sections) == (leads, rest, ())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("91.8", "91.8"),
        ("91.8%", "91.8"),
        ("-0.3", "-0.3"),
        ("−0.3", "-0.3"),
        ("+1.2", "1.2"),
        ("12,345", "12345"),
        ("1,234,567.5 s", "1234567.5"),
        ("3 / 40", "3"),
        ("90.4–93.0", "90.4"),
        ("1.2e-05", "1.2e-05"),
        ("p = 0.037", "0.037"),
        ("< 0.1", "0.1"),
        ("7 e", "7"),
        ("–", ""),
        ("", ""),
        ("not measured", ""),
    ],
)
def test_figures_sort_by_their_first_number(text: str, value: str) -> None:
    assert sort_value(Cell(text, interval="1–2")) == value


def test_blocks_are_drawn_by_kind() -> None:
    blocks: list[Block] = [Paragraph(""), _table(""), Chart("", "", "", ()), Sheet("", "", "", ())]
    assert [kind(block) for block in blocks] == ["paragraph", "table", "chart", "sheet"]
