"""What follows from the paper's printed cells: average drops, and the best threshold of each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from iad_eval.paper.cells import (
    MODELS,
    THRESHOLDS_TABLES,
    VIEWS,
    VIEWS_TABLES,
    Kind,
    Metric,
    Printed,
    printed,
)
from iad_eval.words import SCORE_THRESHOLDS, Threshold

_CELL: Final = 0.0005
"""Printed to a tenth of a percent, a figure may be this far from the one that was measured."""


@dataclass(frozen=True, slots=True)
class RecomputedDrop:
    """An average drop as printed, and as its row's printed cells give it (original minus the mean)."""

    printed: Printed
    recomputed: float

    @property
    def follows(self) -> bool:
        """Whether rounding of the cells and of the average can explain the difference."""
        # the original and the mean of the others are each off by a cell's rounding at most, the average too
        return abs(self.printed.value - self.recomputed) <= 3 * _CELL + 1e-9


@dataclass(frozen=True, slots=True)
class BestThreshold:
    """The threshold of Table 8 or 9 that is best on the original views.

    ``heads_the_table``: Table 3 or 4 holds exactly the cells of this threshold.
    """

    model: str
    dataset: Kind
    threshold: Threshold
    heads_the_table: bool


def recomputed_drops() -> list[RecomputedDrop]:
    """The average drop of every row of Tables 3 and 4, from the row's printed cells."""
    found = []
    for table in VIEWS_TABLES.values():
        for model in MODELS:
            cells = [_cell(table, model, perturbation=view).value for view in VIEWS]
            average = _cell(table, model, "average_drop", perturbation=None)
            found.append(RecomputedDrop(average, cells[0] - sum(cells[1:]) / (len(cells) - 1)))
    return found


def best_thresholds() -> list[BestThreshold]:
    """By Tables 8 and 9: the best threshold on ``original`` of each model and dataset."""
    found = []
    for model, table in THRESHOLDS_TABLES.items():
        for kind, views_table in VIEWS_TABLES.items():
            cells = {
                name: [
                    _cell(table, model, dataset=kind, perturbation=view, threshold=name).value
                    for view in VIEWS
                ]
                for name in SCORE_THRESHOLDS
            }
            best = max(cells, key=lambda name: cells[name][0])
            heads = cells[best] == [_cell(views_table, model, perturbation=view).value for view in VIEWS]
            found.append(BestThreshold(model, kind, best, heads))
    return found


def _cell(
    table: str,
    model: str,
    metric: Metric = "accuracy",
    *,
    perturbation: str | None,
    dataset: Kind | None = None,
    threshold: Threshold | None = None,
) -> Printed:
    found = printed(table, model, metric, dataset=dataset, perturbation=perturbation, threshold=threshold)
    assert found is not None, f"{table} has no {metric} of {model} at {perturbation}"
    return found
