"""Figures 4 and 5 of the paper: one photograph in all its views."""

from __future__ import annotations

from collections.abc import Sequence

from iad_eval.reports.chart import Sheet, Tile
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import PAPER_ORDER, Row
from iad_eval.reports.wording import counted, listed
from iad_eval.visible import visible


def views_sheet(entry: Row) -> Sheet | None:
    """The views in the paper's order, then others by name; None without any."""
    seen = entry["perturbations"]
    assert isinstance(seen, Sequence)
    names = [name for name in PAPER_ORDER if name in seen]
    names += sorted(str(name) for name in seen if name not in PAPER_ORDER)
    if not names:
        return None
    sample, dataset = str(entry["sample"]), str(entry["dataset"])
    return Sheet(
        figure_name(dataset, "views"),
        f"{visible(dataset)}: one photograph in all its views",
        f"The photograph {visible(sample)}, whose defect is {visible(str(entry['defect']))}, in "
        f"{counted(len(names), 'view')}: {listed([visible(name) for name in names])}.",
        tuple(Tile(sample, name, (visible(name),)) for name in names),
        (
            f"{visible(sample)}, as Figures 4 and 5 of the paper; the line around the defect "
            "is not in what models are shown.",
        ),
    )
