"""Reports that fit: never too long, and what is left of them still says what matters."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.reports import markdown, summary_document
from iad_eval.reports.document import Block, Document, Heading, Paragraph, Steps
from iad_eval.reports.shortening import Part, shortened
from iad_eval.reports.table import Cell, Column, Emphasis, Table
from iad_eval.words import Json

ELSEWHERE = "see predictions.csv and report.html."
TEN = Part(
    ("h",), tuple(f"| row {number} of the ten |" for number in range(10))
)  # 21 bytes a row with its end

_texts = st.text(max_size=12) | st.sampled_from(["a|b", "\\|", "\udce9", "\u202e", "x\ny", "`", "", "ü" * 40])
_signs = st.sampled_from(["best", "floor", "none"])
_notes = st.lists(_texts, max_size=2).map(tuple)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 4))
    rows = st.tuples(*[st.builds(Cell, _texts, st.sampled_from(["", "1–2"]), _signs)] * width)
    few = draw(st.lists(rows, max_size=3))
    columns = tuple(Column(draw(_texts)) for _ in range(width))
    footer = draw(st.just(()) | rows)
    legend: tuple[tuple[Emphasis, str], ...] = (("floor", draw(_texts)),)
    return Table(draw(_texts), columns, tuple(few * draw(st.integers(1, 9))), draw(_notes), footer, legend)


_blocks: st.SearchStrategy[Block] = st.one_of(
    _tables(),
    st.builds(Heading, _texts),
    st.builds(Paragraph, _texts, st.booleans()),
    st.builds(Steps, _texts, st.lists(st.tuples(_texts, _texts), max_size=3).map(tuple)),
)
_documents = st.builds(
    Document, st.lists(_blocks, max_size=8).map(tuple), st.frozensets(st.integers(0, 7), max_size=4)
)


def _widths(text: str) -> list[list[int]]:
    """How many cells each row has, table by table: what lies between bars that are not escaped."""
    tables = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    return [[re.sub(r"\\.", "", row).count("|") - 1 for row in table.splitlines()] for table in tables]


@given(_documents, st.integers(0, 5000) | st.integers(0, 300))
@settings(max_examples=100, deadline=None)
def test_no_document_is_longer_than_its_limit_and_every_table_in_it_is_one(
    document: Document, limit: int
) -> None:
    whole, text = markdown.render(document), markdown.render(document, limit)
    size = len(whole.encode())
    assert len(text.encode()) <= limit
    assert (text == whole) == (size <= limit)
    assert markdown.render(document, size) == whole
    for rows, lines in zip(_widths(text), re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE), strict=True):
        assert len(set(rows)) == 1
        assert re.fullmatch(r"\|( -+: \|)+", lines.splitlines()[1])


@pytest.mark.parametrize(
    ("limit", "rows"),
    [
        (212, 10),  # h, ten rows, the end of the line: 1 + 10 * 21 + 1
        (211, 7),  # 1 + 7 * 21 + 59 + 1 = 208 with the sentence below them; with eight 229
        (208, 7),
        (207, 6),
        (166, 5),  # fewer than five rows are no table
    ],
)
def test_a_table_loses_rows_from_the_bottom_and_says_how_many_and_where_they_are(
    limit: int, rows: int
) -> None:
    kept = "".join(f"| row {number} of the ten |\n" for number in range(rows))
    said = f"\n... and {10 - rows} more rows: {ELSEWHERE}\n" if rows < 10 else ""
    assert shortened([TEN], limit) == f"h\n{kept}{said}"


def test_one_row_less_is_said_as_such() -> None:
    long = Part(("h",), tuple(f"| {number} {'x' * 100} |" for number in range(9)))
    kept = "".join(f"| {number} {'x' * 100} |\n" for number in range(8))
    assert shortened([long], long.size) == f"h\n{kept}\n... and 1 more row: {ELSEWHERE}\n"


def test_footer_legend_and_notes_of_a_shortened_table_stay() -> None:
    columns = (Column("class", "left"), Column("accuracy"))
    rows = tuple((Cell(f"class {number:03d}"), Cell("91.8")) for number in range(200))
    table = Table("By class", columns, rows, ("A note.",), (Cell("mean", emphasis="floor"), Cell("90.0")))
    text = markdown.render(Document((replace(table, legend=(("floor", "a floor"),)),)), 400)
    assert text.startswith("## By class\n\n| class | accuracy |\n| :--- | ---: |\n| class 000 | 91.8 |\n")
    count = text.count("| class 0")
    assert 5 < count < 12
    assert text.endswith(
        f"| class {count - 1:03d} | 91.8 |\n| *mean†* | *90.0* |\n\n"
        f"... and {200 - count} more rows: {ELSEWHERE}  \n† a floor  \nA note.\n"
    )


def test_large_tables_lose_rows_before_small_ones() -> None:
    large = Part(("large",), tuple(f"| row {number} of the large |" for number in range(100)))
    text = shortened([large, TEN], 900)
    assert text.count("of the ten") == 10
    assert text.count("of the large") == 26  # 5 + 10 * 23 + 16 * 24 + 60 bytes; 2, 211 and 1 more: 893


def test_details_lose_rows_first_and_go_first() -> None:
    main = Part(("main",), tuple(f"| row {number} of main |" for number in range(20)))
    detail = Part(("detail",), tuple(f"| row {number} of detail |" for number in range(20)), is_detail=True)
    of_main, of_detail = (4 + 180 + 190, 4 + 90 + 60), (6 + 200 + 210, 6 + 100 + 60)  # whole, five rows
    for limit, rows in (
        (of_main[0] + of_detail[0] + 3, (20, 20)),
        (of_main[0] + 2 + (6 + 200 + 2 * 21 + 59) + 1, (20, 12)),
        (of_main[0] + of_detail[1] + 3, (20, 5)),
        (of_main[0] + of_detail[1] + 2, (16, 5)),
        (of_main[1] + of_detail[1] + 3, (5, 5)),
        (of_main[1] + of_detail[1] + 2, (5, 0)),
    ):
        text = shortened([detail, main], limit)
        assert (text.count("of main"), text.count("of detail")) == rows
        assert text.endswith(f"\n\n1 more table is left out here: {ELSEWHERE}\n") == (rows == (5, 0))


def test_texts_stay_where_no_table_fits() -> None:
    parts = [
        Part(("# Title",), is_text=True),
        TEN,
        replace(TEN, is_detail=True),
        Part(("All.",), is_text=True),
    ]
    said = f"# Title\n\nAll.\n\n2 more tables are left out here: {ELSEWHERE}\n"
    assert shortened(parts, len(said)) == said
    assert shortened(parts, len(said) - 1) == "# Title\n\nAll.\n"


def test_no_table_is_cut_where_that_would_make_it_longer() -> None:
    """Six short rows take less than five and a sentence: the longer table alone has to give way."""
    small = [Part((f"{name}",), tuple(f"| row {row} of small |" for row in range(6))) for name in range(30)]
    longer = Part(("longer",), tuple(f"| row {row} of longer |" for row in range(10)))
    text = shortened([*small, longer], len(shortened([*small, longer], 100_000)) - 2)
    assert (text.count("of small"), text.count("of longer")) == (180, 6)
    assert "left out here" not in text


def test_without_any_table_the_last_text_stays() -> None:
    texts = [Part((words,), is_text=True) for words in ("# Title", "note " * 50, "3 of 4 views observed.")]
    assert shortened(texts, 80).startswith("# Title\n\nnote note")
    assert shortened(texts, 80).endswith(" ...\n\n3 of 4 views observed.\n")
    assert shortened(texts[:1], 5) == " ...\n"


@pytest.mark.parametrize(
    ("limit", "text"), [(0, ""), (1, " "), (5, " ...\n"), (8, "Gr ...\n"), (9, "Grö ...\n")]
)
def test_a_limit_below_anything_sensible_splits_no_letter(limit: int, text: str) -> None:
    assert shortened([Part(("Größenordnung",), is_text=True)], limit) == text


def test_a_huge_run_keeps_title_conclusion_main_tables_and_completeness(summary: dict[str, Json]) -> None:
    document = _stretched(summary_document(_run(summary, classes=4, models=12), {}, verbose=True), 100)
    whole, text = markdown.render(document), markdown.render(document, 60_000)
    assert len(whole.encode()) > 500_000
    assert 50_000 < len(text.encode()) <= 60_000
    title, conclusion, *_ = text.split("\n\n")
    assert title == "# Industrial anomaly detection"
    assert conclusion.startswith("parts: model-")
    assert "This report is partial: 5 views missing." in text
    main = text.partition("## parts: share of photographs judged correctly")[2].partition("\n## ")[0]
    assert all(f"| model-{number:02d} |" in main for number in range(12))
    assert len(re.findall(r"\.\.\. and \d+ more rows: see", text)) >= 12
    assert {len(set(rows)) for rows in _widths(text)} == {1}


def _stretched(document: Document, times: int) -> Document:
    """With so many times the rows in each detail table: as if there were so many times the classes."""
    blocks = (
        replace(block, rows=block.rows * times)
        if number in document.details and isinstance(block, Table)
        else block
        for number, block in enumerate(document.blocks)
    )
    return Document(tuple(blocks), document.details)


def _run(summary: dict[str, Json], *, classes: int, models: int) -> dict[str, Json]:
    """What GLASS did to bolts, said of many models and classes."""
    rows, floors = summary["rows"], summary["floors"]
    assert isinstance(rows, list)
    assert isinstance(floors, list)
    names = [f"class-{number:03d}" for number in range(classes)]
    mine = [row for row in rows if row["model"] == "glass" and row["class_name"] in (None, "bolt")]
    told = [
        {**row, "model": f"model-{number:02d}", "class_name": name}
        for number in range(models)
        for row in mine
        for name in ([None] if row["class_name"] is None else names)
    ]
    bolt = next(floor for floor in floors if floor["class_name"] == "bolt")
    whole = next(floor for floor in floors if floor["class_name"] is None)
    kept: dict[str, Json] = {"completeness": summary["completeness"], "serving": [], "hidden": []}
    return {**kept, "rows": told, "floors": [whole, *({**bolt, "class_name": name} for name in names)]}
