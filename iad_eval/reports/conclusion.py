"""The conclusion in words, and what is missing from a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.document import Paragraph
from iad_eval.reports.reading import DatasetView, Entrant, Measure, is_floor, measure, number
from iad_eval.reports.sentences import better_vote, detectable, stability
from iad_eval.reports.wording import counted, listed, with_interval
from iad_eval.summary import missing
from iad_eval.words import ORIGINAL, Json

LISTED_AT_MOST = 5


def conclusion(view: DatasetView) -> Paragraph:
    """Who is best on the anchor view, who drops least, who does not beat the floor; how far to trust that."""
    sentences = []
    ranked = _ranked(view)
    if ranked:
        sentences.append(_best(view, ranked))
    sentences += [_without_threshold(who, auroc, view.anchor) for who, auroc in _scored_only(view)]
    drops = _drops(view)
    if len(drops) > 1:
        sentences.append(_loses_least(drops))
    elif drops:
        who, drop = drops[0]
        sentences.append(f"Perturbations cost {who.label} {with_interval(drop, ' points')} on average.")
    sentences += [*stability(view), *better_vote(view), *detectable(view)]
    return Paragraph(f"{view.dataset}: {' '.join(sentences) or 'nothing could be measured.'}")


def completeness(summary: Mapping[str, Json]) -> Paragraph:
    """Whether everything that was asked for was observed; a warning where it was not."""
    counts = summary["completeness"]
    assert isinstance(counts, Mapping)
    asked, observed, unreadable, failed = (
        int(number(counts[name]) or 0) for name in ("asked", "observed", "unreadable", "failed")
    )
    text = f"{observed:,} of {asked:,} views observed, {unreadable:,} unreadable, {failed:,} failed."
    lacking = missing(summary)
    if lacking > 0:
        text += f" This report is partial: {counted(lacking, 'view')} missing. "
        text += "The same command asks for them alone."
    return Paragraph(text, warning=lacking > 0)


def hidden(summary: Mapping[str, Json]) -> list[Paragraph]:
    """The views in which a perturbation hides most of the defect; none, no paragraph."""
    found = summary.get("hidden", [])
    assert isinstance(found, Sequence)
    if not found:
        return []
    names = [f"{view['sample']} ({view['perturbation']})" for view in found if isinstance(view, Mapping)]
    text = f"In {counted(len(names), 'view')} the perturbation hides more than half of the defect: "
    return [Paragraph(text + listed(names, LISTED_AT_MOST) + ".")]


def _ranked(view: DatasetView) -> list[tuple[Entrant, Measure]]:
    found = [(who, measure(view.row(who, view.anchor), "accuracy")) for who in view.entrants]
    measured = [(who, accuracy) for who, accuracy in found if accuracy.value is not None]
    return sorted(measured, key=lambda each: -(each[1].value or 0.0))


def _scored_only(view: DatasetView) -> list[tuple[Entrant, Measure]]:
    """Models that gave scores, but no training scores to take a threshold from."""
    found = [(who, view.row(who, view.anchor)) for who in view.entrants]
    return [
        (who, measure(row, "auroc"))
        for who, row in found
        if measure(row, "accuracy").value is None and measure(row, "auroc").value is not None
    ]


def _without_threshold(who: Entrant, auroc: Measure, anchor: str) -> str:
    return (
        f"{who.label} gave no training scores, so that there is no threshold and no accuracy: its image "
        f"AUROC is {with_interval(auroc, '%')} on {anchor}."
    )


def _best(view: DatasetView, ranked: list[tuple[Entrant, Measure]]) -> str:
    who, accuracy = ranked[0]
    text = f"{who.label} judges {with_interval(accuracy, '%')} of the {view.anchor} photographs correctly"
    rivals = [other.label for other, theirs in ranked[1:] if (theirs.high or 0.0) >= (accuracy.low or 0.0)]
    if rivals:
        text += f"; no clear winner, the intervals of {listed(rivals, 3)} overlap"
    floor = view.floor()
    if floor is not None:
        said, value = floor
        below = [other.label for other, _ in ranked if is_floor(view.row(other, view.anchor))]
        text += f"; calling {said} scores {100 * value:.1f}%"
        if below:
            verb = "does" if len(below) == 1 else "do"
            text += f", which {listed(below, 3)} {verb} not beat"
    return text + "."


def _loses_least(drops: list[tuple[Entrant, Measure]]) -> str:
    who, least = min(drops, key=lambda found: found[1].value or 0.0)
    text = f"{who.label} loses least under perturbations: {with_interval(least, ' points')} on average"
    rivals = [
        other.label for other, theirs in drops if other != who and (theirs.low or 0.0) <= (least.high or 0.0)
    ]
    if rivals:
        text += f"; no clear winner, the intervals of {listed(rivals, 3)} overlap"
    return text + "."


def _drops(view: DatasetView) -> list[tuple[Entrant, Measure]]:
    """The average drops; a model that does not beat the floor has nothing to lose."""
    found = []
    for who in view.entrants:
        drop = view.drop(who)
        if drop is None or number(drop["average_drop"]) is None or is_floor(view.row(who, ORIGINAL)):
            continue
        names = ("average_drop", "average_drop_low", "average_drop_high")
        found.append((who, Measure(*(number(drop[name]) for name in names))))
    return found
