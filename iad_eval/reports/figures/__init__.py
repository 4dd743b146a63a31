"""The figures of a report, from its summary: values of :mod:`iad_eval.reports.chart`, nothing drawn yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from iad_eval.reports.chart import Figure
from iad_eval.reports.figures.accuracy_chart import accuracy_chart
from iad_eval.reports.figures.answers_sheet import answers_sheet
from iad_eval.reports.figures.calibration_chart import calibration_chart
from iad_eval.reports.figures.choosing import MOST_OF_A_KIND, best_of_a_kind, has_looked
from iad_eval.reports.figures.curve_chart import curve_chart
from iad_eval.reports.figures.distributions_chart import distributions_chart
from iad_eval.reports.figures.naming import uniquely_named
from iad_eval.reports.figures.sizes_chart import sizes_chart
from iad_eval.reports.figures.views_sheet import views_sheet
from iad_eval.reports.reading import DatasetView, Entrant, Row, dataset_views, entrant, measure, records
from iad_eval.words import Json

__all__ = [
    "MOST_OF_A_KIND",
    "accuracy_chart",
    "answers_sheet",
    "calibration_chart",
    "curve_chart",
    "distributions_chart",
    "figures",
    "sizes_chart",
    "views_sheet",
]

Ranked = tuple[float, Figure]
"""The accuracy of the model that a figure is about, and the figure."""

_OF_A_ROW: Final[tuple[tuple[str, Callable[[Row], Figure | None]], ...]] = (
    ("curves", curve_chart),
    ("calibration", calibration_chart),
)


def figures(summary: Mapping[str, Json]) -> list[Figure]:
    """All figures in reading order, each under a name of its own.

    First what is about a dataset as a whole, then defects and their sizes, then the models one by one:
    of each of these kinds at most :data:`MOST_OF_A_KIND`, those of the models with the highest accuracy;
    a note under the last one counts what is left out.
    """
    views = dataset_views(summary)
    found: list[Figure] = []
    for view in views:
        chart = accuracy_chart(view)
        found += [chart] if chart is not None else []
        found += [sheet for entry in view.records("sheets") if (sheet := views_sheet(entry)) is not None]
    found += best_of_a_kind(_sizes(summary, views))
    found += best_of_a_kind(_distributions(views))
    for name, make in _OF_A_ROW:
        found += best_of_a_kind(
            (_accuracy(view, entrant(entry)), figure)
            for view in views
            for entry in view.records(name)
            if (figure := make(entry)) is not None
        )
    found += best_of_a_kind(_answers(views))
    return uniquely_named(found)


def _sizes(summary: Mapping[str, Json], views: Sequence[DatasetView]) -> Iterable[Ranked]:
    for entry in records(summary, "sizes"):
        chart = sizes_chart(entry)
        if chart is not None:
            yield max((_accuracy(view, entrant(entry)) for view in views), default=0.0), chart


def _distributions(views: Sequence[DatasetView]) -> Iterable[Ranked]:
    for view in views:
        for who in filter(has_looked, view.entrants):
            chart = distributions_chart(view, who)
            if chart is not None:
                yield _accuracy(view, who), chart


def _answers(views: Sequence[DatasetView]) -> Iterable[Ranked]:
    for view in views:
        by_asker: dict[Entrant, list[Row]] = {}
        for entry in view.records("examples"):
            by_asker.setdefault(entrant(entry), []).append(entry)
        for who, entries in by_asker.items():
            sheet = answers_sheet(entries)
            if sheet is not None:
                yield _accuracy(view, who), sheet


def _accuracy(view: DatasetView, who: Entrant) -> float:
    accuracy = measure(view.row(who, view.anchor), "accuracy").value
    return -1.0 if accuracy is None else accuracy
