"""The three or four figures that stand large above the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iad_eval.reports.reading import (
    DatasetView,
    Entrant,
    Measure,
    dataset_views,
    entrant,
    is_floor,
    measure,
    number,
)
from iad_eval.reports.wording import interval, percent
from iad_eval.summary import missing
from iad_eval.words import ORIGINAL, TRIVIAL, Json

DATASETS_AT_MOST = 2


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure with what it is about above and what it compares with below."""

    name: str
    value: str
    interval: str = ""
    note: str = ""
    is_warning: bool = False


def key_figures(summary: Mapping[str, Json]) -> list[KeyFigure]:
    """Accuracy, average drop and invariance of each dataset's best model, and how much was observed."""
    views = dataset_views(summary)
    found: list[KeyFigure] = []
    for view in views[:DATASETS_AT_MOST]:
        place = f"{view.dataset}: " if len(views) > 1 else ""
        who = view.best or _highest(view)
        if who is not None:
            found.append(_accuracy(view, who, place))
            found += _drop(view, who, place)
            found += _invariance(summary, view, who, place)
    return [*found, _observed(summary)]


def _highest(view: DatasetView) -> Entrant | None:
    """The highest accuracy of those that look at photographs, for a dataset where none beats the floor."""
    found = [
        (value, who)
        for who in view.entrants
        if who.model not in TRIVIAL
        and (value := measure(view.row(who, view.anchor), "accuracy").value) is not None
    ]
    return max(found, key=lambda each: each[0])[1] if found else None


def _accuracy(view: DatasetView, who: Entrant, place: str) -> KeyFigure:
    row = view.row(who, view.anchor)
    accuracy = measure(row, "accuracy")
    floor = view.floor()
    beaten = not is_floor(row)
    note = f"{who.label}, {view.anchor} views."
    if floor is not None:
        note += f" Calling {floor[0]}: {percent(floor[1])}%."
    if not beaten:
        note += " No better than not looking."
    return KeyFigure(
        _headed(place, "highest accuracy"), _unit(accuracy, "%"), interval(accuracy), note, not beaten
    )


def _drop(view: DatasetView, who: Entrant, place: str) -> list[KeyFigure]:
    drop = view.drop(who)
    names = ("average_drop", "average_drop_low", "average_drop_high")
    measured = Measure(*(number(drop[name]) for name in names)) if drop is not None else Measure(None)
    if measured.value is None or is_floor(view.row(who, ORIGINAL)):
        return []
    note = f"points of accuracy that {who.label} loses when views are perturbed."
    return [KeyFigure(_headed(place, "average drop"), _unit(measured, ""), interval(measured), note)]


def _invariance(summary: Mapping[str, Json], view: DatasetView, who: Entrant, place: str) -> list[KeyFigure]:
    records = summary.get("invariance", [])
    for each in records if isinstance(records, list | tuple) else ():
        if (
            isinstance(each, Mapping)
            and each["dataset"] == view.dataset
            and entrant(each) == who
            and each["class_name"] is None
            and number(each["share"]) is not None
        ):
            share = Measure(*(number(each[name]) for name in ("share", "low", "high")))
            note = f"of the photographs get the same verdict from {who.label} in every view."
            return [KeyFigure(_headed(place, "judged alike"), _unit(share, "%"), interval(share), note)]
    return []


def _observed(summary: Mapping[str, Json]) -> KeyFigure:
    counts = summary["completeness"]
    assert isinstance(counts, Mapping)
    asked, observed, unreadable, failed = (
        int(number(counts[name]) or 0) for name in ("asked", "observed", "unreadable", "failed")
    )
    lacking = missing(summary)
    note = f"of {asked:,} that were asked for; {unreadable:,} unreadable, {failed:,} failed."
    return KeyFigure(_headed("", "views observed"), f"{observed:,}", "", note, lacking > 0)


def _headed(place: str, what: str) -> str:
    """A dataset's name stands as it is written; without one the heading begins with a capital."""
    return f"{place}{what}" if place else what.capitalize()


def _unit(measured: Measure, unit: str) -> str:
    return percent(measured.value) + (unit if measured.value is not None else "")
