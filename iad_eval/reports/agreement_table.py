"""Which models judge alike, and what a vote among them would have judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.floor_row import floor_footer
from iad_eval.reports.reading import (
    DatasetView,
    Entrant,
    Measure,
    Row,
    entrant,
    in_order,
    measure,
    number,
    whole,
)
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.views_table import plain
from iad_eval.reports.wording import counted, listed, ratio
from iad_eval.words import Json


def agreement_table(view: DatasetView) -> Table | None:
    """Pairs of models down; views judged by both, share judged alike and kappa across; None without pairs."""
    rows = [
        (
            Cell(_named(each["one"]).label),
            Cell(_named(each["other"]).label),
            Cell(f"{whole(each['n']):,}"),
            plain(measure(each, "share")),
            Cell(ratio(number(each["kappa"]))),
        )
        for each in view.records("agreement")
    ]
    if not rows:
        return None
    return Table(
        f"{view.dataset}: which models judge alike",
        (
            Column("model", "left"),
            Column("and", "left"),
            Column("views"),
            Column("alike, %"),
            Column("kappa"),
        ),
        tuple(rows),
        (
            "Over all views that both judged. Kappa is the agreement beyond what chance alone would give: "
            "1 is always alike, 0 no more than chance.",
        ),
    )


def votes_table(view: DatasetView) -> Table | None:
    """The majority vote's accuracy per view above that of its best voter. None where nobody voted."""
    votes = {str(each["perturbation"]): each for each in view.records("votes")}
    shown = [name for name in view.perturbations if name in votes]
    if not shown:
        return None
    of_views = {name: voters_of(votes[name]) for name in shown}
    voters = in_order({who for took_part in of_views.values() for who in took_part})
    fewer = [f"{len(of_views[name])} in {name}" for name in shown if len(of_views[name]) < len(voters)]
    best = best_of(view, voters)
    ours = [measure(votes[name], "accuracy") for name in shown]
    theirs = [measure(None if best is None else view.row(best, name), "accuracy") for name in shown]
    rows = [_row(f"majority of {len(voters)}", ours, theirs)]
    rows += [_row(best.label, theirs, ours)] if best is not None else []
    return Table(
        f"{view.dataset}: a majority vote beside the best single model, accuracy in %",
        (Column("judged by", "left"), *(Column(name) for name in shown)),
        tuple(rows),
        (
            f"{counted(len(voters), 'voter')}: {listed([who.label for who in voters])}. An unreadable answer "
            "is no vote; a tie counts as anomalous, since a doubtful part is looked at.",
            *([f"Not all of them voted in every view: {listed(fewer)}."] if fewer else []),
        ),
        floor_footer(view, keys=1, accuracies=len(shown)),
        legend=(("best", "the higher of the two"),),
    )


def voters_of(vote: Row) -> list[Entrant]:
    """Who took part in a vote."""
    found = vote["voters"]
    assert isinstance(found, Sequence)
    return [_named(voter) for voter in found]


def best_of(view: DatasetView, voters: Sequence[Entrant]) -> Entrant | None:
    """The voter with the highest accuracy on the anchor view."""
    found = [(measure(view.row(who, view.anchor), "accuracy").value, who) for who in voters]
    measured = [(value, who) for value, who in found if value is not None]
    return max(measured, key=lambda each: each[0])[1] if measured else None


def _row(label: str, ours: Sequence[Measure], theirs: Sequence[Measure]) -> tuple[Cell, ...]:
    cells = [Cell(label)]
    for mine, other in zip(ours, theirs, strict=True):
        is_higher = mine.value is not None and other.value is not None and mine.value > other.value
        cells.append(plain(mine, "best" if is_higher else "none"))
    return tuple(cells)


def _named(voter: Json) -> Entrant:
    assert isinstance(voter, Mapping)
    return entrant(voter)
