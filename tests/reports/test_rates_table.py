"""Kinds of mistakes: what was not measured, and columns of counts only where there is something to count."""

from __future__ import annotations

from rows_by_hand import Record, headings, lines, parts_of, row_of

from iad_eval.reports.rates_table import rates_table

RATES: Record = {
    "pooled_accuracy": 0.8,
    "balanced_accuracy": 0.75,
    "average_precision": 0.9,
    "miss_rate": 0.25,
}
PLAIN = ["model", "pooled", "balanced", "AP", "missed", "overkill"]


def test_models_without_original_views_have_no_row_and_no_say_about_the_columns() -> None:
    overkill: Record = {"overkill_rate": 0.5, "overkill_rate_low": 0.25, "overkill_rate_high": 0.75}
    view = parts_of(
        row_of("a", 0.75, **RATES, **overkill),
        row_of("b", None, threshold=None, average_precision=0.9),
        row_of("c", 0.5, "rotated", failed=3, unreadable=2),
        row_of("a", 0.5, class_name="bolt", failed=3),
    )
    table = rates_table(view)
    assert headings(table) == PLAIN
    assert lines(table) == ["a | 80.0 | 75.0 | 90.0 | 25.0 | 50.0 25.0–75.0", "b | – | – | 90.0 | – | –"]
    assert table is not None
    assert len(table.notes) == 1


def test_unreadable_and_failed_views_are_counted_where_there_are_any() -> None:
    failed = rates_table(parts_of(row_of("a", 0.75, failed=3), row_of("b", 0.75)))
    assert headings(failed) == [*PLAIN, "failed"]
    assert [row.split(" | ")[-1] for row in lines(failed)] == ["3", "0"]
    both = rates_table(parts_of(row_of("a", 0.75, failed=3), row_of("b", 0.75, unreadable=1)))
    assert headings(both) == [*PLAIN, "unreadable", "failed"]
    assert both is not None
    assert both.notes[-1].startswith("Unreadable answers count as wrong, failed views are left out")


def test_without_original_views_there_is_no_table() -> None:
    assert rates_table(parts_of(row_of("a", 0.75, "rotated"))) is None
