"""What became of accuracy and AUROC, counted on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from runs_by_hand import asked, compared, run_of, scored

from iad_eval.comparing import compare
from iad_eval.comparing.changes import pairs_of
from iad_eval.words import Json

Row = Mapping[str, Any]

BEFORE = run_of(
    asked("parts/bolt", "aaaaaagg", original="yyyyyynn"),
    asked("parts/nut", "aaaaag", original="yyyyyn"),
    asked("parts/pin", "ag", original="?n"),
)
AFTER = run_of(
    asked("parts/bolt", "aaaaaagg", original="nnnnnnnn", key="edited"),
    asked("parts/nut", "aaaaag", original="nnnn?n", key="edited"),
    asked("parts/pin", "ag", original="?n"),
    name="after",
)
"""Six bolts and five nuts are newly wrong, one of them since its answer cannot be read."""


def _rows(found: Json, **place: str | None) -> list[Row]:
    assert isinstance(found, list)
    return [row for row in found if all(row[name] == value for name, value in place.items())]


def _row(found: Json, **place: str | None) -> Row:
    (row,) = _rows(found, **place)
    return row


def _changes() -> Json:
    return compare(BEFORE, AFTER).record["changes"]


def test_all_classes_come_first_then_each_and_all_views_before_each() -> None:
    assert [(row["class_name"], row["perturbation"]) for row in _rows(_changes())] == [
        *((None, view) for view in (None, "original")),
        *((name, view) for name in ("bolt", "nut", "pin") for view in (None, "original")),
    ]


@pytest.mark.parametrize(
    ("class_name", "counts", "before", "after"),
    [
        ("bolt", (1, 8, 8, 6, 0), 1.0, 2 / 8),
        ("nut", (1, 6, 6, 5, 0), 1.0, 1 / 6),
        ("pin", (1, 2, 2, 0, 0), 1 / 2, 1 / 2),
        (None, (3, 16, 16, 11, 0), 5 / 6, 11 / 36),  # means over classes, not over photographs
    ],
)
def test_accuracies_and_flips_are_those_of_the_compared_views(
    class_name: str | None, counts: tuple[int, ...], before: float, after: float
) -> None:
    row = _row(_changes(), class_name=class_name, perturbation=None)
    names = ("classes", "photographs", "views", "newly_wrong", "newly_right")
    assert tuple(row[name] for name in names) == counts
    assert row["before"] == pytest.approx(before)
    assert row["after"] == pytest.approx(after)
    assert row["drop"] == pytest.approx(before - after)
    assert row["low"] <= row["drop"] <= row["high"]
    assert (row["dataset"], row["model"], row["protocol"], row["threshold"]) == (
        *("parts", "lvlm", "oneshot"),
        "answer",
    )


@pytest.mark.parametrize(
    ("class_name", "p", "corrected"),
    [
        ("bolt", 2 / 64, 4 / 64),  # two classes have flips: the smaller p counts twice
        ("nut", 2 / 32, 4 / 64),
        ("pin", 1.0, 1.0),
        (None, 2 / 2048, 2 / 2048),
    ],
)
def test_classes_are_corrected_for_those_in_which_a_verdict_flipped(
    class_name: str | None, p: float, corrected: float
) -> None:
    row = _row(_changes(), class_name=class_name, perturbation=None)
    assert row["test"] == "mcnemar"
    assert row["p"] == pytest.approx(p)
    assert row["p_holm"] == pytest.approx(corrected)
    view = _row(_changes(), class_name=class_name, perturbation="original")
    assert view["p"] == pytest.approx(p)
    assert view["p_holm"] is None


def test_all_classes_are_corrected_over_models() -> None:
    letters = ("aaaaaagg", "yyyyyynn", "nnnnnnnn")
    runs = [
        run_of(*(asked("parts/bolt", letters[0], original=said, protocol=p) for p in ("oneshot", "zeroshot")))
        for said in letters[1:]
    ]
    found = compare(*runs).record["changes"]
    for protocol in ("oneshot", "zeroshot"):
        row = _row(found, protocol=protocol, class_name=None, perturbation=None)
        assert row["p_holm"] == pytest.approx(2 * 2 / 64)


def test_several_views_of_a_photograph_are_one_sign() -> None:
    both = {"original": "yyyn", "rotated": "yyyn"}
    runs = [
        run_of(asked("parts/bolt", "aaag", **both)),
        run_of(asked("parts/bolt", "aaag", original="nnnn", rotated="nnyn")),
    ]
    found = compare(*runs).record["changes"]
    pooled = _row(found, class_name="bolt", perturbation=None)
    assert (pooled["newly_wrong"], pooled["views"], pooled["photographs"]) == (5, 8, 4)
    assert (pooled["test"], pooled["p"]) == ("sign-flip", pytest.approx(2 / 8))  # three photographs lost
    assert _row(found, class_name="bolt", perturbation="original")["test"] == "mcnemar"
    rotated = _row(found, class_name="bolt", perturbation="rotated")
    assert (rotated["newly_wrong"], rotated["p"]) == (2, pytest.approx(2 / 4))


def test_each_photograph_in_one_view_of_several_is_still_one_sign_each() -> None:
    runs = [
        run_of(asked("parts/bolt", "aaag", original="yy..", rotated="..yn")),
        run_of(asked("parts/bolt", "aaag", original="nn..", rotated="..nn")),
    ]
    row = _row(compare(*runs).record["changes"], class_name="bolt", perturbation=None)
    assert (row["test"], row["p"]) == ("mcnemar", pytest.approx(2 / 8))


@pytest.mark.parametrize(
    ("class_name", "before", "after"),
    [("bolt", 0.0, 0.0), ("nut", 0.0, 1 / 6), ("pin", 0.5, 0.5), (None, 1 / 16, 2 / 16)],
)
def test_unreadable_answers_are_shares_of_the_views(
    class_name: str | None, before: float, after: float
) -> None:
    row = _row(_changes(), class_name=class_name, perturbation=None)
    assert (row["unreadable_before"], row["unreadable_after"]) == (before, after)


def test_touched_says_where_an_answer_may_differ() -> None:
    touched = {row["class_name"]: row["touched"] for row in _rows(_changes(), perturbation=None)}
    assert touched == {None: True, "bolt": True, "nut": True, "pin": False}


def test_only_what_both_sides_judged_counts() -> None:
    row = _row(compared("aaag", "yyfn", "y.nn").record["changes"], class_name="bolt", perturbation=None)
    assert (row["photographs"], row["before"], row["after"]) == (2, 1.0, 1.0)


def test_the_seed_decides_the_interval() -> None:
    records = [compare(BEFORE, AFTER, seed=seed).record["changes"] for seed in (0, 0, 1)]
    assert records[0] == records[1]
    assert records[0] != records[2]


def test_pairs_of_a_scope_are_those_behind_its_row() -> None:
    classes = compare(BEFORE, AFTER).matching.classes
    scope = ("parts", ("lvlm", "oneshot"))
    assert [each.class_name for each in pairs_of(classes, scope, None)] == ["bolt", "nut", "pin"]
    assert [each.newly_wrong for each in pairs_of(classes, scope, "nut")] == [5]
    assert pairs_of(classes, ("parts", ("lvlm", "zeroshot")), None) == []


def test_image_auroc_is_compared_class_by_class_and_as_their_mean() -> None:
    before = run_of(
        scored("parts/bolt", "aagg", original=(3.0, 4.0, 1.0, 2.0)),
        scored("parts/nut", "aaagg", original=(3.0, 4.0, 5.0, 1.0, 2.0)),
        scored("parts/pin", "aa", original=(3.0, 4.0)),  # one label: no curve
    )
    after = run_of(
        scored("parts/bolt", "aagg", original=(3.0, 1.5, 1.0, 2.0)),
        scored("parts/nut", "aaagg", original=(3.0, 4.0, 5.0, 1.0, 2.0)),
        scored("parts/pin", "aa", original=(3.0, 4.0)),
    )
    found = compare(before, after).record["auroc"]
    told = [
        (row["class_name"], row["photographs"], row["before"], row["after"], row["difference"])
        for row in _rows(found)
    ]
    assert told == [(None, 9, 1.0, 0.875, -0.125), ("bolt", 4, 1.0, 0.75, -0.25), ("nut", 5, 1.0, 1.0, 0.0)]
    assert {row["perturbation"] for row in _rows(found)} == {"original"}


def test_a_view_that_one_side_gave_no_scores_has_no_auroc() -> None:
    scores = scored("parts/bolt", "aagg", original=(3.0, 4.0, 1.0, 2.0))
    answers = [replace(each, answer="Yes.", score=None) for each in scores]
    for before, after in ((scores, answers), (answers, scores), (answers, answers)):
        assert compare(run_of(before), run_of(after)).record["auroc"] == []
