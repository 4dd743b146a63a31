"""One figure of a run and the paper's beside it."""

from __future__ import annotations

import pytest
from paper_run import texts

from iad_eval.paper import Printed
from iad_eval.reports.paper.lines import Pair, Rival, notes_of, rivals, rows_of
from iad_eval.reports.reading import Entrant, Measure
from iad_eval.reports.table import Cell

CELL = Printed("Table 1", "mvtec", "GLASS", "accuracy", "83.1")
CORRELATION = Printed("Figure 7", None, "Qwen", "correlation", "0.825")
GLASS, OTHER = Entrant("glass"), Entrant("patch-knn")
QWEN = "qwen2-vl-72b-awq"


@pytest.mark.parametrize(
    ("measured", "printed", "difference"),
    [
        (0.9, CELL, "+6.9"),
        (0.8, CELL, "-3.1"),
        (0.831, CELL, "0.0"),
        (0.8308, CELL, "0.0"),  # -0.02: no minus before nothing
        (0.8312, CELL, "0.0"),
        (None, CELL, "–"),
        (0.9, None, "–"),
        (None, None, "–"),
    ],
)
def test_the_difference_is_the_run_minus_the_paper_in_points(
    measured: float | None, printed: Printed | None, difference: str
) -> None:
    pair = Pair(Measure(measured), printed)
    assert pair.difference_cell == Cell(difference)
    assert pair.is_comparable is (difference != "–")


@pytest.mark.parametrize(
    ("measured", "difference"),
    [(0.9, "+0.075"), (0.8, "-0.025"), (0.825, "0.000"), (0.8248, "0.000"), (0.8252, "0.000"), (None, "–")],
)
def test_a_correlation_is_no_share(measured: float | None, difference: str) -> None:
    pair = Pair(Measure(measured), CORRELATION, 3)
    assert pair.difference_cell == Cell(difference)
    assert pair.run_cell == Cell("–" if measured is None else f"{measured:.3f}")
    assert pair.paper_cell == Cell("0.825")


@pytest.mark.parametrize(
    ("low", "high", "place"),
    [
        (0.8, 0.9, "inside"),
        (0.831, 0.9, "inside"),
        (0.8, 0.831, "inside"),
        (0.832, 0.9, "outside"),
        (0.7, 0.83, "outside"),
        (None, None, "–"),
    ],
)
def test_the_papers_figure_lies_inside_the_runs_interval_or_outside(
    low: float | None, high: float | None, place: str
) -> None:
    assert Pair(Measure(0.83, low, high), CELL).place_cell == Cell(place)
    assert Pair(Measure(0.83, low, high), None).place_cell == Cell("–")


@pytest.mark.parametrize(
    ("text", "floor", "is_marked"),
    [
        ("72.8", 0.72296, False),
        ("72.3", 0.72296, True),  # as printed it is the floor
        ("70.0", 0.72296, True),
        ("56.6", 0.56556, True),
        ("57.2", 0.56556, False),
        ("56.6", None, False),
    ],
)
def test_what_is_printed_and_not_above_the_floor_is_marked(
    text: str, floor: float | None, is_marked: bool
) -> None:
    printed = Printed("Table 4", "visa", "GLASS", "accuracy", text)
    pair = Pair(Measure(0.5, 0.4, 0.6), printed, floor=floor)
    assert pair.paper_cell == Cell(text, emphasis="floor" if is_marked else "none")
    assert pair.run_cell == Cell("50.0", "40.0–60.0")  # the run's own floor is another


def test_a_run_that_is_not_above_the_floor_of_its_own_photographs_is_marked() -> None:
    assert Pair(Measure(0.5), None, at_floor=True).run_cell == Cell("50.0", emphasis="floor")


def test_rivals_are_the_papers_in_its_order_then_the_others() -> None:
    oneshot, zeroshot = Entrant(QWEN, "oneshot-specific"), Entrant(QWEN, "zeroshot")
    small = Entrant("qwen2-vl-7b", "oneshot-specific")
    maps, answers = Entrant("anomalygpt"), Entrant("anomalygpt:answer")
    assert rivals([maps, answers, GLASS, OTHER, oneshot, zeroshot, small], "oneshot-specific") == [
        Rival(GLASS, "GLASS"),
        Rival(None, "INP-Former"),
        Rival(maps, "AnomalyGPT"),
        Rival(answers, "AnomalyGPT"),
        Rival(oneshot, "Qwen"),
        Rival(OTHER, None),
        Rival(zeroshot, None),
        Rival(small, None),
    ]


def test_without_a_run_the_papers_models_stand_alone_and_others_are_as_asked_for() -> None:
    assert rivals([], None, ("Qwen",)) == [Rival(None, "Qwen")]
    assert rivals([GLASS], None, ("Qwen",)) == [Rival(None, "Qwen"), Rival(GLASS, None)]


@pytest.mark.parametrize(
    ("rival", "pair", "kinds"),
    [
        (Rival(GLASS, "GLASS"), Pair(Measure(0.8, 0.7, 0.9), CELL), "this run|paper|difference|paper is"),
        (Rival(GLASS, "GLASS"), Pair(Measure(0.8), CELL), "this run|paper|difference"),
        (Rival(GLASS, "GLASS"), Pair(Measure(None), CELL), "this run|paper"),
        (Rival(GLASS, "GLASS"), Pair(Measure(0.8, 0.7, 0.9), None), "this run|paper"),
        (Rival(OTHER, None), Pair(Measure(0.8, 0.7, 0.9), None), "this run"),
        (Rival(None, "GLASS"), Pair(Measure(None), CELL), "paper"),
        (Rival(None, None), Pair(Measure(None), None), ""),
    ],
)
def test_a_row_is_there_where_it_says_something(rival: Rival, pair: Pair, kinds: str) -> None:
    rows = rows_of(rival, [pair], "padded")
    assert "|".join(cells[2].text for cells in rows) == kinds
    assert all(cells[1].text == "padded" for cells in rows)
    names = {"paper": rival.paper, **dict.fromkeys(("this run", "difference", "paper is"), "glass")}
    if rival.who != OTHER:
        assert all(cells[0].text == names[cells[2].text] for cells in rows)
    assert bool(notes_of(rows)) is ("difference" in kinds)


def test_figures_that_cannot_be_compared_leave_gaps_in_the_rows_of_others() -> None:
    pairs = [Pair(Measure(0.8, 0.7, 0.9), CELL), Pair(Measure(0.8, 0.7, 0.9), None), Pair(Measure(0.8), CELL)]
    *_, difference, place = rows_of(Rival(GLASS, "GLASS"), pairs)
    assert texts(difference) == ["glass", "difference", "-3.1", "–", "-3.1"]
    assert texts(place) == ["glass", "paper is", "inside", "–", "–"]


def test_without_an_interval_beside_the_paper_nothing_is_inside() -> None:
    pairs = [Pair(Measure(0.8), CELL), Pair(Measure(0.8, 0.7, 0.9), None)]
    rows = rows_of(Rival(GLASS, "GLASS"), pairs)
    assert [cells[1].text for cells in rows] == ["this run", "paper", "difference"]
