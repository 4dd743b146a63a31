"""Tables 1 to 5, 8 and 9 of the paper beside what one dataset of a run gives."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.paper import (
    ORIGINAL_TABLES,
    PROTOCOLS,
    PROTOCOLS_TABLE,
    THRESHOLDS_TABLES,
    VIEWS,
    VIEWS_TABLES,
    Metric,
    Printed,
    printed,
    recomputed_drops,
)
from iad_eval.reports.floor_row import floor_row
from iad_eval.reports.paper.lines import KEYS, LEGEND, Pair, Rival, notes_of, rivals, rows_of
from iad_eval.reports.paper.standing import Standing
from iad_eval.reports.reading import DatasetView, Entrant, Measure, is_floor, measure
from iad_eval.reports.table import Column, Table
from iad_eval.reports.wording import percent
from iad_eval.words import ORIGINAL, SCORE_THRESHOLDS, Threshold

_RANKING: tuple[Metric, ...] = ("auroc", "accuracy")


def original(view: DatasetView, place: Standing) -> Table | None:
    """Tables 1 and 2: AUROC and accuracy; None without original views."""
    if not view.has_original:
        return None
    table = ORIGINAL_TABLES[place.kind]
    rows = []
    for rival in rivals(view.entrants, PROTOCOLS[0]):
        row = view.row(rival.who, ORIGINAL) if rival.who is not None else None
        auroc, accuracy = (printed(table, rival.paper, each) if rival.paper else None for each in _RANKING)
        pairs = [Pair(measure(row, "auroc"), auroc), _accuracy(view, place, rival.who, accuracy)]
        rows += rows_of(rival, pairs)
    title = place.title(table, "original views, in %")
    below = floor_row(place.floor, f"of all {place.extent.name}", before=(percent(0.5),), accuracies=1)
    columns = (*KEYS, Column("AUROC"), Column("accuracy"))
    return Table(title, columns, tuple(rows), notes_of(rows), below, LEGEND)


def views(view: DatasetView, place: Standing) -> Table | None:
    """Tables 3 and 4: accuracy per view and average drop; None without one of the paper's perturbed views."""
    shown = [name for name in VIEWS if name in view.perturbations]
    if not set(shown) - {ORIGINAL}:
        return None
    table = VIEWS_TABLES[place.kind]
    rows = []
    for rival in rivals(view.entrants, PROTOCOLS[0]):
        pairs = [
            _accuracy(
                view,
                place,
                rival.who,
                printed(table, rival.paper, perturbation=name) if rival.paper else None,
                name,
            )
            for name in shown
        ]
        drop = printed(table, rival.paper, "average_drop", perturbation=None) if rival.paper else None
        rows += rows_of(rival, [*pairs, Pair(_average_drop(view, rival.who), drop)])
    title = place.title(table, "accuracy in %, average drop in points")
    columns = (*KEYS, *(Column(name) for name in shown), Column("average drop"))
    below = floor_row(
        place.floor, f"of all {place.extent.name}", accuracies=len(shown), after=(percent(0.0),)
    )
    notes = (*notes_of(rows), *_flagged(table), *_other_views(view))
    return Table(title, columns, tuple(rows), notes, below, LEGEND)


def protocols(view: DatasetView, place: Standing) -> Table | None:
    """Table 5: accuracy on original by protocol; None without a model that is asked, and beside VisA."""
    asked = [who for who in view.entrants if who.protocol is not None]
    if not asked or not view.has_original or place.kind != "mvtec":
        return None
    models = dict.fromkeys(who.model for who in asked)
    others = sorted({str(who.protocol) for who in asked} - set(PROTOCOLS))
    rows = []
    for rival in rivals(map(Entrant, models), None, ("Qwen",)):
        pairs = [
            _accuracy(
                view,
                place,
                None if rival.who is None else Entrant(rival.who.model, protocol),
                printed(PROTOCOLS_TABLE, rival.paper, protocol=protocol) if rival.paper else None,
            )
            for protocol in (*PROTOCOLS, *others)
        ]
        rows += rows_of(rival, pairs)
    title = place.title(PROTOCOLS_TABLE, "ways of asking, accuracy on original in %")
    shown = (*PROTOCOLS, *others)
    columns = (*KEYS, *(Column(name) for name in shown))
    below = floor_row(place.floor, f"of all {place.extent.name}", accuracies=len(shown))
    return Table(title, columns, tuple(rows), notes_of(rows), below, LEGEND)


def thresholds(view: DatasetView, place: Standing) -> Table | None:
    """Tables 8 and 9: accuracy by view and threshold; None where no model has thresholds."""
    shown = [name for name in VIEWS if name in view.perturbations]
    scored = [who for who in view.entrants if view.thresholds(who)]
    if not scored or not shown:
        return None
    rows = []
    for rival in rivals(scored, None, tuple(THRESHOLDS_TABLES)):
        for name in shown:
            pairs = [
                _accuracy(view, place, rival.who, _cell(rival, place, name, threshold), name, threshold)
                for threshold in SCORE_THRESHOLDS
            ]
            rows += rows_of(rival, pairs, name)
    title = place.title("Tables 8 and 9", "the same scores under three thresholds, accuracy in %")
    columns = (KEYS[0], Column("view", "left"), KEYS[1], *(Column(name) for name in SCORE_THRESHOLDS))
    below = floor_row(place.floor, "", f"of all {place.extent.name}", accuracies=len(SCORE_THRESHOLDS))
    return Table(title, columns, tuple(rows), notes_of(rows), below, LEGEND)


def _accuracy(
    view: DatasetView,
    place: Standing,
    who: Entrant | None,
    paper: Printed | None,
    perturbation: str = ORIGINAL,
    threshold: str | None = None,
) -> Pair:
    row = None if who is None else view.row(who, perturbation, threshold=threshold)
    return Pair(measure(row, "accuracy"), paper, floor=place.floor, at_floor=is_floor(row))


def _cell(rival: Rival, place: Standing, perturbation: str, threshold: Threshold) -> Printed | None:
    if rival.paper is None:
        return None
    table = THRESHOLDS_TABLES[rival.paper]
    return printed(table, rival.paper, dataset=place.kind, perturbation=perturbation, threshold=threshold)


def _average_drop(view: DatasetView, who: Entrant | None) -> Measure:
    """Over the paper's perturbations; not measured where the run's average is over others."""
    drop = view.drop(who) if who is not None else None
    by_view = drop["by_perturbation"] if drop is not None else None
    is_alike = isinstance(by_view, Mapping) and set(by_view) == set(VIEWS) - {ORIGINAL}
    return measure(drop, "average_drop") if is_alike else Measure(None)


def _flagged(table: str) -> list[str]:
    """The averages that do not follow from the cells beside them."""
    return [
        f"The paper prints {each.printed.text} as the average drop of {each.printed.model}; "
        f"the cells of that row give {percent(each.recomputed)}."
        for each in recomputed_drops()
        if each.printed.table == table and not each.follows
    ]


def _other_views(view: DatasetView) -> list[str]:
    if set(view.perturbations) == set(VIEWS):
        return []
    return ["The run's average drop is left out: it is not over the views that the paper's is over."]
