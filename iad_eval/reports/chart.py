"""Figures as values: what is shown, not how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Points2D = tuple[tuple[float, float], ...]
"""(x, y) in data coordinates; for a category axis x counts the categories from 0."""


@dataclass(frozen=True, slots=True)
class Dots:
    """Points, with 95% intervals where they are known; ``group`` chooses the colour (0, 1, 2, ...).

    ``intervals`` are (low, high) of y, one for each point, or empty.
    """

    label: str
    points: Points2D
    intervals: tuple[tuple[float, float], ...] = ()
    group: int = 0


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through points; ``is_dashed`` for what is only a guide."""

    label: str
    points: Points2D
    group: int = 0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """A histogram's outline: ``edges`` (n + 1) ascending and ``heights`` (n)."""

    label: str
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    group: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A dashed line across the panel at one value, with its name: a threshold, a floor."""

    label: str
    at: float
    axis: Literal["x", "y"] = "x"


Mark: TypeAlias = Dots | Curve | Steps | Rule


@dataclass(frozen=True, slots=True)
class Panel:
    """One pair of axes. ``categories`` names the whole numbers of a category axis x; empty otherwise.

    ``y_range`` fixes the y axis; None fits it to the data.
    """

    marks: tuple[Mark, ...]
    title: str = ""
    categories: tuple[str, ...] = ()
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Panels side by side under one title. ``name`` is the file's: ``mvtec-accuracy-by-view``.

    ``alt`` says in a sentence or two what the figure shows, with its figures, for readers
    who do not see it; ``notes`` are printed below.
    """

    name: str
    title: str
    alt: str
    panels: tuple[Panel, ...]
    x_label: str = ""
    y_label: str = ""
    x_scale: Literal["linear", "log"] = "linear"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tile:
    """A small picture of a view of the run, with what stands below it (lines of foreign text)."""

    sample: str
    perturbation: str
    caption: tuple[str, ...]
    has_outline: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures side by side: the views of one photograph, answers with their images."""

    name: str
    title: str
    alt: str
    tiles: tuple[Tile, ...]
    notes: tuple[str, ...] = ()


Figure: TypeAlias = Chart | Sheet
