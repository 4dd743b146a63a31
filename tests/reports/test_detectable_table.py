"""The smallest drop that can be told, of all and class by class."""

from __future__ import annotations

from rows_by_hand import Record, about, headings, lines, parts_of

from iad_eval.reports.detectable_table import detectable_table


def _least(n: int, flipped: float | None, drop: float | None, class_name: str | None = None) -> Record:
    return about("lvlm", "oneshot", class_name=class_name, n=n, flipped=flipped, minimum_detectable_drop=drop)


SEVERAL = [_least(1725, 0.125, 0.0245), _least(5, None, None, "bolt"), _least(1720, 0.0, 0.5, "nut")]


def test_all_photographs_of_a_model_are_one_row() -> None:
    table = detectable_table(parts_of(detectable=SEVERAL))
    assert headings(table) == ["model", "photographs", "flipped, %", "drop, points"]
    assert lines(table) == ["lvlm (oneshot) | 1,725 | 12.5 | 2.5"]


def test_classes_with_too_few_photographs_can_tell_nothing() -> None:
    table = detectable_table(parts_of(detectable=SEVERAL), by_class=True)
    assert headings(table)[:2] == ["model", "class"]
    assert lines(table) == [
        "lvlm (oneshot) | all | 1,725 | 12.5 | 2.5",
        "lvlm (oneshot) | bolt | 5 | – | –",
        "lvlm (oneshot) | nut | 1,720 | 0.0 | 50.0",
    ]


def test_nothing_measured_no_table() -> None:
    assert detectable_table(parts_of(), by_class=True) is None
    assert detectable_table(parts_of(detectable=SEVERAL[1:])) is None
