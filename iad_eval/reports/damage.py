"""What a check of a dataset found, as a document."""

from __future__ import annotations

from iad_eval.datasets.check import ClassReport, DamageReport
from iad_eval.datasets.published import Counts
from iad_eval.reports.document import Block, Document, Paragraph
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import counted


def damage_document(report: DamageReport) -> Document:
    """Classes with their counts, then every finding, then a verdict."""
    blocks: list[Block] = []
    if report.classes:
        blocks.append(_classes(report))
    if report.findings:
        blocks.append(_findings(report))
    verdict = (
        f"{report.dataset}: {counted(report.files, 'file')} read, {counted(len(report.findings), 'finding')}."
    )
    return Document((*blocks, Paragraph(verdict, warning=bool(report.findings))))


def _classes(report: DamageReport) -> Table:
    compared = any(each.published is not None for each in report.classes)
    columns = [Column("class", "left"), Column("train"), Column("test normal"), Column("test anomalous")]
    notes = ["Seen / published." if compared else "No published counts to compare with."]
    rows = tuple(_class_row(each) for each in report.classes)
    return Table(f"{report.dataset}: photographs", (*columns, Column("findings")), rows, tuple(notes))


def _class_row(each: ClassReport) -> tuple[Cell, ...]:
    cells = [Cell(each.class_name)]
    for name in ("train", "test_normal", "test_anomalous"):
        seen, published = _count(each.counts, name), _count(each.published, name)
        odd = each.published is not None and seen != published
        text = f"{seen} / {published}" if each.published is not None else seen
        cells.append(Cell(text, emphasis="warning" if odd else "none"))
    return (*cells, Cell(str(each.findings), emphasis="warning" if each.findings else "none"))


def _count(counts: Counts | None, name: str) -> str:
    return "–" if counts is None else str(getattr(counts, name))


def _findings(report: DamageReport) -> Table:
    rows = tuple(
        (Cell(each.class_name), Cell(each.path), Cell(each.problem), Cell(each.remedy))
        for each in report.findings
    )
    columns = (Column("class", "left"), Column("where", "left"), Column("what is wrong", "left"))
    return Table(f"{report.dataset}: findings", (*columns, Column("what to do", "left")), rows)
