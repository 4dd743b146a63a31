"""Photographs judged alike in all views, and flips."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, about, headings, lines, parts_of, row_of

from iad_eval.reports.stability_table import stability_table

ROWS = [row_of("glass", 0.75, view) for view in ("original", "padded", "rotated")]


def _alike(model: str = "glass", class_name: str | None = None, **more: object) -> Record:
    told: Record = {
        "n": 2000,
        "alike": 1500,
        "share": 0.75,
        "low": 0.5,
        "high": 0.875,
        "alike_and_right": 1234,
    }
    return about(model, class_name=class_name, **{**told, **more})


def _flips(view: str, harmful: int, beneficial: int, class_name: str | None = None) -> Record:
    told: Record = {"perturbation": view, "n": 2000, "harmful": harmful, "beneficial": beneficial}
    return about("glass", class_name=class_name, **told)


def test_flips_stand_below_their_views_and_classes_are_left_out() -> None:
    view = parts_of(
        *ROWS,
        invariance=[
            _alike(),
            _alike(class_name="bolt", share=0.1),
            _alike("lvlm", low=None, alike_and_right=0),
        ],
        flips=[_flips("rotated", 1500, 3), _flips("padded", 9, 9, "bolt")],
    )
    table = stability_table(view)
    assert headings(table) == ["model", "alike, %", "alike and right", "rotated", "padded"]
    assert lines(table) == [
        "glass | 75.0 50.0–87.5 | 1,234 of 2,000 | 1,500 / 3 | –",
        "lvlm | 75.0 | 0 of 2,000 | – | –",
    ]
    assert table is not None
    assert len(table.notes) == 2


def test_without_flips_nothing_is_said_of_them() -> None:
    table = stability_table(parts_of(*ROWS, invariance=[_alike()]))
    assert lines(table) == ["glass | 75.0 50.0–87.5 | 1,234 of 2,000 | – | –"]
    assert table is not None
    assert len(table.notes) == 1


@pytest.mark.parametrize("sections", [{}, {"invariance": []}, {"invariance": [_alike(class_name="bolt")]}])
def test_without_photographs_in_several_views_there_is_no_table(sections: dict[str, object]) -> None:
    assert stability_table(parts_of(*ROWS, flips=[_flips("rotated", 1, 0)], **sections)) is None
