"""One model class by class: each class has a floor of its own."""

from __future__ import annotations

from typing import Any

from rows_by_hand import Record, floor_of, headings, lines, parts_of, row_of

from iad_eval.reports.class_table import class_table
from iad_eval.reports.reading import Entrant


def _of(class_name: str, accuracy: float | None, view: str = "original", **more: Any) -> Record:
    return row_of("glass", accuracy, view, class_name=class_name, **more)


def test_a_class_is_held_against_the_floor_of_what_was_judged_of_it() -> None:
    view = parts_of(
        row_of("glass", 0.9),
        _of("bolt", 0.75, always_anomalous=0.75, miss_rate=0.25, overkill_rate=None, auroc=0.9),
        _of("bolt", 0.75, "rotated", always_anomalous=0.625, low=0.5, high=1.0),
        _of("cup", None, n=0, failed=8, always_anomalous=None),
        _of("cup", 0.25, "rotated", always_anomalous=0.5),
        _of("nut", 0.875, always_anomalous=0.875, threshold="p80", headline=False),
        row_of("lvlm", 0.5, class_name="of another"),
        floors=[floor_of(0.5), floor_of(0.75, "bolt"), floor_of(0.25, "cup")],
    )
    table = class_table(view, Entrant("glass"))
    assert headings(table) == ["class", "n", "AUROC", "original", "rotated", "missed", "overkill", "floor"]
    assert lines(table) == [
        "bolt | 8 | 90.0 | 75.0† | 75.0 50.0–100.0 | 25.0 | – | 75.0",
        "cup | 0 | – | – | 25.0† | – | – | 75.0",
    ]


def test_a_class_without_a_floor_and_a_run_without_originals() -> None:
    table = class_table(parts_of(_of("bolt", 0.75, "a-blur"), _of("bolt", 0.5, "padded")), Entrant("glass"))
    assert headings(table)[3:5] == ["padded", "a-blur"]
    assert lines(table) == ["bolt | 8 | – | 50.0† | 75.0 | – | – | –"]
    assert table.notes[0].startswith("Missed defects and overkill on padded; floor:")
