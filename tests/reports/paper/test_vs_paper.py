"""Which tables a run beside the paper comes to, and what is said above them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from paper_run import (
    GLASS,
    OTHER,
    QWEN,
    QWEN_BLIND,
    Record,
    Who,
    correlation,
    manifest,
    published,
    row,
    rows,
    seconds,
    texts,
    whole_run,
)

from iad_eval.reports.document import Paragraph
from iad_eval.reports.paper import vs_paper
from iad_eval.reports.paper.run_tables import sizes_and_cost
from iad_eval.reports.table import Table


def _told(summary: Record, told: Record) -> list[str]:
    """Titles up to their colon, and sentences."""
    blocks = vs_paper(summary, told)
    return [each.text if isinstance(each, Paragraph) else each.title.partition(": ")[0] for each in blocks]


def test_tables_stand_in_the_order_of_the_datasets_names_and_the_whole_run_last() -> None:
    summary, told = whole_run()
    *found, last = _told(summary, told)
    assert [text[:44] for text in found] == [
        "mvtec beside the paper's Table 1 (MVTec-AD)",
        "mvtec beside the paper's Table 3 (MVTec-AD)",
        "mvtec beside the paper's Table 5 (MVTec-AD)",
        "mvtec beside the paper's Tables 8 and 9 (MVT",
        "The paper has no figures to set beside nuts:",
        "visa is NOT THE PAPER'S VisA (1 of 12 classe",
        "visa beside the paper's Table 2 (VisA, here ",
        "visa beside the paper's Tables 8 and 9 (VisA",
    ]
    assert last == "The run beside the paper's Figure 7 and section 6"


@pytest.mark.parametrize("limit", [100, 99])
def test_only_a_part_of_a_dataset_is_warned_of(limit: int) -> None:
    counts = {
        name: (min(normal, 101), min(anomalous, limit))
        for name, (normal, anomalous) in published("visa").items()
    }
    summary = {"rows": rows("lab", QWEN, {"answer": (73.0,)})}
    trouble = "962 normal and 1,188 anomalous test photographs, not 962 and 1,200"
    whole = ["lab beside the paper's Table 2 (VisA)"]
    part = [
        f"lab is NOT THE PAPER'S VisA ({trouble}): it stands beside the paper's figures all the same, but "
        "differences tell little about how well the paper reproduces.",
        "lab beside the paper's Table 2 (VisA, here NOT THE SAME",
    ]
    assert _told(summary, manifest(lab=("visa", counts))) == (whole if limit == 100 else part)


def test_a_model_that_was_run_on_some_classes_of_a_whole_dataset_is_named() -> None:
    summary = {"rows": [row("lab", GLASS, "original", 90.0, threshold="max", classes=1)]}
    sentence, *tables = _told(summary, manifest(lab=("visa", published("visa"))))
    assert sentence.startswith("Not all 12 classes of lab ")
    assert sentence.endswith(": glass (1 of 12).")
    assert len(tables) == 2


def test_another_dataset_is_named_and_left_out() -> None:
    summary = {"rows": rows("mvtec", GLASS, {"max": (90.0,)})}
    assert _told(summary, manifest(mvtec=("folder", {}))) == [
        "The paper has no figures to set beside mvtec: it is another dataset."
    ]


def test_nothing_observed_is_nothing_to_compare() -> None:
    assert vs_paper({"rows": []}, {}) == []
    assert vs_paper({}, {}) == []


def test_figure_7_and_the_seconds_stand_beside_those_of_the_papers_way_of_asking() -> None:
    table = sizes_and_cost(
        {
            "sizes": [correlation(GLASS, 0.5), correlation(QWEN, 0.9), correlation(QWEN_BLIND, None)],
            "cost": [seconds(OTHER, 0.05), seconds(QWEN, 1.5), seconds(QWEN_BLIND, 1.25)],
        }
    )
    assert table is not None
    assert table.title == "The run beside the paper's Figure 7 and section 6"
    assert [texts(each) for each in table.rows] == [
        ["qwen2-vl-72b-awq (oneshot-specific)", "this run", "0.900", "1.50"],
        ["Qwen", "paper", "0.825", "4.74"],
        ["qwen2-vl-72b-awq (oneshot-specific)", "difference", "+0.075", "-3.24"],
        ["patch-knn", "this run", "–", "0.05"],
        ["qwen2-vl-72b-awq (zeroshot)", "this run", "–", "1.25"],
        ["glass", "this run", "0.500", "–"],
    ]


@pytest.mark.parametrize(
    ("summary", "rows_shown"),
    [
        ({"cost": [seconds(QWEN, 1.5)]}, [["this run", "–", "1.50"], ["difference", "–", "-3.24"]]),
        ({"sizes": [correlation(QWEN, 0.8)]}, [["this run", "0.800", "–"], ["difference", "-0.025", "–"]]),
        ({"sizes": [correlation(GLASS, 0.8)]}, []),
    ],
)
def test_one_of_both_is_enough(summary: Mapping[str, Any], rows_shown: Sequence[Sequence[str]]) -> None:
    table = sizes_and_cost(summary)
    assert isinstance(table, Table)
    shown = [texts(each) for each in table.rows]
    assert [line[1:] for line in shown if line[0].startswith("qwen2")] == rows_shown
    assert ["Qwen", "paper", "0.825", "4.74"] in shown


@pytest.mark.parametrize("who", [GLASS, QWEN])
def test_without_any_measured_there_is_no_table(who: Who) -> None:
    assert sizes_and_cost({"sizes": [correlation(who, None)], "cost": [seconds(who, None)]}) is None
    assert sizes_and_cost({}) is None
