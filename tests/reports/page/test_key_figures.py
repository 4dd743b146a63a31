"""The figures that stand large above the page, from a summary made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from iad_eval.reports.page.key_figures import KeyFigure, key_figures
from iad_eval.words import Json

Records = list[dict[str, Any]]


def _about(model: str, dataset: str = "parts", **more: Any) -> dict[str, Any]:
    return {"dataset": dataset, "model": model, "protocol": None, **more}


def _row(model: str, accuracy: float | None, dataset: str = "parts", **more: Any) -> dict[str, Any]:
    judged = {"accuracy": accuracy, "low": 0.5, "high": 0.95, "always_anomalous": 0.6}
    place = {"perturbation": "original", "class_name": None, "threshold": "max", "headline": True}
    return _about(model, dataset, **{**judged, **place, **more})


def _drop(model: str, average: float | None, low: float, high: float) -> dict[str, Any]:
    bounds: dict[str, Any] = {"average_drop_low": low, "average_drop_high": high}
    return _about(model, threshold="max", headline=True, average_drop=average, **bounds)


def _alike(model: str, share: float | None, class_name: str | None = None) -> dict[str, Any]:
    return _about(model, class_name=class_name, share=share, low=0.62, high=0.8)


def _figures(rows: Records, **more: Json) -> list[KeyFigure]:
    counts = {"asked": 12_000, "observed": 12_000, "unreadable": 1_200, "failed": 3}
    return key_figures({"rows": rows, "completeness": counts, **more})


FLOOR = _about("", class_name=None, always_anomalous=0.6, always_normal=0.4, n=10)
OBSERVED = KeyFigure(
    "Views observed", "12,000", "", "of 12,000 that were asked for; 1,200 unreadable, 3 failed."
)


def test_the_best_model_with_its_drop_and_its_invariance() -> None:
    found = _figures(
        [_row("glass", 0.8), _row("knn", 0.9), _row("always-anomalous", 0.6)],
        floors=[FLOOR],
        drops=[_drop("glass", 0.01, 0.0, 0.02), _drop("knn", 0.1234, -0.01, 0.2)],
        invariance=[_alike("glass", 0.9), _alike("knn", 0.1, "cap"), _alike("knn", 0.715)],
    )
    assert found == [
        KeyFigure(
            "Highest accuracy",
            "90.0%",
            "50.0–95.0",
            "knn, original views. Calling everything anomalous: 60.0%.",
        ),
        KeyFigure(
            "Average drop",
            "12.3",
            "-1.0 to 20.0",
            "points of accuracy that knn loses when views are perturbed.",
        ),
        KeyFigure(
            "Judged alike",
            "71.5%",
            "62.0–80.0",
            "of the photographs get the same verdict from knn in every view.",
        ),
        OBSERVED,
    ]


def test_where_nobody_beats_the_floor_the_highest_that_looks_is_doubted_and_has_no_drop() -> None:
    found = _figures(
        [_row("glass", 0.5), _row("knn", 0.6), _row("oracle", 0.6), _row("silent", None)],
        floors=[FLOOR],
        drops=[_drop("knn", 0.1, 0.0, 0.2)],
    )
    note = "knn, original views. Calling everything anomalous: 60.0%. No better than not looking."
    assert found == [KeyFigure("Highest accuracy", "60.0%", "50.0–95.0", note, True), OBSERVED]


def test_without_original_views_the_first_one_is_spoken_of() -> None:
    [accuracy, _] = _figures([_row("knn", 0.9, perturbation=view) for view in ("padded", "rotated")])
    assert accuracy.note == "knn, rotated views."


def test_two_datasets_are_named_and_a_third_is_left_to_the_tables() -> None:
    found = _figures([_row("knn", 0.9, dataset) for dataset in ("c", "a", "b")])
    assert [each.name for each in found] == ["a: highest accuracy", "b: highest accuracy", "Views observed"]


@pytest.mark.parametrize("rows", [[], [_row("knn", None)], [_row("always-normal", 0.4)]])
def test_what_was_not_measured_has_no_figure(rows: Records) -> None:
    assert _figures(rows) == [OBSERVED]


def test_a_drop_and_an_invariance_that_were_not_measured_have_none() -> None:
    found = _figures(
        [_row("knn", 0.9)], drops=[_drop("knn", None, 0.0, 0.0)], invariance=[_alike("knn", None)]
    )
    assert [each.name for each in found] == ["Highest accuracy", "Views observed"]


def test_missing_views_are_a_warning() -> None:
    counts = {"asked": 1_000, "observed": 990, "unreadable": 0, "failed": 4}
    note = "of 1,000 that were asked for; 0 unreadable, 4 failed."
    assert key_figures({"completeness": counts}) == [KeyFigure("Views observed", "990", "", note, True)]
