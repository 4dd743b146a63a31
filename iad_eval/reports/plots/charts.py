"""Charts by matplotlib: panels, marks, rules with their names, one legend below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Plot
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from iad_eval.reports.chart import Chart, Curve, Dots, Panel, Rule, Steps
from iad_eval.reports.plots.style import DASHES, DPI, MARKERS, colour, short, wrapped
from iad_eval.reports.plots.svg import LIGHT

_COLUMNS: Final = 4
_WIDTH, _HEIGHT = 2.45, 2.3  # of a small panel with its title and labels, in inches
_LEFT, _BOTTOM = 0.25, 0.55  # beside and below all small panels


def chart_plot(chart: Chart) -> Plot:
    """A figure of the chart: one panel as large as it gets, several in rows of four."""
    return _rows_of_panels(chart) if len(chart.panels) > 1 else _one_panel(chart)


def _one_panel(chart: Chart) -> Plot:
    plot = Plot(figsize=(7.6, 4.0), dpi=DPI, layout="constrained")
    axes = plot.subplots()
    for panel in chart.panels:
        _panel(axes, panel, chart, is_small=False)
    axes.set_xlabel(short(chart.x_label, 90))
    axes.set_ylabel(short(chart.y_label, 60))
    _legend(plot, chart, loc="outside lower left")
    return plot


def _rows_of_panels(chart: Chart) -> Plot:
    """Placed by inches: finding places for sixteen panels takes matplotlib more than a second."""
    rows = math.ceil(len(chart.panels) / _COLUMNS)
    width, height = _LEFT + _COLUMNS * _WIDTH, _BOTTOM + rows * _HEIGHT
    plot = Plot(figsize=(width, height), dpi=DPI)
    for number, panel in enumerate(chart.panels):
        row, column = divmod(number, _COLUMNS)
        left, below = _LEFT + column * _WIDTH, height - (row + 1) * _HEIGHT
        inner = (left + 0.3, below + 0.3, _WIDTH - 0.4, _HEIGHT - 0.95)
        axes = plot.add_axes(
            (inner[0] / width, inner[1] / height, inner[2] / width, inner[3] / height),
        )
        _panel(axes, panel, chart, is_small=True)
    plot.supxlabel(short(chart.x_label), fontsize=9, y=(_BOTTOM - 0.18) / height)
    plot.supylabel(short(chart.y_label), fontsize=9, x=0.05 / width)
    _legend(plot, chart, loc="lower left")
    return plot


def _panel(axes: Axes, panel: Panel, chart: Chart, *, is_small: bool) -> None:
    if chart.x_scale == "log" and any(x > 0 for x in _xs(panel)):
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0), numticks=12))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    for mark in panel.marks:
        _mark(axes, mark)
    if panel.categories:
        axes.set_xticks(range(len(panel.categories)), [wrapped(name, 16) for name in panel.categories])
        axes.set_xlim(-0.5, len(panel.categories) - 0.5)
        axes.grid(visible=False, axis="x")
        if len(panel.categories) > 6:
            axes.tick_params(axis="x", labelrotation=35)
    elif is_small and chart.x_scale == "linear":
        axes.xaxis.set_major_locator(MaxNLocator(4))
    if panel.y_range is not None:
        low, high = panel.y_range
        room = 0.03 * (high - low)
        axes.set_ylim(low - room, high + room)
    axes.tick_params(length=0, labelsize=7 if is_small else 8)
    lines = _rules(axes, [mark for mark in panel.marks if isinstance(mark, Rule)], is_small=is_small)
    if panel.title:
        axes.set_title(short(panel.title, 30 if is_small else 80), fontsize=9, pad=5 + 9 * lines)


def _mark(axes: Axes, mark: Dots | Curve | Steps | Rule) -> None:
    if isinstance(mark, Rule):
        return
    ink = colour(mark.group)
    if isinstance(mark, Dots) and mark.points:
        xs, ys = zip(*mark.points, strict=True)
        if mark.intervals:
            below = [max(0.0, y - low) for y, (low, _) in zip(ys, mark.intervals, strict=True)]
            above = [max(0.0, high - y) for y, (_, high) in zip(ys, mark.intervals, strict=True)]
            axes.errorbar(xs, ys, (below, above), fmt="none", ecolor=ink, elinewidth=1.3)
        axes.plot(xs, ys, MARKERS[mark.group % 8], color=ink, markersize=6)
    elif isinstance(mark, Curve) and mark.points:
        xs, ys = zip(*mark.points, strict=True)
        axes.plot(xs, ys, **_line_of(mark))
    elif isinstance(mark, Steps) and mark.heights:
        axes.stairs(mark.heights, mark.edges, color=ink, linewidth=1.3, linestyle=DASHES[mark.group % 8])
        axes.stairs(mark.heights, mark.edges, color=ink, alpha=0.13, fill=True)


def _rules(axes: Axes, rules: Sequence[Rule], *, is_small: bool) -> int:
    """Draws them with their names, above the panel where they cross x; returns how many lines names take."""
    size = 6.5 if is_small else 8
    for rule in rules:
        across = axes.axvline if rule.axis == "x" else axes.axhline
        across(rule.at, color=LIGHT["muted"], linewidth=1, linestyle=(0, (4, 2)), zorder=1.5)
    for rule in (each for each in rules if each.axis == "y"):  # beside the panel, where no mark can lie on it
        axes.annotate(
            wrapped(rule.label, 18), (1, rule.at), (4, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="left", va="center", fontsize=size, color=LIGHT["muted"],
            annotation_clip=False,
        )  # fmt: skip
    ends: list[float] = []  # where the last name of each line ends, in shares of the panel's width
    share = (0.03 if is_small else 0.0105) * (1 if is_small else 1.05)
    for rule in sorted((each for each in rules if each.axis == "x"), key=lambda each: each.at):
        label = short(rule.label)
        at = float(axes.transAxes.inverted().transform(axes.transData.transform((rule.at, 0)))[0])
        half = share * len(label) / 2
        line = next((number for number, end in enumerate(ends) if end < at - half), len(ends))
        ends[line : line + 1] = [at + half]
        axes.annotate(
            label, (rule.at, 1), (0, 2 + 9 * line), xycoords=("data", "axes fraction"), annotation_clip=False,
            textcoords="offset points", ha="center", va="bottom", fontsize=size, color=LIGHT["muted"],
        )  # fmt: skip
    return len(ends)


def _legend(plot: Plot, chart: Chart, loc: Literal["lower left", "outside lower left"]) -> None:
    """Below all panels, each series once."""
    handles: dict[str, Line2D] = {}
    for mark in (mark for panel in chart.panels for mark in panel.marks):
        if isinstance(mark, Rule) or not mark.label:
            continue
        if isinstance(mark, Dots):
            marker = MARKERS[mark.group % 8]
            shown = Line2D([], [], color=colour(mark.group), marker=marker, linestyle="none")
        elif isinstance(mark, Curve):
            shown = Line2D([], [], **_line_of(mark))
        else:
            shown = Line2D([], [], color=colour(mark.group), linestyle=DASHES[mark.group % 8])
        handles.setdefault(mark.label, shown)
    if not handles:
        return
    labels = [short(label) for label in handles]
    columns = max(1, min(len(labels), 110 // (max(map(len, labels)) + 6)))
    plot.legend(handles.values(), labels, loc=loc, ncols=columns, fontsize=8.5)


def _line_of(mark: Curve) -> dict[str, Any]:
    if mark.is_dashed:
        return {"color": LIGHT["muted"], "linewidth": 1.2, "linestyle": (0, (4, 2))}
    return {"color": colour(mark.group), "linewidth": 1.8, "linestyle": DASHES[mark.group % 8]}


def _xs(panel: Panel) -> list[float]:
    return [x for mark in panel.marks if isinstance(mark, Dots | Curve) for x, _ in mark.points]
