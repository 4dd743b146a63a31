"""Ranking beside judging: the gap, what a model is judged by, and marks."""

from __future__ import annotations

from rows_by_hand import Record, floor_of, line, lines, parts_of, row_of

from iad_eval.reports.original_table import original_table


def test_the_gap_is_auroc_minus_accuracy_where_both_were_measured() -> None:
    by_score: Record = {"threshold": "p90", "auroc_low": 0.75, "auroc_high": 1.0}
    view = parts_of(
        row_of("glass", 0.75, auroc=0.875, low=0.625, high=0.875, **by_score),
        row_of("lvlm", 0.875, auroc=0.75),
        row_of("patient", 0.625, auroc=None),
        row_of("scores", None, threshold=None, auroc=0.9),
        row_of("turned", None, auroc=None),
        row_of("turned", 1.0, "rotated"),
        floors=[floor_of(0.25)],
    )
    table = original_table(view)
    assert lines(table) == [
        "glass | score > p90 | 87.5 75.0–100.0 | 75.0 62.5–87.5 | 12.5",
        "lvlm | its answer | 75.0 | 87.5* | -12.5",
        "patient | its answer | – | 62.5 | –",
        "scores | – | 90.0 | – | –",
        "turned | its answer | – | – | –",
    ]
    assert table is not None
    assert line(table.footer) == "trivial floor | everything normal | 50.0 | 75.0 | "


def test_best_is_marked_among_several_alone_and_never_at_the_floor() -> None:
    tied = parts_of(row_of("a", 0.75), row_of("b", 0.75), row_of("c", 0.5))
    assert lines(original_table(tied)) == [
        f"{name} | its answer | – | {accuracy} | –"
        for name, accuracy in zip("abc", ("75.0*", "75.0*", "50.0†"), strict=True)
    ]
    assert lines(original_table(parts_of(row_of("a", 0.75)))) == ["a | its answer | – | 75.0 | –"]
    at_floor = parts_of(row_of("a", 0.75, always_anomalous=0.25), row_of("b", 0.5))
    assert lines(original_table(at_floor)) == [
        "a | its answer | – | 75.0† | –",
        "b | its answer | – | 50.0† | –",
    ]


def test_recorded_answers_are_told_apart() -> None:
    rows = [row_of("lvlm", 0.75), row_of("live", 0.75)]
    serving = [{"model": "lvlm", "recorded": 8}, {"model": "live", "recorded": 0}]
    assert [row.split(" | ")[1] for row in lines(original_table(parts_of(*rows, serving=serving)))] == [
        "its answer",
        "its answer, RECORDED",
    ]


def test_without_original_views_or_a_floor() -> None:
    assert original_table(parts_of(row_of("glass", 0.75, "rotated"))) is None
    table = original_table(parts_of(row_of("glass", 0.75)))
    assert table is not None
    assert table.footer == ()
