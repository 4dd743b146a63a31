"""Views on their way to a network: those of one case together, as many as it takes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from iad_eval.views import View


def batches(views: Iterable[View], room: Callable[[View], int]) -> Iterator[list[View]]:
    """Groups views in their order; ``room`` says how many fit where a view goes.

    Views of two cases are never grouped: whoever runs the same cases gets the same batches. No
    view is pulled before the group that is full was taken.
    """
    waiting: list[View] = []
    for view in views:
        if waiting and not _belong_together(waiting[0], view):
            yield waiting
            waiting = []
        waiting.append(view)
        if len(waiting) >= room(view):
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _belong_together(one: View, other: View) -> bool:
    return one.siblings is other.siblings and one.perturbation == other.perturbation
