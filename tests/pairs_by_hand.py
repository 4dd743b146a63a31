"""Pairs from what each photograph lost, and drawn ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from iad_eval.paired.pairs import Pairs


def pairs(before: Sequence[str], after: Sequence[str], class_name: str = "bolt") -> Pairs:
    """A row a view, a letter a photograph: ``r`` right, ``w`` wrong, ``.`` not counted on either side."""
    sides = [np.array([list(row) for row in rows]) for rows in (before, after)]
    return Pairs("parts", class_name, sides[0] != ".", sides[0] == "r", sides[1] == "r")


def one_view(newly_wrong: int, newly_right: int, still_right: int, class_name: str = "bolt") -> Pairs:
    """One class in one view."""
    before = "r" * newly_wrong + "w" * newly_right + "r" * still_right
    after = "w" * newly_wrong + "r" * newly_right + "r" * still_right
    return pairs([before], [after], class_name)


@st.composite
def small_classes(draw: st.DrawFn) -> list[Pairs]:
    """One to three classes of 1 to 4 photographs in 1 to 3 views, some of which do not count."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        photographs, views = draw(st.integers(1, 4)), draw(st.integers(1, 3))
        cell = st.sampled_from(["rr", "rw", "wr", "ww", ".."])
        row = st.lists(cell, min_size=photographs, max_size=photographs)
        rows = [draw(row) for _ in range(views)]
        rows[0] = [
            cell if cell != ".." else "rr" for cell in rows[0]
        ]  # a photograph counts in one view at least
        before, after = (["".join(said[side] for said in row) for row in rows] for side in (0, 1))
        found.append(pairs(before, after, f"class {number}"))
    return found
