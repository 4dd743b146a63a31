"""The comparison with an earlier run as a section of the page: what differs, gates, flips, then tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from iad_eval.reports.comparison import comparison_document
from iad_eval.reports.comparison.circumstances import circumstances, untouched
from iad_eval.reports.comparison.gates import gate_paragraphs
from iad_eval.reports.document import Block, Diff, Paragraph
from iad_eval.reports.page.columns import Gallery
from iad_eval.reports.page.flip_cards import FlipCards, flip_cards
from iad_eval.reports.page.sections import FOLDED_FROM, Item
from iad_eval.reports.reading import records
from iad_eval.reports.table import Table
from iad_eval.words import Json

FAILURES_AT_TOP = 6
PROMPTS_OPEN = 3
"""So many changed prompts stand open, the others are folded."""

_FLIPS = ("newly wrong", "newly right")


@dataclass(frozen=True, slots=True)
class Compared:
    """What a page says of a comparison with the run ``name``.

    ``failures`` are warnings for the top of the page; ``lead`` comes before the flips, ``tables`` after.
    """

    name: str
    failures: tuple[str, ...]
    lead: tuple[Item, ...]
    flips: tuple[FlipCards, ...]
    tables: tuple[Item, ...]

    @property
    def views(self) -> tuple[tuple[str, str], ...]:
        """Sample and perturbation of the flips that have cards, in their order."""
        return tuple((card.sample, card.perturbation) for of in self.flips for card in of.cards)


def compared(record: Mapping[str, Json], gallery: Gallery) -> Compared:
    """The section of a comparison (``comparison.json``) on the page of its later run."""
    differs: list[Block] = [*circumstances(record, verbose=True), *untouched(record)]
    rest = comparison_document(record, verbose=True).blocks[1 + len(differs) :]
    said = list(takewhile(lambda block: isinstance(block, Paragraph), rest))
    lead: list[tuple[Block, bool]] = [
        (block, isinstance(block, Diff) and place >= PROMPTS_OPEN)
        for place, block in enumerate([*differs, *said])
    ]
    last = [(block, False) for block in rest[len(said) :] if isinstance(block, Paragraph)]
    items = [
        Item(f"compared_{place}", block, is_folded)
        for place, (block, is_folded) in enumerate([*lead, *_tables(record, len(differs)), *last])
    ]
    return Compared(
        str(record["before"]),
        _failures(record),
        tuple(items[: len(lead)]),
        flip_cards(record, gallery),
        tuple(items[len(lead) :]),
    )


def _failures(record: Mapping[str, Json]) -> tuple[str, ...]:
    failed = [gate for gate in records(record, "gates") if gate["fails"]]
    texts = [paragraph.text for paragraph in gate_paragraphs(failed)]
    more = len(texts) - FAILURES_AT_TOP
    if more > 0:
        texts[FAILURES_AT_TOP:] = [f"{more} more, told below."]
    return tuple(texts)


def _tables(record: Mapping[str, Json], differs: int) -> Iterator[tuple[Table, bool]]:
    """Each table in brief and, where that leaves out rows, in full and folded; details are always folded."""
    brief = {
        block.title: block
        for block in comparison_document(record, verbose=False).blocks
        if isinstance(block, Table)
    }
    document = comparison_document(record, verbose=True)
    for place, block in enumerate(document.blocks):
        if place <= differs or not isinstance(block, Table) or block.title.endswith(_FLIPS):
            continue
        short = brief.get(block.title)
        if short is None or place in document.details:
            yield block, True
            continue
        yield short, len(short.rows) >= FOLDED_FROM
        if short != block:
            yield replace(block, title=f"{block.title}, in full"), True
