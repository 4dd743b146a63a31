"""The same scores under three thresholds: which one heads, and models that have none."""

from __future__ import annotations

from rows_by_hand import Record, about, floor_of, line, lines, parts_of, row_of

from iad_eval.reports.threshold_table import threshold_table


def _three(model: str, view: str, *accuracies: float | None) -> list[Record]:
    """At max, p90 (which heads) and p80, as far as told."""
    return [
        row_of(model, accuracy, view, threshold=name, headline=name == "p90")
        for name, accuracy in zip(("max", "p90", "p80"), accuracies, strict=False)
    ]


def test_the_headline_is_marked_in_every_view_that_was_measured() -> None:
    view = parts_of(
        *_three("glass", "original", 0.5, 0.75, 0.625),
        *_three("glass", "padded", None, None, None),
        *_three("glass", "rotated", 1.0, 0.25, 0.5),
        row_of("lvlm", 0.875),
        row_of("scores", None, threshold=None),
        row_of("lvlm", 0.875, "timestamp"),
        floors=[floor_of(0.25)],
    )
    table = threshold_table(view)
    assert lines(table) == [
        "glass | original | 50.0 | 75.0* | 62.5",
        "glass | rotated | 100.0 | 25.0* | 50.0",
        "glass | padded | – | – | –",
        "glass | timestamp | – | – | –",
    ]
    assert table is not None
    assert line(table.footer) == "trivial floor | everything normal | 75.0 | 75.0 | 75.0"


def test_an_lvlm_that_is_judged_by_its_answers_has_no_mark() -> None:
    rows = [row_of("lvlm", 0.5, threshold=name, headline=False) for name in ("max", "p90", "p80")]
    table = threshold_table(parts_of(*rows, row_of("lvlm", 0.75)))
    assert lines(table) == ["lvlm | original | 50.0 | 50.0 | 50.0"]
    assert table is not None
    assert table.footer == ()
    assert table.used_legend == ()


def test_without_thresholds_there_is_no_table() -> None:
    assert threshold_table(parts_of(row_of("lvlm", 0.75), row_of("scores", None, threshold=None))) is None


def test_ways_of_taking_training_scores_are_in_words() -> None:
    ways = [["held-out", "leave-one-out"], ["file"], ["10-fold", "in-sample", "guessed"]]
    training = [about(model, taken=taken, n=2) for model, taken in zip("abc", ways, strict=True)]
    table = threshold_table(parts_of(*_three("a", "original", 0.5), training_scores=training))
    assert table is not None
    assert table.notes[1:] == (
        "Training scores: a of images that views are not compared with and each image against all others; "
        "b from its file; c 10-fold, each part by a fit that did not see it, by a fit that saw them "
        "and guessed.",
    )
    unknown = threshold_table(parts_of(*_three("a", "original", 0.5)))
    assert unknown is not None
    assert len(unknown.notes) == 1
