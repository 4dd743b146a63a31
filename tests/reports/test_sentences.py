"""What the conclusion says beyond accuracy, and when it keeps silent."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, about, named, parts_of, row_of

from iad_eval.reports.conclusion import conclusion
from iad_eval.reports.sentences import better_vote, detectable, stability

TWO = [row_of("glass", 0.875, low=0.75, high=0.9), row_of("lvlm", 0.75, protocol="oneshot")]
AT_FLOOR = [row_of("glass", 0.5, low=0.375), row_of("lvlm", 0.25, protocol="oneshot", high=0.3)]


def _alike(model: str, protocol: str | None, share: float | None, class_name: str | None = None) -> Record:
    return about(model, protocol, class_name=class_name, n=8, share=share, low=0.5, high=0.875)


def test_stability_is_that_of_the_best_model_over_all_classes() -> None:
    found = [_alike("glass", "oneshot", 0.1), _alike("glass", None, 0.2, "bolt"), _alike("glass", None, 0.75)]
    assert stability(parts_of(*TWO, invariance=[_alike("lvlm", "oneshot", 1.0), *found])) == [
        "glass gives the same verdict in all views for 75.0% (50.0–87.5) of the photographs."
    ]


@pytest.mark.parametrize(
    ("rows", "invariance"),
    [
        (TWO, []),
        (TWO, [_alike("lvlm", "oneshot", 0.75)]),
        (TWO, [_alike("glass", None, None)]),
        (TWO, [_alike("glass", None, 0.75, "bolt")]),
        (AT_FLOOR, [_alike("glass", None, 0.75)]),
    ],
    ids=["nothing", "another model", "not measured", "a class alone", "nobody beats the floor"],
)
def test_no_word_about_the_stability_of_others(rows: list[Record], invariance: list[Record]) -> None:
    assert stability(parts_of(*rows, invariance=invariance)) == []


def _vote(accuracy: float | None, low: float, view: str = "original", *models: str) -> Record:
    voters = named(*(models or ("glass", "a", "b")))
    return {
        "dataset": "parts",
        "perturbation": view,
        "voters": voters,
        "accuracy": accuracy,
        "low": low,
        "high": 1.0,
    }


@pytest.mark.parametrize(
    ("low", "aside"), [(0.89, "; the intervals overlap"), (0.9, "; the intervals overlap"), (0.91, "")]
)
def test_a_better_vote_is_told_with_its_margin(low: float, aside: str) -> None:
    assert better_vote(parts_of(*TWO, votes=[_vote(1.0, 0.1, "rotated"), _vote(0.95, low)])) == [
        f"A majority vote of the 3 models is right on 95.0% ({100 * low:.1f}–100.0), more than glass, the "
        f"best of them{aside}."
    ]


@pytest.mark.parametrize(
    "vote",
    [
        _vote(0.875, 0.5),
        _vote(0.5, 0.25),
        _vote(None, 0.5),
        _vote(1.0, 0.5, "rotated"),
        _vote(1.0, 0.5, "original", "unmeasured", "a", "b"),
    ],
    ids=["as good", "worse", "not measured", "another view", "voters without an accuracy"],
)
def test_no_word_about_a_vote_that_is_not_better(vote: Record) -> None:
    assert better_vote(parts_of(*TWO, votes=[vote])) == []
    assert better_vote(parts_of(*TWO)) == []


def test_a_vote_is_held_against_its_voters_even_where_another_model_is_best() -> None:
    rows = [*TWO, row_of("a", 0.625, high=0.75), row_of("b", 0.5)]
    [told] = better_vote(parts_of(*rows, votes=[_vote(0.8, 0.7, "original", "a", "b", "c")]))
    assert "more than a, the best of them; the intervals overlap." in told


def _least(model: str, n: int, drop: float | None, class_name: str | None = None) -> Record:
    return about(model, class_name=class_name, n=n, flipped=0.0, minimum_detectable_drop=drop)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (TWO, "On 1,725 photographs a drop of glass can be told from chance if it is at least 2.5 points."),
        (AT_FLOOR, "8 photographs are too few to tell any drop of always-normal from chance."),
    ],
    ids=["the best", "else the first"],
)
def test_the_smallest_drop_is_that_of_the_best_model_or_else_of_the_first(
    rows: list[Record], told: str
) -> None:
    found = [_least("glass", 8, 0.9, "bolt"), _least("always-normal", 8, None), _least("glass", 1725, 0.0245)]
    assert detectable(parts_of(*rows, detectable=found)) == [told]


def test_one_photograph_is_too_few() -> None:
    assert detectable(parts_of(*TWO, detectable=[_least("glass", 1, None)])) == [
        "1 photograph is too few to tell any drop of glass from chance."
    ]


def test_without_original_views_nothing_is_said_of_drops() -> None:
    assert detectable(parts_of(*TWO)) == []
    assert detectable(parts_of(*TWO, detectable=[_least("glass", 8, 0.5, "bolt")])) == []


def test_the_conclusion_ends_with_stability_vote_and_drop_in_this_order() -> None:
    view = parts_of(
        *TWO,
        detectable=[_least("glass", 8, 0.75)],
        votes=[_vote(0.95, 0.91)],
        invariance=[_alike("glass", None, 0.75)],
    )
    assert conclusion(view).text == (
        "parts: glass judges 87.5% (75.0–90.0) of the original photographs correctly. "
        "glass gives the same verdict in all views for 75.0% (50.0–87.5) of the photographs. "
        "A majority vote of the 3 models is right on 95.0% (91.0–100.0), more than glass, the best of them. "
        "On 8 photographs a drop of glass can be told from chance if it is at least 75.0 points."
    )


def test_where_nobody_beats_the_floor_the_drop_that_could_be_told_remains() -> None:
    [glass, lvlm] = AT_FLOOR
    view = parts_of(
        glass, lvlm, invariance=[_alike("glass", None, 0.75)], detectable=[_least("glass", 8, 0.75)]
    )
    assert conclusion(view).text == (
        "parts: glass judges 50.0% of the original photographs correctly. On 8 photographs a drop of glass "
        "can be told from chance if it is at least 75.0 points."
    )
