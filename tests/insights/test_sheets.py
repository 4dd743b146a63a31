"""Figures 4 and 5: which photograph shows the views of a dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from observing import view_of

from iad_eval.insights.sheets import sheets
from iad_eval.judging import judge
from iad_eval.words import Json, Observation


def _views(
    place: str,
    stem: int,
    fraction: float | None,
    views: Iterable[str] = ("original", "rotated"),
    truth: bool = True,
) -> list[Observation]:
    return [replace(view_of(place, stem, truth, view, score=1.0), mask_fraction=fraction) for view in views]


def _sheets(*observations: list[Observation]) -> list[dict[str, Json]]:
    return sheets(judge([each for group in observations for each in group], []))


def test_the_defect_nearest_to_the_median_is_shown_in_all_views() -> None:
    seen = [_views("d/c", stem, fraction) for stem, fraction in enumerate((0.01, 0.4, 0.03, 0.9, 0.02))]
    assert _sheets(*seen) == [
        {
            "dataset": "d",
            "sample": "d/c/test/bent/002",
            "defect": "bent",
            "perturbations": ["original", "rotated"],
        }
    ]


def test_the_median_is_that_of_all_classes() -> None:
    seen = [_views("d/a", stem, 0.1) for stem in range(2)] + [_views("d/c", stem, 0.5) for stem in range(3)]
    assert _sheets(*seen)[0]["sample"] == "d/c/test/bent/000"


def test_more_views_go_before_a_nearer_size() -> None:
    seen = [
        _views("d/c", 0, 0.01, ["padded", "original", "rotated"]),
        *(_views("d/c", n, 0.2) for n in (1, 2)),
    ]
    [sheet] = _sheets(*seen)
    assert (sheet["sample"], sheet["perturbations"]) == (
        "d/c/test/bent/000",
        ["original", "padded", "rotated"],
    )


def test_views_of_any_model_count() -> None:
    rotated = [replace(each, model="lvlm", answer="Yes.") for each in _views("d/c", 1, 0.2, ["rotated"])]
    [sheet] = _sheets(_views("d/c", 0, 0.2, ["original"]), _views("d/c", 1, 0.2, ["original"]), rotated)
    assert (sheet["sample"], sheet["perturbations"]) == ("d/c/test/bent/001", ["original", "rotated"])


def test_without_masks_it_is_the_first_by_id() -> None:
    assert _sheets(_views("d/c", 4, None), _views("d/c", 3, None))[0]["sample"] == "d/c/test/bent/003"


def test_a_photograph_with_a_mask_goes_before_one_without() -> None:
    assert _sheets(_views("d/c", 3, None), _views("d/c", 4, 0.2))[0]["sample"] == "d/c/test/bent/004"


def test_among_equals_it_is_the_first_by_id() -> None:
    assert _sheets(_views("d/c", 7, 0.2), _views("d/b", 9, 0.4))[0]["sample"] == "d/b/test/bent/009"


def test_good_photographs_and_failed_views_are_not_shown() -> None:
    failed = [replace(each, score=None, error="gone") for each in _views("d/c", 0, 0.2)]
    assert _sheets(failed, _views("d/c", 1, 0.0, truth=False)) == []


def test_each_dataset_has_one() -> None:
    found = _sheets(_views("e/c", 0, 0.2), _views("d/c", 0, 0.2))
    assert [each["dataset"] for each in found] == ["d", "e"]
