"""Accuracy by kind of defect: order, sizes, and models that judged fewer of a kind or none."""

from __future__ import annotations

from rows_by_hand import Record, about, headings, lines, parts_of, row_of

from iad_eval.reports.defects_table import defects_table

ROWS = [row_of("a", 0.5), row_of("b", 0.5), row_of("c", 0.5), row_of("b", 0.5, "padded")]


def _kind(model: str, class_name: str, defect: str, n: int, size: float | None, **more: object) -> Record:
    told: Record = {
        "perturbation": "original",
        "n": n,
        "correct": 1,
        "accuracy": 0.5,
        "low": None,
        "high": None,
    }
    return about(model, class_name=class_name, defect=defect, mask_fraction=size, **{**told, **more})


def test_good_parts_lead_their_class_and_a_kind_is_as_those_saw_it_that_judged_most() -> None:
    view = parts_of(
        *ROWS,
        defects=[
            _kind("b", "nut", "good", 3, 0.0, accuracy=1.0),
            _kind("b", "bolt", "zigzag", 2, None),
            _kind("a", "bolt", "bent", 5, 0.5, low=0.25, high=0.75),
            _kind("b", "bolt", "bent", 1200, 0.00123, accuracy=0.0),
            _kind("a", "bolt", "good", 4, 0.0),
        ],
    )
    table = defects_table(view)
    assert headings(table) == ["class", "kind", "n", "size", "a", "b"]
    assert lines(table) == [
        "bolt | good | 4 | – | 50.0 | –",
        "bolt | bent | 1,200 | 0.12 | 50.0 25.0–75.0 | 0.0",
        "bolt | zigzag | 2 | – | – | 50.0",
        "nut | good | 3 | – | – | 100.0",
    ]
    assert table is not None
    assert table.title == "parts, original views: which kinds of defects are found, accuracy in %"
    assert len(table.notes) == 1


def test_who_was_judged_on_other_views_is_told() -> None:
    padded = _kind("a", "bolt", "bent", 5, 0.5, perturbation="padded")
    table = defects_table(parts_of(*ROWS, defects=[padded, _kind("b", "bolt", "bent", 5, 0.5)]))
    assert table is not None
    assert table.title.startswith("parts, original views: ")
    assert table.notes[1:] == ("Models without original views are judged on others: a (padded).",)


def test_a_run_of_one_perturbation_is_called_by_it() -> None:
    rows = [row_of("a", 0.5, "padded"), row_of("a", 0.5, "a-blur")]
    table = defects_table(
        parts_of(*rows, defects=[_kind("a", "bolt", "bent", 5, 0.5, perturbation="a-blur")])
    )
    assert table is not None
    assert table.title.startswith("parts, a-blur views: ")
    assert len(table.notes) == 1


def test_without_thresholds_there_is_no_table() -> None:
    assert defects_table(parts_of(row_of("scores", None, threshold=None), defects=[])) is None
