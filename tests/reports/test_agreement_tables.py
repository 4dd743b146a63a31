"""Pairs of models, and a vote beside its best voter."""

from __future__ import annotations

from rows_by_hand import Record, floor_of, headings, line, lines, named, parts_of, row_of

from iad_eval.reports.agreement_table import agreement_table, best_of, voters_of, votes_table
from iad_eval.reports.reading import Entrant


def test_pairs_of_which_chance_can_tell_nothing_have_no_kappa() -> None:
    [one, other] = named("glass", "lvlm")
    told = {"dataset": "parts", "one": one, "share": 1.0, "low": None, "high": None}
    pairs = [
        {**told, "other": other, "n": 1234, "kappa": None},
        {**told, "other": {**other, "protocol": "oneshot"}, "n": 8, "kappa": -0.125},
        {**told, "other": other, "n": 9, "kappa": 1.0, "dataset": "other"},
    ]
    table = agreement_table(parts_of(agreement=pairs))
    assert lines(table) == ["glass | lvlm | 1,234 | 100.0 | –", "glass | lvlm (oneshot) | 8 | 100.0 | -0.12"]
    assert agreement_table(parts_of()) is None


def _vote(view: str, accuracy: float | None, *models: str) -> Record:
    voters = named(*(models or ("a", "b", "c")))
    told = {"accuracy": accuracy, "low": None, "high": None}
    return {"dataset": "parts", "perturbation": view, "voters": voters, "n": 8, "correct": 6, **told}


def _rows(name: str, *accuracies: float | None) -> list[Record]:
    views = ("original", "rotated", "padded", "timestamp")
    return [row_of(name, accuracy, view) for view, accuracy in zip(views, accuracies, strict=False)]


def test_the_higher_of_vote_and_best_voter_is_marked_view_by_view() -> None:
    view = parts_of(
        *_rows("a", 0.5, 1.0, 1.0, 1.0),
        *_rows("b", 0.75, 0.5, 0.75, None),
        *_rows("c", None, 0.875),
        *_rows("not-a-voter", 1.0, 1.0, 1.0, 1.0),
        votes=[
            _vote("timestamp", 0.5),
            _vote("original", 0.875),
            _vote("padded", 0.75),
            _vote("rotated", 0.25),
        ],
        floors=[floor_of(0.25)],
    )
    table = votes_table(view)
    assert headings(table) == ["judged by", "original", "rotated", "padded", "timestamp"]
    assert lines(table) == [
        "majority of 3 | 87.5* | 25.0 | 75.0 | 50.0",
        "b | 75.0 | 50.0* | 75.0 | –",
    ]
    assert table is not None
    assert line(table.footer) == "trivial floor | 75.0 | 75.0 | 75.0 | 75.0"
    assert table.notes[0].startswith("3 voters: a, b and c. An unreadable answer is no vote;")


def test_views_without_a_vote_have_no_column_and_no_vote_has_no_table() -> None:
    rows = [*_rows("a", 0.5, 0.5), *_rows("b", 0.5), *_rows("c", 0.5)]
    assert headings(votes_table(parts_of(*rows, votes=[_vote("rotated", 0.5)]))) == ["judged by", "rotated"]
    assert votes_table(parts_of(*rows)) is None
    assert votes_table(parts_of(*rows, votes=[_vote("unseen", 0.5)])) is None


def test_a_vote_without_a_best_voter_stands_alone_and_unmarked() -> None:
    rows = [*_rows("a", None, 0.5), *_rows("b", None, 0.5), *_rows("c", None, 0.5)]
    table = votes_table(parts_of(*rows, votes=[_vote("rotated", 0.75)]))
    assert lines(table) == ["majority of 3 | 75.0"]
    assert table is not None
    assert table.footer == ()


def test_voters_that_are_missing_in_a_view_are_told() -> None:
    rows = [row for name in "abcd" for row in _rows(name, 0.5, 0.75)]
    rows += [row_of("e", 1.0, "rotated")]
    view = parts_of(*rows, votes=[_vote("original", 0.75), _vote("rotated", 0.75, *"bcde")])
    table = votes_table(view)
    assert lines(table)[0].startswith("majority of 5 |")
    assert table is not None
    assert table.notes[0].startswith("5 voters: a, b, c, d and e. ")
    assert table.notes[1] == "Not all of them voted in every view: 3 in original and 4 in rotated."


def test_the_best_voter_is_the_one_that_leads_on_the_anchor_view() -> None:
    view = parts_of(*_rows("a", 0.5, 1.0), *_rows("b", 0.625, 0.0), *_rows("c", None))
    assert voters_of(_vote("original", 0.5)) == [Entrant("a"), Entrant("b"), Entrant("c")]
    assert best_of(view, [Entrant("a"), Entrant("b"), Entrant("c")]) == Entrant("b")
    assert best_of(view, [Entrant("c"), Entrant("unknown")]) is None
    assert best_of(view, []) is None
