"""Reports: from a summary to a document, which every renderer shows alike."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.class_table import class_table
from iad_eval.reports.conclusion import completeness, conclusion, hidden
from iad_eval.reports.document import Block, Document, Heading, Paragraph
from iad_eval.reports.mistakes_table import mistakes_table
from iad_eval.reports.next_steps import next_steps
from iad_eval.reports.notes import notes
from iad_eval.reports.rates_table import rates_table
from iad_eval.reports.reading import dataset_views
from iad_eval.reports.serving_table import recorded, serving_table
from iad_eval.reports.threshold_table import threshold_table
from iad_eval.reports.views_table import views_table
from iad_eval.words import Json

__all__ = ["Document", "summary_document"]


def summary_document(
    summary: Mapping[str, Json],
    manifest: Mapping[str, Json],
    *,
    verbose: bool,
    next_for: str | None = None,
) -> Document:
    """The report of a run: conclusions first, then the tables; ``verbose`` adds rates and classes.

    ``next_for``, the run's directory as a person types it, adds what to type next.
    """
    views = dataset_views(summary)
    blocks: list[Block] = [Heading("Industrial anomaly detection", 1)]
    blocks += [conclusion(view) for view in views] or [Paragraph("Nothing was observed.", warning=True)]
    blocks += [*recorded(summary), *notes(manifest)]
    for view in views:
        blocks.append(views_table(view))
        thresholds = threshold_table(view)
        blocks += [thresholds] if thresholds is not None else []
        if verbose:
            rates = rates_table(view)
            blocks += [rates] if rates is not None else []
            blocks += [class_table(view, who) for who in view.entrants]
        worst = mistakes_table(view)
        blocks += [worst] if worst is not None else []
    served = serving_table(summary)
    blocks += [served] if served is not None else []
    blocks += [*hidden(summary), completeness(summary)]
    if next_for is not None:
        blocks.append(next_steps(summary, manifest, next_for, verbose=verbose))
    return Document(tuple(blocks))
