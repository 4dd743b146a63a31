"""What a comparison's figures and names look like in words."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

from iad_eval.reports.reading import Measure, Row, entrant, number
from iad_eval.reports.wording import NOT_MEASURED

ALL_VIEWS = "all views"
ALL_CLASSES = "all classes"

_SENTENCE_END = re.compile(r"(?<=[.!?]) |(?<=\n)")

Lines = tuple[tuple[Literal["-", "+", " "], str], ...]


def p_value(p: float | None) -> str:
    """``< 0.001``, ``0.012``, ``0.48``, ``1``."""
    if p is None:
        return NOT_MEASURED
    if p < 0.001:
        return "< 0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}" if p < 0.995 else "1"


def where(row: Row) -> str:
    """``glass on mvtec/capsule``, ``glass on mvtec``."""
    of_class = f"/{row['class_name']}" if row["class_name"] is not None else ""
    return f"{entrant(row).label} on {row['dataset']}{of_class}"


def drop_of(row: Row, name: str = "drop") -> Measure:
    """A drop (or a gate's value) with its interval."""
    return Measure(number(row[name]), number(row["low"]), number(row["high"]))


def diff(before: str, after: str) -> Lines:
    """Two prompts, sentence by sentence and line by line."""
    old, new = _SENTENCE_END.split(before), _SENTENCE_END.split(after)
    lines: list[tuple[Literal["-", "+", " "], str]] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            lines += [(" ", text) for text in old[a:b]]
        else:
            lines += [("-", text) for text in old[a:b]] + [("+", text) for text in new[c:d]]
    return tuple(lines)
