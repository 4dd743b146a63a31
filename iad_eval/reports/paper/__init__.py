"""A run beside the paper: its figures, the paper's printed ones, and how far they lie apart."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.document import Paragraph
from iad_eval.reports.paper.dataset_tables import original, protocols, thresholds, views
from iad_eval.reports.paper.run_tables import sizes_and_cost
from iad_eval.reports.paper.standing import BESIDE, shortfall, standing
from iad_eval.reports.reading import dataset_views
from iad_eval.reports.table import Table
from iad_eval.words import Json

__all__ = ["BESIDE", "vs_paper"]


def vs_paper(summary: Mapping[str, Json], manifest: Mapping[str, Json]) -> list[Table | Paragraph]:
    """One table for each of the paper's that the run can say something about.

    A part of one of the paper's datasets is compared all the same, with a sentence above its
    tables and a word in each of their titles; other datasets are named and left out.
    """
    found: list[Table | Paragraph] = []
    for view in dataset_views(summary):
        place = standing(view.dataset, manifest)
        if place is None:
            found.append(
                Paragraph(f"The paper has no figures to set beside {view.dataset}: it is another dataset.")
            )
            continue
        if place.trouble:
            found.append(Paragraph(place.warning))
        if short := shortfall(view, place):
            found.append(Paragraph(short))
        tables = (original(view, place), views(view, place), protocols(view, place), thresholds(view, place))
        found += [table for table in tables if table is not None]
    whole = sizes_and_cost(summary)
    return [*found, whole] if whole is not None else found
