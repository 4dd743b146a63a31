"""How much of a difference between runs is the draw of the answers, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.document import Paragraph
from iad_eval.reports.reading import DatasetView, entrant, number, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import percent, small_percent
from iad_eval.words import Json


def noise_table(view: DatasetView, *, by_class: bool = False) -> Table | None:
    """Models down, or models and classes; draws, views, flips and the noise of accuracy across.

    None where no view was asked again.
    """
    found = [each for each in view.records("noise") if by_class or each["class_name"] is None]
    if not found:
        return None
    keys = [Column("model", "left"), *([Column("class", "left")] if by_class else [])]
    rows = []
    for each in found:
        name = each["class_name"]
        cells = [
            Cell(entrant(each).label),
            *([Cell("all" if name is None else str(name))] if by_class else []),
        ]
        cells += [Cell(f"{whole(each[count]):,}") for count in ("repeats", "views")]
        cells += [Cell(percent(number(each["flipped"]))), Cell(small_percent(number(each["noise_floor"])))]
        rows.append(tuple(cells))
    return Table(
        f"{view.dataset}: how much sampling alone moves accuracy",
        (
            *keys,
            Column("draws"),
            Column("views"),
            Column("flipped, %"),
            Column("noise, points"),
        ),
        tuple(rows),
        (
            "Every view was asked as often as there are draws, with nothing else changed. Flipped: how many "
            "of the views are judged correctly in some draws and not in others. Noise: in 95% of pairs of "
            "runs that differ in the draw alone, accuracies (over all views, by the answers; of several "
            "classes the mean) lie no further apart; a smaller change is no finding.",
        ),
    )


def undrawn(manifest: Mapping[str, Json]) -> Paragraph | None:
    """What to know where ``--iad-repeats`` asked nothing again, since no model draws its answers."""
    repeats = manifest.get("repeats", {})
    if not isinstance(repeats, Mapping) or not repeats or any(whole(each) > 1 for each in repeats.values()):
        return None
    return Paragraph(
        "--iad-repeats asked nothing again: no model of this run draws its answers. An LVLM does at a "
        "temperature above 0: type for example --iad-lvlm temperature=0.3.",
        warning=True,
    )
