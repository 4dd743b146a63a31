"""How LVLMs were served: who answered, how fast, and what the prefix cache saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.document import Paragraph
from iad_eval.reports.reading import number
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import counted, listed, percent, rounded
from iad_eval.words import Json


def serving_table(summary: Mapping[str, Json]) -> Table | None:
    """Models down, requests, speed and cache hits across; None where no LVLM was asked."""
    entries = [entry for entry in _entries(summary) if entry["images_per_s"] is not None]
    if not entries:
        return None
    columns = (
        Column("model", "left"),
        Column("engine", "left"),
        Column("views"),
        Column("images/s"),
        Column("tokens/s"),
        Column("s a view"),
        Column("queued, s"),
        Column("known, %"),
    )
    return Table("How the LVLMs were served", columns, tuple(map(_row, entries)), _notes(entries))


def recorded(summary: Mapping[str, Json]) -> list[Paragraph]:
    """Which models were not asked in this run: their answers came with them."""
    told = []
    for entry in _entries(summary):
        count = int(number(entry["recorded"]) or 0)
        if count:
            told.append(
                Paragraph(
                    f"RECORDED: {counted(count, 'answer')} of {entry['model']} came with it (recorded on "
                    f"{entry['recorded_at']} with {_engines(entry)}); nobody was asked in this run. "
                    "--iad-recorded no asks live."
                )
            )
    return told


def _entries(summary: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    found = summary.get("serving", [])
    assert isinstance(found, Sequence)
    return [entry for entry in found if isinstance(entry, Mapping)]


def _row(entry: Mapping[str, Json]) -> tuple[Cell, ...]:
    return (
        Cell(str(entry["model"])),
        Cell(_engines(entry)),
        Cell(f"{int(number(entry['requests']) or 0):,}"),
        Cell(rounded(number(entry["images_per_s"]))),
        Cell(rounded(number(entry["answer_tokens_per_s"]))),
        Cell(rounded(number(entry["latency_s"]))),
        Cell(rounded(number(entry["queue_s"]))),
        Cell(percent(number(entry["prefix_hit_rate"]))),
    )


def _notes(entries: Sequence[Mapping[str, Json]]) -> tuple[str, ...]:
    notes = [
        "Speeds are over the time in which at least one request was under way; s a view is the median from "
        "asking to answer, queued the mean wait in the engine. Known: the share of prompt tokens that the "
        "prefix cache had."
    ]
    silent = [str(entry["model"]) for entry in entries if entry["prefix_hit_rate"] is None]
    if silent:
        notes.append(f"The server of {listed(silent)} does not say what its prefix cache had.")
    cut = [
        f"{counted(int(number(entry['cut']) or 0), 'answer')} of {entry['model']}"
        for entry in entries
        if number(entry["cut"])
    ]
    if cut:
        notes.append(f"{listed(cut)} met max_tokens and ended there.")
    return tuple(notes)


def _engines(entry: Mapping[str, Json]) -> str:
    engines = entry["engines"]
    assert isinstance(engines, Sequence)
    return listed([str(engine) for engine in engines])
