"""What the conclusion says beyond accuracy: stability, a vote among the models, the smallest drop."""

from __future__ import annotations

from iad_eval.reports.agreement_table import best_of, voters_of
from iad_eval.reports.reading import DatasetView, Entrant, entrant, measure, number, whole
from iad_eval.reports.wording import counted, percent, with_interval


def stability(view: DatasetView) -> list[str]:
    """How many photographs the best model judges alike in all views."""
    for each in view.records("invariance"):
        share = measure(each, "share")
        if each["class_name"] is None and entrant(each) == view.best and share.value is not None:
            told = f"{with_interval(share, '%')} of the photographs"
            return [f"{entrant(each).label} gives the same verdict in all views for {told}."]
    return []


def better_vote(view: DatasetView) -> list[str]:
    """The majority vote, where it is right more often than the best of its voters."""
    for each in view.records("votes"):
        voters = voters_of(each)
        best = best_of(view, voters)
        if each["perturbation"] != view.anchor or best is None:
            continue
        vote, single = measure(each, "accuracy"), measure(view.row(best, view.anchor), "accuracy")
        if vote.value is not None and single.value is not None and vote.value > single.value:
            told = f"A majority vote of the {len(voters)} models is right on {with_interval(vote, '%')}"
            overlaps = (single.high or 0.0) >= (vote.low or 0.0)
            aside = "; the intervals overlap" if overlaps else ""
            return [f"{told}, more than {best.label}, the best of them{aside}."]
    return []


def detectable(view: DatasetView) -> list[str]:
    """The smallest drop that can be told from chance, for the best model or else the first."""
    found = {entrant(each): each for each in view.records("detectable") if each["class_name"] is None}
    who: Entrant | None = view.best if view.best in found else next(iter(found), None)
    if who is None:
        return []
    n = whole(found[who]["n"])
    count = counted(n, "photograph")
    least = number(found[who]["minimum_detectable_drop"])
    if least is None:
        return [f"{count} {'is' if n == 1 else 'are'} too few to tell any drop of {who.label} from chance."]
    told = f"a drop of {who.label} can be told from chance if it is at least {percent(least)} points"
    return [f"On {count} {told}."]
