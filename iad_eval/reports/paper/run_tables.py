"""The paper's Figure 7 and the time of its section 6 beside what a whole run gives."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.paper import PROTOCOLS, printed
from iad_eval.reports.paper.lines import KEYS, Pair, rivals, rows_of
from iad_eval.reports.paper.standing import BESIDE
from iad_eval.reports.reading import Entrant, Measure, Row, entrant, number, records
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.words import TRIVIAL, Json


def sizes_and_cost(summary: Mapping[str, Json]) -> Table | None:
    """Correlation of mask size and accuracy, and seconds per image; None where neither was measured."""
    correlations = _by_entrant(records(summary, "sizes"), "pearson_log")
    seconds = _by_entrant(records(summary, "cost"), "seconds_mean")
    figure = printed("Figure 7", "Qwen", "correlation")
    time = printed("section 6", "Qwen", "seconds", perturbation=None)
    rows: list[tuple[Cell, ...]] = []
    entrants = [who for who in {**seconds, **correlations} if who.model not in TRIVIAL]
    for rival in rivals(entrants, PROTOCOLS[0], ("Qwen",)):
        ours = [Measure(found.get(rival.who) if rival.who else None) for found in (correlations, seconds)]
        theirs = (figure, time) if rival.paper else (None, None)
        rows += rows_of(rival, [Pair(ours[0], theirs[0], 3), Pair(ours[1], theirs[1], 2)])
    if not entrants:
        return None
    return Table(
        f"The run {BESIDE} Figure 7 and section 6",
        (
            *KEYS,
            Column("correlation"),
            Column("s an image"),
        ),
        tuple(rows),
        (
            "Correlation of the defects' size and how often they are found. The paper correlates over both "
            "of its datasets together, a run over all of its own. Seconds are from asking to answer, and "
            "several views may be under way at once; the paper's are those of a model of 72 billion "
            "parameters on two A100 GPUs.",
        ),
    )


def _by_entrant(found: list[Row], name: str) -> dict[Entrant, float]:
    return {entrant(each): value for each in found if (value := number(each[name])) is not None}
