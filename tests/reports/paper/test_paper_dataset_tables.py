"""Tables 1 to 4 of the paper beside a run's dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from paper_run import GLASS, OTHER, QWEN, QWEN_BLIND, VIEWS, Record, Who, drop, lines, row, rows, texts

from iad_eval.reports.paper.dataset_tables import original, views
from iad_eval.reports.paper.standing import Standing
from iad_eval.reports.reading import DatasetView
from iad_eval.reports.table import Table

MVTEC, VISA = Standing("lab", "mvtec"), Standing("lab", "visa")
ALL = {"rotated": 4.0, "padded": 12.0, "timestamp": 3.0}
EVERYWHERE = {"max": (82.0, 78.0, 70.0, 79.0)}


def _view(found: Sequence[Record], drops: Sequence[Record] = ()) -> DatasetView:
    return DatasetView({"rows": found, "drops": drops}, "lab")


def _names(table: Table | None) -> list[str]:
    assert table is not None
    return [column.name for column in table.columns]


def test_table_1_has_auroc_and_accuracy_of_all_models_of_both() -> None:
    found = [
        row("lab", GLASS, "original", 82.0, threshold="p90", auroc=99.0),
        row("lab", GLASS, "original", 58.0, threshold="max", headline=False, auroc=99.0),
        row("lab", OTHER, "original", 90.0, threshold="max"),
        row("lab", QWEN, "original", 95.0, auroc=97.0),
        row("lab", QWEN_BLIND, "original", None),
    ]
    table = original(_view(found), MVTEC)
    assert table is not None
    assert table.title == "lab beside the paper's Table 1 (MVTec-AD): original views, in %"
    assert [texts(each) for each in table.rows] == [
        ["glass", "this run", "99.0", "82.0"],
        ["GLASS", "paper", "99.9", "83.1"],
        ["glass", "difference", "-0.9", "-1.1"],
        ["glass", "paper is", "inside", "inside"],
        ["INP-Former", "paper", "97.7", "83.3"],
        ["AnomalyGPT", "paper", "94.1", "85.6"],
        ["qwen2-vl-72b-awq (oneshot-specific)", "this run", "97.0", "95.0"],
        ["Qwen", "paper", "–", "91.8"],
        ["qwen2-vl-72b-awq (oneshot-specific)", "difference", "–", "+3.2"],
        ["qwen2-vl-72b-awq (oneshot-specific)", "paper is", "–", "outside"],
        ["patch-knn", "this run", "–", "90.0"],
        ["qwen2-vl-72b-awq (zeroshot)", "this run", "–", "–"],
    ]
    assert texts(table.footer) == ["trivial floor", "of all MVTec-AD", "50.0", "72.3"]
    assert [note.partition(":")[0] for note in table.notes] == ["Difference"]


def test_table_2_is_that_of_visa() -> None:
    table = original(_view([row("lab", OTHER, "original", 90.0)]), VISA)
    assert table is not None
    assert table.title.startswith("lab beside the paper's Table 2 (VisA): ")
    assert lines(table, "Qwen") == [["paper", "–", "73.7"]]
    assert texts(table.footer) == ["trivial floor", "of all VisA", "50.0", "56.6"]
    assert table.notes == ()  # nothing was compared


def test_without_original_views_there_is_no_table_1() -> None:
    assert original(_view([row("lab", GLASS, "rotated", 82.0)]), MVTEC) is None


def test_table_3_has_the_views_and_the_average_drop() -> None:
    found = [*rows("lab", GLASS, EVERYWHERE), *rows("lab", QWEN_BLIND, {"answer": (70.0, 70.0)})]
    drops = [drop("lab", GLASS, ALL, 6.3), drop("other", GLASS, ALL, 90.0)]
    table = views(_view(found, drops), MVTEC)
    assert table is not None
    assert table.title == "lab beside the paper's Table 3 (MVTec-AD): accuracy in %, average drop in points"
    assert _names(table)[2:] == [*VIEWS, "average drop"]
    assert lines(table, "glass") == [
        ["this run", "82.0", "78.0", "70.0", "79.0", "6.3"],
        ["difference", "-1.1", "+0.9", "-3.1", "+3.7", "-1.6"],
        ["paper is", "inside", "inside", "outside", "outside", "inside"],
    ]
    assert lines(table, "INP-Former") == [["paper", "83.3", "67.2†", "85.6", "82.7", "4.8"]]
    assert lines(table, "AnomalyGPT") == [["paper", "85.6", "85.1", "70.0†", "72.8", "10.3"]]
    assert lines(table, "Qwen") == [["paper", "91.8", "89.4", "89.6", "91.3", "1.7"]]
    assert lines(table, "qwen2-vl-72b-awq (zeroshot)") == [["this run", "70.0", "70.0", "–", "–", "–"]]
    assert texts(table.footer)[1:] == ["of all MVTec-AD", *["72.3"] * 4, "0.0"]
    assert [mark for mark, _ in table.used_legend] == ["floor"]
    assert table.notes[1:] == (
        "The paper prints 10.3 as the average drop of AnomalyGPT; the cells of that row give 9.6.",
    )


def test_table_4_marks_what_is_no_better_than_calling_all_of_visa_anomalous() -> None:
    table = views(_view(rows("lab", OTHER, EVERYWHERE)), VISA)
    assert table is not None
    assert table.title.startswith("lab beside the paper's Table 4 (VisA): ")
    assert lines(table, "GLASS") == [["paper", "89.6", "57.2", "56.6†", "76.8", "26.1"]]
    assert lines(table, "INP-Former") == [["paper", "90.8", "56.6†", "80.4", "90.7", "14.9"]]
    assert lines(table, "AnomalyGPT") == [["paper", "77.6", "69.2", "74.2", "55.3†", "11.6"]]
    assert lines(table, "Qwen") == [["paper", "73.7", "67.3", "71.4", "73.3", "3.0"]]
    assert table.notes == (
        "The paper prints 11.6 as the average drop of AnomalyGPT; the cells of that row give 11.4.",
    )


@pytest.mark.parametrize(
    ("seen", "columns"),
    [
        (("original", "padded"), ["original", "padded"]),
        (("padded", "rotated"), ["rotated", "padded"]),
        (("original", "rotated", "padded", "timestamp", "blurred"), list(VIEWS)),
        (("timestamp", "blurred"), ["timestamp"]),
    ],
)
def test_with_other_views_the_shared_ones_are_compared_and_the_runs_average_is_left_out(
    seen: Sequence[str], columns: Sequence[str]
) -> None:
    found = [row("lab", GLASS, name, 80.0) for name in seen]
    by_view = {name: 1.0 for name in seen if name != "original"}
    table = views(_view(found, [drop("lab", GLASS, by_view, 1.0)]), MVTEC)
    assert table is not None
    assert _names(table)[2:-1] == columns
    assert [line[-1] for line in lines(table, "glass")] == ["–", "–", "–"]
    assert lines(table, "GLASS")[0][-1] == "7.9"
    assert table.notes[-1].startswith("The run's average drop is left out: ")


@pytest.mark.parametrize("seen", [("original",), ("blurred",), ("original", "blurred")])
def test_without_a_perturbed_view_of_the_papers_there_is_no_table_3(seen: Sequence[str]) -> None:
    assert views(_view([row("lab", GLASS, name, 80.0) for name in seen]), MVTEC) is None


@pytest.mark.parametrize(
    ("who", "by_view", "average", "shown"),
    [
        (GLASS, ALL, 6.3, "6.3"),
        (GLASS, {"rotated": 4.0}, 4.0, "–"),  # a model that was asked for fewer views than others
        (GLASS, ALL, None, "–"),  # a view that failed throughout
        (OTHER, ALL, 6.3, "–"),
    ],
)
def test_a_runs_average_drop_is_shown_where_it_is_over_the_papers_views(
    who: Who, by_view: Mapping[str, float], average: float | None, shown: str
) -> None:
    table = views(_view(rows("lab", GLASS, EVERYWHERE), [drop("lab", who, by_view, average)]), MVTEC)
    assert lines(table, "glass")[0] == ["this run", "82.0", "78.0", "70.0", "79.0", shown]
