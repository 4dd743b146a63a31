"""The paper's Tables 8 and 9: what each threshold makes of the same scores."""

from __future__ import annotations

from collections.abc import Sequence

from iad_eval.reports.floor_row import floor_footer
from iad_eval.reports.reading import DatasetView, entrant, measure
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import listed
from iad_eval.words import SCORE_THRESHOLDS

_WAYS = {
    "leave-one-out": "each image against all others",
    "in-sample": "by a fit that saw them",
    "held-out": "of images that views are not compared with",
    "file": "from its file",
}


def threshold_table(view: DatasetView) -> Table | None:
    """Models and views down, ``max``, ``p90`` and ``p80`` across; None where no model has thresholds."""
    rows = []
    for who in view.entrants:
        names = view.thresholds(who)
        head = view.headline_threshold(who)
        for perturbation in view.perturbations if names else []:
            cells = [Cell(who.label), Cell(perturbation)]
            for name in SCORE_THRESHOLDS:
                accuracy = measure(view.row(who, perturbation, threshold=name), "accuracy")
                is_head = name == head and accuracy.value is not None
                cells.append(plain(accuracy, "best" if is_head else "none"))
            rows.append(tuple(cells))
    if not rows:
        return None
    return Table(
        f"{view.dataset}: the same scores under three thresholds, accuracy in %",
        (Column("model", "left"), Column("view", "left"), *map(Column, SCORE_THRESHOLDS)),
        tuple(rows),
        (
            "An image is called anomalous where its score exceeds the largest (max), the 90th or the 80th "
            "percentile score of the class's training images.",
            *_taken(view),
        ),
        floor_footer(view, accuracies=len(SCORE_THRESHOLDS)),
        legend=(("best", "the threshold that heads the first table"),),
    )


def _taken(view: DatasetView) -> list[str]:
    """How each model's training scores were taken: a threshold means little without."""
    told = []
    for each in view.training:
        ways = each["taken"]
        assert isinstance(ways, Sequence)
        words = [_words(str(way)) for way in ways]
        told.append(f"{entrant(each).label} {listed(words)}")
    return [f"Training scores: {'; '.join(told)}."] if told else []


def _words(way: str) -> str:
    if way.endswith("-fold"):
        return f"{way}, each part by a fit that did not see it"
    return _WAYS.get(way, way)
