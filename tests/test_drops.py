"""Drops: original minus perturbed, over the classes seen in every view."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from iad_eval.drops import drop_of
from iad_eval.intervals import bootstrap_weights
from iad_eval.metrics import Bools, Floats
from iad_eval.scores import ClassScore, Place
from iad_eval.words import Json

GLASS = ("glass", None)
PAPER = ("original", "rotated", "padded", "timestamp")


def _score(perturbation: str, class_name: str, accuracy: Floats) -> ClassScore:
    place = Place("mvtec", GLASS, perturbation, "max")
    return ClassScore(place, class_name, {"accuracy": accuracy}, {})


def _views(cells: dict[str, dict[str, float]]) -> dict[str, Sequence[ClassScore]]:
    return {
        view: [_score(view, name, np.full(11, value)) for name, value in of_class.items()]
        for view, of_class in cells.items()
    }


def _drop(views: dict[str, Sequence[ClassScore]]) -> dict[str, Json]:
    drop = drop_of("mvtec", GLASS, "max", views)
    assert drop is not None
    return drop


def _number(value: Json) -> float:
    assert isinstance(value, float)
    return value


@pytest.mark.parametrize(
    ("cells", "average"),
    [
        ((83.1, 77.1, 73.1, 75.3), 7.9),  # MVTec-AD: GLASS
        ((83.3, 67.2, 85.6, 82.7), 4.8),  # INP-Former
        ((85.6, 85.1, 70.0, 72.8), 9.6),  # AnomalyGPT, printed as 10.3
        ((91.8, 89.4, 89.6, 91.3), 1.7),  # Qwen
        ((89.6, 57.2, 56.6, 76.8), 26.1),  # VisA: GLASS
        ((90.8, 56.6, 80.4, 90.7), 14.9),  # INP-Former
        ((77.6, 69.2, 74.2, 55.3), 11.4),  # AnomalyGPT, printed as 11.6
        ((73.7, 67.3, 71.4, 73.3), 3.0),  # Qwen
    ],
)
def test_average_drops_are_what_the_cells_of_the_papers_tables_3_and_4_give(
    cells: tuple[float, ...], average: float
) -> None:
    drop = _drop(_views({name: {"bottle": cell / 100} for name, cell in zip(PAPER, cells, strict=True)}))
    wanted = {name: (cells[0] - cell) / 100 for name, cell in zip(PAPER[1:], cells[1:], strict=True)}
    assert drop["by_perturbation"] == pytest.approx(wanted)
    assert round(100 * _number(drop["average_drop"]), 1) == average
    assert drop["original"] == pytest.approx(cells[0] / 100)


def test_drop_is_between_means_over_classes() -> None:
    views = _views({"original": {"bottle": 0.9, "wood": 0.7}, "rotated": {"bottle": 0.5, "wood": 0.8}})
    drop = _drop(views)
    assert drop["original"] == pytest.approx(0.8)
    assert drop["by_perturbation"] == pytest.approx({"rotated": 0.15})
    assert drop["classes"] == 2


def test_class_that_lacks_a_view_does_not_enter_the_drop() -> None:
    views = _views(
        {
            "original": {"bottle": 0.9, "wood": 0.1},
            "rotated": {"bottle": 0.8, "wood": 0.1},
            "padded": {"bottle": 0.6},
        }
    )
    drop = _drop(views)
    assert drop["original"] == pytest.approx(0.9)
    assert drop["by_perturbation"] == pytest.approx({"rotated": 0.1, "padded": 0.3})
    assert drop["average_drop"] == pytest.approx(0.2)
    assert drop["classes"] == 1


@pytest.mark.parametrize(
    "cells",
    [
        {"original": {"bottle": 0.9}},
        {"rotated": {"bottle": 0.9}, "padded": {"bottle": 0.9}},
        {"original": {"bottle": 0.9}, "rotated": {"wood": 0.9}},
        {},
    ],
)
def test_there_is_no_drop_without_something_to_compare(cells: dict[str, dict[str, float]]) -> None:
    assert drop_of("mvtec", GLASS, "max", _views(cells)) is None


def test_drop_that_was_not_measured_is_null_and_so_is_the_average() -> None:
    drop = _drop(
        _views({"original": {"bottle": 0.9}, "rotated": {"bottle": math.nan}, "padded": {"bottle": 0.8}})
    )
    assert drop["by_perturbation"] == {"padded": pytest.approx(0.1), "rotated": None}
    assert drop["by_perturbation_low"] == {"padded": pytest.approx(0.1), "rotated": None}
    assert drop["average_drop"] is None
    assert drop["average_drop_low"] is None
    assert drop["average_drop_high"] is None


def _replicated(correct: Bools) -> Floats:
    drawn = bootstrap_weights(0, "mvtec", "bottle", len(correct))
    weights = np.concatenate([np.ones((1, len(correct))), drawn])
    accuracy: Floats = weights @ correct / len(correct)
    return accuracy


def test_interval_of_a_drop_follows_the_pairing_of_the_views() -> None:
    original = np.arange(200) < 120  # 60% right
    same, fewer = original.copy(), np.arange(200) < 100
    drop = _drop(
        {
            name: [_score(name, "bottle", _replicated(correct))]
            for name, correct in {"original": original, "padded": same, "rotated": fewer}.items()
        }
    )
    lows, highs = drop["by_perturbation_low"], drop["by_perturbation_high"]
    assert isinstance(lows, dict)
    assert isinstance(highs, dict)
    assert lows["padded"] == highs["padded"] == 0
    half = 1.96 * math.sqrt(0.1 * 0.9 / 200)  # of the 10% of photographs that change, not of two samples
    assert lows["rotated"] == pytest.approx(0.1 - half, abs=0.01)
    assert highs["rotated"] == pytest.approx(0.1 + half, abs=0.01)
    assert drop["average_drop_low"] == pytest.approx(0.05 - half / 2, abs=0.005)
    assert _number(drop["original_low"]) < 0.6 < _number(drop["original_high"])
