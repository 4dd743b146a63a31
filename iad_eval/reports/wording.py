"""Figures and lists as words: one way to write a percentage, an interval, an enumeration."""

from __future__ import annotations

import math
from collections.abc import Sequence

from iad_eval.reports.reading import Measure

NOT_MEASURED = "–"


def percent(fraction: float | None) -> str:
    """``0.918`` as ``91.8``; :data:`NOT_MEASURED` for None. Also percentage points of a drop."""
    if fraction is None:
        return NOT_MEASURED
    text = f"{100 * fraction:.1f}"
    return "0.0" if text == "-0.0" else text


def small_percent(fraction: float | None) -> str:
    """Percent for what may be far below one: two digits that matter (``0.037``, ``4.4``, ``12.3``)."""
    if not fraction or fraction >= 0.01:
        return percent(fraction)
    shown = float(f"{100 * fraction:.1e}")  # rounded first: 0.996 has one digit less than 0.99
    digits = 1 - math.floor(math.log10(shown))
    return f"{shown:.{min(digits, 6)}f}"


def points(difference: float | None) -> str:
    """A difference of fractions in points, with its sign: ``+1.2``, ``-0.3``, ``0.0``."""
    text = percent(difference)
    return text if difference is None or text.startswith("-") or text == "0.0" else f"+{text}"


def rounded(value: float | None) -> str:
    """Three digits that matter at most: ``123``, ``12.3``, ``1.23``, ``0.05``."""
    if value is None:
        return NOT_MEASURED
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:,.{digits}f}"


def ratio(value: float | None) -> str:
    """A figure between -1 and 1 that is no share: ``0.83``."""
    return NOT_MEASURED if value is None else f"{value:.2f}"


def interval(measure: Measure) -> str:
    """``90.4–93.0``, or ``-0.3 to 2.1`` where a sign would look like a dash; empty without an interval."""
    if measure.value is None or measure.low is None or measure.high is None:
        return ""
    low, high = percent(measure.low), percent(measure.high)
    return f"{low} to {high}" if low.startswith("-") or high.startswith("-") else f"{low}–{high}"


def with_interval(measure: Measure, unit: str) -> str:
    """``91.8% (90.4–93.0)``."""
    span = interval(measure)
    return f"{percent(measure.value)}{unit}" + (f" ({span})" if span else "")


def listed(words: Sequence[str], most: int | None = None) -> str:
    """``a``, ``a and b``, ``a, b and c``; with more than ``most`` words ``a, b and 3 more``."""
    shown = list(words)
    if most is not None and len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def counted(count: int, noun: str) -> str:
    """``1 view``, ``2 views``, ``3 classes``."""
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"
