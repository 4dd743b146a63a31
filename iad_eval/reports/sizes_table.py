"""The paper's Figure 7 in figures: whether larger defects are found more often, and from which size on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.reading import Measure, Row, entrant, number, records, whole
from iad_eval.reports.table import Cell, Column, Table
from iad_eval.reports.wording import NOT_MEASURED, listed, ratio, small_percent
from iad_eval.words import Json


def sizes_table(summary: Mapping[str, Json]) -> Table | None:
    """Models down; defects, correlations and the size at which half are found across. None without masks."""
    found = records(summary, "sizes")
    if not found:
        return None
    several = any(len(_datasets(each)) > 1 for each in found)
    columns = (
        Column("model", "left"),
        Column("defects"),
        Column("a bin"),
        Column("Pearson"),
        Column("Spearman"),
    )
    notes = [
        "Defects are sorted by the share of the picture that they cover and taken together in bins. Pearson "
        "(of the logarithm of the size, as in the paper's Figure 7) and Spearman correlate the bins' mean "
        "size with the share of defects found; 1 means that larger defects are found more often.",
        "Half found at: the share of the picture, in %, at which a defect is found every other time, by a "
        f"logistic curve through all defects. {NOT_MEASURED}: too few bins, or size makes no difference.",
    ]
    if several:
        names = sorted({name for each in found for name in _datasets(each)})
        notes.insert(0, f"All datasets of the run together: {listed(names)}.")
    return Table(
        "Original views: are larger defects found more often?",
        (*columns, Column("half found at")),
        tuple(map(_row, found)),
        tuple(notes),
        legend=(("warning", "read off the curve: no defect of the run is that small, or that large"),),
    )


def half_found_at(each: Row) -> Measure:
    """The size at which half of the defects are found, as a share of the picture; no value without one."""
    curve = each["logistic"]
    if not isinstance(curve, Mapping):
        return Measure(None)
    return Measure(*(number(curve[name]) for name in ("half", "half_low", "half_high")))


def is_extrapolated(each: Row) -> bool:
    """Whether that size lies beyond the sizes of the defects that were judged."""
    half, smallest, largest = half_found_at(each).value, number(each["smallest"]), number(each["largest"])
    return half is not None and not (smallest or 0.0) <= half <= (largest or 1.0)


def _row(each: Row) -> tuple[Cell, ...]:
    half = half_found_at(each)
    interval = ""
    if half.value is not None and half.low is not None and half.high is not None:
        interval = f"{small_percent(half.low)}–{small_percent(half.high)}"
    return (
        Cell(entrant(each).label),
        Cell(f"{whole(each['n']):,}"),
        Cell(str(whole(each["bin_size"]))),
        Cell(ratio(number(each["pearson_log"]))),
        Cell(ratio(number(each["spearman"]))),
        Cell(small_percent(half.value), interval, "warning" if is_extrapolated(each) else "none"),
    )


def _datasets(each: Row) -> list[str]:
    found = each["datasets"]
    assert isinstance(found, Sequence)
    return [str(name) for name in found]
