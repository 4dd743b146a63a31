"""How xdist shares out cases: those that share a fit or a cached reference go to one worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from xdist.scheduler import LoadScheduling, LoadScopeScheduling

Group = Callable[[str], str | None]
"""Node id -> name of its group, None for a test that is no case."""

_PARAMETERS = re.compile(r"::\w+\[(.*)\]", re.DOTALL)


def group_of(node_id: str, perturbations: Sequence[str], models: Sequence[str]) -> str | None:
    """The group of a case by its node id: the id without the perturbation."""
    bracket = parameters_of(node_id)
    for model in sorted(models, key=len, reverse=True):  # the longer name first: glass-2 is not glass
        for perturbation in perturbations:
            parts = bracket.partition(f"-{perturbation}-{model}")
            if parts[1]:
                return f"{parts[0]}-{model}"
    return None


def parameters_of(node_id: str) -> str:
    """What stands in a node id's brackets; a folder's name may have brackets, too."""
    found = _PARAMETERS.search(node_id)
    return found[1] if found else ""


def written(names: Iterable[str]) -> list[str]:
    """Names as node ids hold them: pytest escapes other letters than ASCII's unless told not to."""
    escaped = ((name, name.encode("unicode_escape").decode("ascii")) for name in names)
    return list(dict.fromkeys(form for forms in escaped for form in forms))


class _Grouped(LoadScopeScheduling):
    group: Group

    def _split_scope(self, nodeid: str) -> str:
        return self.group(nodeid) or nodeid


class CaseScheduling:
    """xdist's ordinary load scheduling, unless cases were collected: then group by group.

    Which it is shows when the first worker reports its collection; until then both
    schedulers learn of the workers.
    """

    def __init__(self, config: Any, log: Any, group: Group) -> None:
        grouped = _Grouped(config, log)
        grouped.group = group
        self._group = group
        self._ordinary, self._grouped = LoadScheduling(config, log), grouped
        self._chosen: Any = None

    def add_node(self, node: Any) -> None:
        """A worker came up."""
        for scheduler in self._live():
            scheduler.add_node(node)

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """A worker says what it collected."""
        if self._chosen is None:
            cases = any(self._group(node_id) for node_id in collection)
            self._chosen = self._grouped if cases else self._ordinary
        self._chosen.add_node_collection(node, collection)

    def remove_node(self, node: Any) -> str | None:
        """A worker is gone; returns the test that it was running."""
        crashed = [scheduler.remove_node(node) for scheduler in self._live()]
        return next((item for item in crashed if item), None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chosen if self._chosen is not None else self._ordinary, name)

    def _live(self) -> list[Any]:
        return [self._ordinary, self._grouped] if self._chosen is None else [self._chosen]
