"""The report of a comparison: what differs, what the gates say, what changed, which views flipped."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.intervals import ALPHA
from iad_eval.reports.comparison.circumstances import circumstances, missing_table, untouched
from iad_eval.reports.comparison.gates import gate_paragraphs, gates_table
from iad_eval.reports.comparison.tables import auroc_table, changes_tables, flips_table, unchanged
from iad_eval.reports.comparison.wording import where
from iad_eval.reports.document import Document, Heading, Paragraph, Steps
from iad_eval.reports.reading import number, records, whole
from iad_eval.reports.sections import Contents
from iad_eval.reports.wording import counted, points
from iad_eval.words import Json


def comparison_document(
    record: Mapping[str, Json], *, verbose: bool, steps: tuple[tuple[str, str], ...] = ()
) -> Document:
    """The report of a comparison (``comparison.json``), for any renderer: circumstances come first.

    ``steps`` are what a person may type next: (purpose, command) pairs.
    """
    contents = Contents()
    gates = records(record, "gates")
    contents.add(Heading(f"{record['after']} compared with {record['before']}", 1))
    contents.add(*circumstances(record, verbose=verbose), *untouched(record))
    contents.add(*gate_paragraphs(gates), *([] if gates else [_conclusion(record)]))
    for block in changes_tables(record, verbose=verbose):
        contents.add(block)
    contents.add(unchanged(record))
    flips = records(record, "flips")
    wrong = [flip for flip in flips if flip["kind"] == "newly wrong"]
    right = [flip for flip in flips if flip["kind"] == "newly right"]
    most = 100 if verbose else 10
    contents.add(flips_table(wrong, f"{counted(len(wrong), 'view')} newly wrong", most))
    contents.add_details(flips_table(right, f"{counted(len(right), 'view')} newly right", most))
    contents.add_details(auroc_table(record, verbose=verbose))
    contents.add_details(gates_table(gates) if verbose else None)
    contents.add(missing_table(record, verbose=verbose), _compared(record))
    if steps:
        contents.add(Steps("What to type next", steps))
    return contents.document()


def _conclusion(record: Mapping[str, Json]) -> Paragraph:
    """Without gates: the plainest change, or that there is none."""
    rows = [row for row in records(record, "changes") if row["perturbation"] is None]
    found = [row for row in rows if (p := number(row["p_holm"])) is not None and p <= ALPHA]
    if not records(record, "flips"):
        return Paragraph("No verdict changed from right to wrong or back.")
    if not found:
        return Paragraph("Verdicts changed, but no change of accuracy is established at 5%.")
    worst = max(found, key=lambda row: abs(number(row["drop"]) or 0.0))
    drop = number(worst["drop"]) or 0.0
    told = f"{'worse' if drop > 0 else 'better'}: {points(-drop)} points"
    verb = "is" if len(found) == 1 else "are"
    text = f"{counted(len(found), 'change')} of accuracy {verb} established at 5%; "
    return Paragraph(f"{text}the largest: {where(worst)} is {told}.", warning=drop > 0)


def _compared(record: Mapping[str, Json]) -> Paragraph:
    rows = [row for row in records(record, "changes") if row["perturbation"] is None]
    views = sum(whole(row["views"]) for row in rows if row["class_name"] is None)
    lacking = sum(whole(each["views"]) for each in records(record, "missing"))
    told = f"{counted(lacking, 'view')} not, see above." if lacking else "none is missing."
    return Paragraph(f"{counted(views, 'view')} compared, {told}")


def gates_document(record: Mapping[str, Json]) -> Document:
    """What limits on a run by itself came to."""
    gates = records(record, "gates")
    contents = Contents()
    contents.add(Heading("Gates", 2), *gate_paragraphs(gates), gates_table(gates))
    return contents.document()
