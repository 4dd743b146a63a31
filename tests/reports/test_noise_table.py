"""The noise of sampling as it is read, and what is told where nothing is drawn."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, about, headings, lines, parts_of, row_of

from iad_eval.reports import summary_document
from iad_eval.reports.noise_table import noise_table, undrawn
from iad_eval.reports.table import Table
from iad_eval.words import Json


def _noise(class_name: str | None, n: int, flipped: float, floor: float) -> Record:
    counts = {"repeats": 3, "n": n, "views": 4 * n, "accuracy_sd": floor / 2.7718}
    return about("lvlm", "oneshot", class_name=class_name, flipped=flipped, noise_floor=floor, **counts)


SEVERAL = [_noise(None, 1725, 0.125, 0.00456), _noise("bolt", 5, 0.0, 0.0), _noise("nut", 1720, 0.25, 0.031)]


def test_all_views_of_a_model_are_one_row() -> None:
    table = noise_table(parts_of(noise=SEVERAL))
    assert headings(table) == ["model", "draws", "views", "flipped, %", "noise, points"]
    assert lines(table) == ["lvlm (oneshot) | 3 | 6,900 | 12.5 | 0.46"]


def test_each_class_has_its_own_noise() -> None:
    table = noise_table(parts_of(noise=SEVERAL), by_class=True)
    assert headings(table)[:2] == ["model", "class"]
    assert lines(table) == [
        "lvlm (oneshot) | all | 3 | 6,900 | 12.5 | 0.46",
        "lvlm (oneshot) | bolt | 3 | 20 | 0.0 | 0.0",
        "lvlm (oneshot) | nut | 3 | 6,880 | 25.0 | 3.1",
    ]


def test_without_repeats_there_is_no_table() -> None:
    assert noise_table(parts_of(), by_class=True) is None
    assert noise_table(parts_of(noise=[])) is None


@pytest.mark.parametrize(("verbose", "rows"), [(False, 1), (True, 3)])
def test_brief_and_verbose_reports_hold_it(verbose: bool, rows: int) -> None:
    named = [row_of("lvlm", 0.5, protocol="oneshot", class_name=name) for name in ("bolt", "nut")]
    counts: dict[str, Json] = {"asked": 2, "observed": 2, "unreadable": 0, "failed": 0}
    summary: dict[str, Json] = {
        "rows": [row_of("lvlm", 0.5, protocol="oneshot"), *named],
        "drops": [],
        "floors": [],
        "training_scores": [],
        "completeness": counts,
        "noise": SEVERAL,
    }
    document = summary_document(summary, {}, verbose=verbose)
    [table] = [
        block for block in document.blocks if isinstance(block, Table) and "sampling alone" in block.title
    ]
    assert table.title == "parts: how much sampling alone moves accuracy"
    assert len(table.rows) == rows


def test_repeats_that_asked_nothing_again_are_told() -> None:
    told = undrawn({"repeats": {"patch-knn": 1, "lvlm": 1}})
    assert told is not None
    assert told.warning
    assert "--iad-repeats asked nothing again" in told.text
    assert "--iad-lvlm temperature=0.3" in told.text


@pytest.mark.parametrize("repeats", [None, {}, {"lvlm": 3}, {"patch-knn": 1, "lvlm": 3}])
def test_where_something_was_drawn_or_nothing_wanted_nothing_is_told(repeats: dict[str, Json] | None) -> None:
    assert undrawn({} if repeats is None else {"repeats": repeats}) is None
