"""Which figures and models are drawn where there are many."""

from __future__ import annotations

import pytest

from iad_eval.reports.chart import Chart, Figure
from iad_eval.reports.figures.choosing import MOST_OF_A_KIND, best_of_a_kind, has_looked, spread
from iad_eval.reports.reading import Entrant


def _ranked(*accuracies: float) -> list[tuple[float, Figure]]:
    return [
        (accuracy, Chart(f"figure-{at}", "", "", (), notes=("its own",)))
        for at, accuracy in enumerate(accuracies)
    ]


@pytest.mark.parametrize("count", [0, 1, MOST_OF_A_KIND])
def test_few_figures_are_all_kept_as_they_are(count: int) -> None:
    ranked = _ranked(*[0.5] * count)
    assert best_of_a_kind(ranked) == [figure for _, figure in ranked]


def test_of_fourteen_the_best_twelve_keep_their_order_and_the_last_one_tells() -> None:
    kept = best_of_a_kind(_ranked(0.9, -1.0, 0.5, 0.5, *[0.7] * 10))
    assert [figure.name for figure in kept] == [f"figure-{at}" for at in (0, 2, *range(4, 14))]
    assert {figure.notes for figure in kept[:-1]} == {("its own",)}
    assert kept[-1].notes == (
        "its own",
        "The 12 figures of this kind whose models have the highest accuracy are drawn; left out: 2.",
    )


@pytest.mark.parametrize("model", ["always-anomalous", "always-normal", "random", "oracle"])
def test_trivial_models_have_not_looked(model: str) -> None:
    assert not has_looked(Entrant(model))
    assert has_looked(Entrant(f"{model}-2"))


def test_series_stand_side_by_side_around_their_category() -> None:
    assert spread(0) == []
    assert spread(1) == [0.0]
    assert spread(3) == pytest.approx([-0.12, 0.0, 0.12])
    assert spread(8) == pytest.approx(
        [-0.30625, -0.21875, -0.13125, -0.04375, 0.04375, 0.13125, 0.21875, 0.30625]
    )
