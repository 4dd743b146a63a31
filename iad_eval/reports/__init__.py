"""Reports: from a summary to a document, which every renderer shows alike."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.chart import Figure
from iad_eval.reports.conclusion import completeness, conclusion, hidden
from iad_eval.reports.document import Document, Heading, Paragraph
from iad_eval.reports.gaps_table import gaps_table
from iad_eval.reports.next_steps import next_steps
from iad_eval.reports.noise_table import undrawn
from iad_eval.reports.notes import notes
from iad_eval.reports.reading import dataset_views
from iad_eval.reports.sections import Contents, Waiting, add_dataset, add_run
from iad_eval.reports.serving_table import recorded
from iad_eval.words import Json

__all__ = ["Document", "summary_document"]


def summary_document(
    summary: Mapping[str, Json],
    manifest: Mapping[str, Json],
    *,
    verbose: bool,
    next_for: str | None = None,
    has_page: bool = False,
    vs_paper: bool = False,
    with_figures: bool = False,
) -> Document:
    """The report of a run: conclusions first, then the tables; ``verbose`` adds all that is not brief.

    ``next_for``, the run's directory as a person types it, adds what to type next. ``vs_paper``
    sets the run beside the paper right after the conclusions. ``with_figures`` adds charts and
    sheets, each below the table that it belongs to.
    """
    views = dataset_views(summary)
    contents = Contents()
    contents.add(Heading("Industrial anomaly detection", 1))
    contents.add(*(map(conclusion, views) if views else [Paragraph("Nothing was observed.", warning=True)]))
    contents.add(*recorded(summary), *notes(manifest), undrawn(manifest))
    if vs_paper:
        from iad_eval.reports import paper

        contents.add(*paper.vs_paper(summary, manifest))
    waiting = Waiting(_figures(summary) if with_figures else [], [view.dataset for view in views])
    for view in views:
        add_dataset(contents, view, waiting, verbose=verbose)
    add_run(contents, summary, waiting, verbose=verbose)
    contents.add(*hidden(summary), gaps_table(summary, verbose=verbose), completeness(summary))
    if next_for is not None:
        contents.add(next_steps(summary, manifest, next_for, verbose=verbose, has_page=has_page))
    return contents.document()


def _figures(summary: Mapping[str, Json]) -> list[Figure]:
    from iad_eval.reports.figures import figures

    return list(figures(summary))
