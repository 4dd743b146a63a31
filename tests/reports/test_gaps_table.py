"""What is missing: one row a class and model, the brief table short."""

from __future__ import annotations

from rows_by_hand import Record, headings, lines

from iad_eval.reports.gaps_table import BRIEF_ROWS, gaps_table


def _gap(class_name: str, perturbation: str, asked: int, observed: int, failed: int = 0) -> Record:
    who = {"model": "lvlm", "protocol": "oneshot"}
    counts = {"asked": asked, "observed": observed, "failed": failed}
    return {"dataset": "parts", "class_name": class_name, "perturbation": perturbation, **who, **counts}


def test_views_of_a_class_and_model_share_a_row() -> None:
    found = [_gap("bolt", "original", 12, 10), _gap("bolt", "padded", 12, 0), _gap("nut", "padded", 2000, 1)]
    table = gaps_table({"gaps": found}, verbose=False)
    assert headings(table) == ["dataset/class", "model", "views", "missing", "asked"]
    assert lines(table) == [
        "parts/bolt | lvlm (oneshot) | original and padded | 14 | 24",
        "parts/nut | lvlm (oneshot) | padded | 1,999 | 2,000",
    ]
    assert table is not None
    assert table.notes == ()


def test_failures_have_a_column_and_a_sentence_where_there_are_any() -> None:
    table = gaps_table(
        {"gaps": [_gap("bolt", "original", 12, 9, 2), _gap("nut", "padded", 2, 1)]}, verbose=True
    )
    assert headings(table)[3:] == ["missing", "failed", "asked"]
    assert lines(table)[0] == "parts/bolt | lvlm (oneshot) | original | 3 | 2 | 12"
    assert table is not None
    assert "see predictions.csv" in table.notes[0]


def test_the_brief_table_says_how_many_rows_it_leaves_out() -> None:
    found = [_gap(f"part {number}", "original", 2, 1) for number in range(BRIEF_ROWS + 1)]
    brief, whole = (gaps_table({"gaps": found}, verbose=verbose) for verbose in (False, True))
    assert brief is not None
    assert (len(lines(brief)), brief.notes) == (BRIEF_ROWS, ("And 1 more row; -v shows all.",))
    assert whole is not None
    assert (len(lines(whole)), whole.notes) == (BRIEF_ROWS + 1, ())


def test_a_whole_run_has_no_table() -> None:
    assert gaps_table({"gaps": []}, verbose=True) is None
    assert gaps_table({}, verbose=False) is None
