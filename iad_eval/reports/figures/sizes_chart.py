"""Figure 7 of the paper: how often defects are found, by the share of the image that they take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from iad_eval.paper import printed
from iad_eval.reports.chart import Chart, Curve, Dots, Mark, Panel, Rule
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import Row, entrant, number, whole
from iad_eval.reports.sizes_table import half_found_at, is_extrapolated
from iad_eval.reports.wording import NOT_MEASURED, counted, listed, percent, small_percent
from iad_eval.visible import visible
from iad_eval.words import Json

MOSTLY = 0.75
"""From this share of one dataset's defects on a bin has that dataset's colour."""

MIXED = "several datasets"

_CURVE_POINTS = 61


def sizes_chart(entry: Row) -> Chart | None:
    """Bins of defects on a logarithmic axis with 95% intervals, and the logistic curve through all of them.

    Both axes are in percent. The rule stands where the curve finds half of the defects. None without bins.
    """
    bins = _bins(entry)
    if not bins:
        return None
    who = entrant(entry)
    label = visible(who.label)
    dots = _dots(entry, bins)
    marks: list[Mark] = [*dots]
    fit = entry["logistic"]
    if isinstance(fit, Mapping):
        marks.append(_curve(fit, bins, group=1 + max(each.group for each in dots)))
    half = half_found_at(entry).value
    if half is not None:
        beyond = ", extrapolated" if is_extrapolated(entry) else ""
        marks.append(Rule(f"half are found at {small_percent(half)}%{beyond}", 100 * half))
    return Chart(
        figure_name("sizes", who.model, who.protocol),
        f"{label}: defects found by size",
        _alt(label, entry, bins),
        (Panel(tuple(marks), y_range=(0.0, 100.0)),),
        x_label="mean size of a bin's defects, % of the image",
        y_label="defects found, %",
        x_scale="log",
        notes=_notes(entry),
    )


def _dots(entry: Row, bins: Sequence[Row]) -> list[Dots]:
    """One series a dataset that has most of some bin, and one for the bins that are shared."""
    datasets = entry["datasets"]
    assert isinstance(datasets, Sequence)
    names = [str(name) for name in datasets]
    of_series: dict[str, list[Row]] = {name: [] for name in (*names, MIXED)}
    for each in bins:
        of_series[_series(each)].append(each)
    labels = {name: visible(name) for name in names} | {MIXED: MIXED}
    return [
        Dots(labels[name], tuple(map(_point, found)), tuple(map(_interval, found)), group)
        for group, (name, found) in enumerate(of_series.items())
        if found
    ]


def _series(each: Row) -> str:
    counts = each["datasets"]
    assert isinstance(counts, Mapping)
    most = max(counts, key=lambda name: whole(counts[name]))
    return most if whole(counts[most]) >= MOSTLY * whole(each["n"]) else MIXED


def _point(each: Row) -> tuple[float, float]:
    return 100 * (number(each["mask_fraction"]) or 0.0), 100 * (number(each["accuracy"]) or 0.0)


def _interval(each: Row) -> tuple[float, float]:
    return 100 * (number(each["low"]) or 0.0), 100 * (number(each["high"]) or 0.0)


def _curve(fit: Row, bins: Sequence[Row], group: int) -> Curve:
    intercept, slope = (number(fit[name]) or 0.0 for name in ("intercept", "slope"))
    first, last = (math.log10(_point(bins[at])[0] / 100) for at in (0, -1))
    points = []
    for step in range(_CURVE_POINTS):
        log = first + (last - first) * step / (_CURVE_POINTS - 1)
        points.append((100 * 10**log, 50 + 50 * math.tanh((intercept + slope * log) / 2)))
    return Curve("logistic fit of all defects", tuple(points), group)


def _bins(entry: Row) -> list[Row]:
    found = entry["bins"]
    assert isinstance(found, Sequence)
    return [each for each in found if isinstance(each, Mapping)]


def _alt(label: str, entry: Row, bins: Sequence[Row]) -> str:
    smallest, largest = (
        f"{percent(number(each['accuracy']))}% of the {which} defects "
        f"({small_percent(number(each['mask_fraction']))}% of the image)"
        for which, each in (("smallest", bins[0]), ("largest", bins[-1]))
    )
    half = _half(entry)
    return (
        f"{label} finds {smallest} and {largest}, in {counted(len(bins), 'bin')} of "
        f"{counted(whole(entry['n']), 'defect')}. {_correlations(entry)}" + (f"; {half}." if half else ".")
    )


def _correlations(entry: Row) -> str:
    log, plain, ranks = (_coefficient(entry[name]) for name in ("pearson_log", "pearson", "spearman"))
    theirs = printed("Figure 7", "Qwen", "correlation")
    paper = f" (the paper's coefficient is {theirs.text})" if theirs is not None else ""
    return (
        f"Pearson's correlation is {log} with the logarithm of the size and {plain} with the size itself, "
        f"Spearman's is {ranks}{paper}"
    )


def _coefficient(value: Json) -> str:
    coefficient = number(value)
    return NOT_MEASURED if coefficient is None else f"{coefficient:.3f}"


def _half(entry: Row) -> str:
    half = half_found_at(entry)
    if half.value is None:
        return ""
    span = (
        ""
        if half.low is None or half.high is None
        else f" ({small_percent(half.low)}–{small_percent(half.high)})"
    )
    beyond = ", beyond the sizes of these defects" if is_extrapolated(entry) else ""
    return f"half of the defects are found at {small_percent(half.value)}% of the image{span}{beyond}"


def _notes(entry: Row) -> tuple[str, ...]:
    datasets = entry["datasets"]
    assert isinstance(datasets, Sequence)
    names = listed([visible(str(name)) for name in datasets])
    half = _half(entry)
    return (
        f"As Figure 7 of the paper: original views of the anomalous photographs of {names}, sorted by size, "
        f"in bins of {whole(entry['bin_size'])}, with 95% intervals.",
        f"{_correlations(entry)}.",
        *([f"By the logistic fit {half}."] if half else []),
    )
