"""Tables 5, 8 and 9 of the paper beside a run's dataset."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from paper_run import GLASS, OTHER, QWEN, QWEN_BLIND, Record, lines, row, rows, texts

from iad_eval.reports.paper.dataset_tables import protocols, thresholds
from iad_eval.reports.paper.standing import Standing
from iad_eval.reports.reading import DatasetView

MVTEC, VISA = Standing("lab", "mvtec"), Standing("lab", "visa")


def _view(found: Sequence[Record]) -> DatasetView:
    return DatasetView({"rows": found}, "lab")


def test_table_5_has_a_model_once_and_its_protocols_across() -> None:
    small = ("qwen2-vl-7b", "oneshot")
    table = protocols(
        _view(
            [
                row("lab", GLASS, "original", 82.0),
                row("lab", small, "original", 60.0),
                row("lab", QWEN, "original", 90.0),
                row("lab", QWEN, "rotated", 10.0),
                row("lab", QWEN_BLIND, "original", 73.0),
            ]
        ),
        MVTEC,
    )
    assert table is not None
    assert table.title == (
        "lab beside the paper's Table 5 (MVTec-AD): ways of asking, accuracy on original in %"
    )
    assert [column.name for column in table.columns] == [
        *("model", "figures", "oneshot-specific", "oneshot", "zeroshot-description", "zeroshot")
    ]
    assert [texts(each) for each in table.rows] == [
        ["qwen2-vl-72b-awq", "this run", "90.0", "–", "–", "73.0"],
        ["Qwen", "paper", "91.8", "90.0", "76.1", "69.7†"],
        ["qwen2-vl-72b-awq", "difference", "-1.8", "–", "–", "+3.3"],
        ["qwen2-vl-72b-awq", "paper is", "inside", "–", "–", "outside"],
        ["qwen2-vl-7b", "this run", "–", "60.0", "–", "–"],
    ]
    assert texts(table.footer)[1:] == ["of all MVTec-AD", *["72.3"] * 4]


def test_a_protocol_of_ones_own_stands_behind_the_papers() -> None:
    own = ("qwen2-vl-72b-awq", "in-french")
    table = protocols(_view([row("lab", own, "original", 88.0)]), MVTEC)
    assert table is not None
    assert table.columns[-1].name == "in-french"
    assert lines(table, "qwen2-vl-72b-awq") == [["this run", "–", "–", "–", "–", "88.0"]]
    assert lines(table, "Qwen") == [["paper", "91.8", "90.0", "76.1", "69.7†", "–"]]
    assert len(table.footer) == 7


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ([row("lab", GLASS, "original", 82.0)], MVTEC),  # nobody was asked
        ([row("lab", QWEN, "rotated", 82.0)], MVTEC),
        ([row("lab", QWEN, "original", 82.0)], VISA),  # the paper's ablation is on MVTec-AD alone
    ],
)
def test_there_is_no_table_5_without_its_figures(found: Sequence[Record], place: Standing) -> None:
    assert protocols(_view(found), place) is None


def test_tables_8_and_9_have_a_line_a_view_and_the_papers_two_models() -> None:
    found = [
        *rows("lab", GLASS, {"p90": (82.0, 78.0), "max": (58.0, 57.0), "p80": (None, 76.0)}),
        *rows("lab", OTHER, {"max": (90.0,)}),
        row("lab", QWEN, "original", 90.0),  # has no thresholds
    ]
    table = thresholds(_view(found), MVTEC)
    assert table is not None
    assert table.title == (
        "lab beside the paper's Tables 8 and 9 (MVTec-AD): the same scores under three thresholds, "
        "accuracy in %"
    )
    assert [texts(each) for each in table.rows] == [
        ["glass", "original", "this run", "58.0", "82.0", "–"],
        ["GLASS", "original", "paper", "57.8†", "83.1", "79.3"],
        ["glass", "original", "difference", "+0.2", "-1.1", "–"],
        ["glass", "original", "paper is", "inside", "inside", "–"],
        ["glass", "rotated", "this run", "57.0", "78.0", "76.0"],
        ["GLASS", "rotated", "paper", "56.1†", "77.1", "76.5"],
        ["glass", "rotated", "difference", "+0.9", "+0.9", "-0.5"],
        ["glass", "rotated", "paper is", "inside", "inside", "inside"],
        ["INP-Former", "original", "paper", "83.3", "82.8", "78.9"],
        ["INP-Former", "rotated", "paper", "67.2†", "74.6", "74.6"],
        ["patch-knn", "original", "this run", "90.0", "–", "–"],
        ["patch-knn", "rotated", "this run", "–", "–", "–"],
    ]
    assert texts(table.footer) == ["trivial floor", "", "of all MVTec-AD", "72.3", "72.3", "72.3"]
    assert table.key_columns == 3


def test_beside_visa_stand_its_figures_and_its_floor() -> None:
    table = thresholds(_view(rows("lab", GLASS, {"max": (89.0, 57.0, 57.0, 77.0)})), VISA)
    assert lines(table, "GLASS") == [
        ["original", "paper", "89.6", "87.1", "81.3"],
        ["rotated", "paper", "57.2", "56.6†", "56.6†"],
        ["padded", "paper", "56.6†", "56.6†", "56.6†"],
        ["timestamp", "paper", "76.8", "74.2", "70.6"],
    ]
    assert lines(table, "INP-Former")[1] == ["rotated", "paper", "56.6†", "56.6†", "56.6†"]


@pytest.mark.parametrize(
    "found",
    [
        [row("lab", QWEN, "original", 90.0)],
        [row("lab", GLASS, "blurred", 90.0, threshold="max")],
    ],
    ids=["no thresholds", "no view of the paper's"],
)
def test_without_thresholds_or_shared_views_there_are_no_tables_8_and_9(found: Sequence[Record]) -> None:
    assert thresholds(_view(found), MVTEC) is None
