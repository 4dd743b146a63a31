"""The last row of a table of accuracies: what is reached without looking."""

from __future__ import annotations

from collections.abc import Sequence

from iad_eval.reports.reading import DatasetView
from iad_eval.reports.table import Cell
from iad_eval.reports.wording import percent


def floor_row(
    floor: float,
    *names: str,
    accuracies: int,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> tuple[Cell, ...]:
    """A trivial floor (0..1) below columns of ``accuracies``.

    Its ``names`` and the texts ``before`` stand to the left of these, the texts ``after`` to the right.
    """
    return tuple(map(Cell, ("trivial floor", *names, *before, *[percent(floor)] * accuracies, *after)))


def floor_footer(
    view: DatasetView,
    *,
    accuracies: int,
    keys: int = 2,
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> tuple[Cell, ...]:
    """The higher trivial floor of a dataset; empty without one.

    Below ``keys`` columns of names, of which the second of two says what the floor calls everything.
    """
    floor = view.floor()
    if floor is None:
        return ()
    said, value = floor
    names = [said] if keys == 2 else [""] * (keys - 1)
    return floor_row(value, *names, accuracies=accuracies, before=before, after=after)
