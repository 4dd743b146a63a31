"""The gallery as values: who was right, which views flipped, whose judgement counts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from iad_eval.reports.page.columns import Gallery, Photograph, View, Voice
from iad_eval.reports.reading import Entrant

VIEWS = ("original", "rotated", "padded")


def _gallery(verdicts: Mapping[str, str], *, truths: str = "ag", views: tuple[str, ...] = VIEWS) -> Gallery:
    """Photographs ``0``, ``1`` ... in ``views``; ``verdicts`` (by model) has one sign a view."""
    seen = [
        View(photograph, view, False, False, None, None)
        for photograph in range(len(truths))
        for view in views
    ]
    nothing = [None] * len(seen)
    return Gallery(
        VIEWS,
        [Photograph(str(i), "parts", "cap", "bent", truth == "a", "f") for i, truth in enumerate(truths)],
        seen,
        [
            Voice(
                Entrant(model),
                model == "oracle",
                model,
                {},
                {},
                signs,
                nothing,
                [-1] * len(seen),
                nothing,
            )
            for model, signs in verdicts.items()
        ],
        [],
        {},
    )


@pytest.mark.parametrize(
    ("sign", "of_anomalous", "of_good"),
    [
        ("a", True, False),
        ("n", False, True),
        ("u", False, False),  # unreadable is wrong, whatever the truth
        ("f", None, None),
        ("s", None, None),
        ("-", None, None),
    ],
)
def test_who_was_right(sign: str, of_anomalous: bool | None, of_good: bool | None) -> None:
    [voice] = _gallery({"glass": sign}, truths="a", views=("original",)).voices
    assert voice.is_right(0, True) is of_anomalous
    assert voice.is_right(0, False) is of_good


def test_views_are_found_by_photograph_and_perturbation() -> None:
    shown = _gallery({}, truths="agg")
    assert shown.find("0", "original") == 0
    assert shown.find("2", "rotated") == 7
    assert shown.find("3", "original") is None
    assert shown.find("2", "timestamp") is None


def test_trivial_models_are_no_judges_unless_there_is_nobody_else() -> None:
    assert [each.who.model for each in _gallery({"glass": "-" * 6, "oracle": "-" * 6}).judging()] == ["glass"]
    assert [each.who.model for each in _gallery({"oracle": "-" * 6}).judging()] == ["oracle"]


@pytest.mark.parametrize(
    ("verdicts", "flipped"),
    [
        ({"glass": "aaannn"}, []),
        ({"glass": "anannn"}, [1]),  # to wrong
        ({"glass": "naaaaa"}, [1, 2]),  # to right; the good one is wrong throughout
        ({"glass": "nunnnn"}, []),  # from wrong to unreadable is no flip
        ({"glass": "aufnnn"}, [1]),  # a failure is none, either
        ({"glass": "fannan"}, [4]),  # without an original there is nothing to flip from
        ({"glass": "as-nnn"}, []),
        ({"glass": "anaaaa", "wide": "aanaaa"}, [1, 2]),
        ({"glass": "aaannn", "oracle": "anaaan"}, []),  # whoever does not look does not flip
    ],
)
def test_views_that_are_judged_otherwise_than_their_original(
    verdicts: Mapping[str, str], flipped: list[int]
) -> None:
    assert list(_gallery(verdicts).flips()) == flipped


def test_without_original_views_nothing_flips() -> None:
    assert list(_gallery({"glass": "anna"}, views=("rotated", "padded")).flips()) == []
