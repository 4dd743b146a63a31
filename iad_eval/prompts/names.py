"""Which datasets, classes and perturbations a prompt file may speak of."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from iad_eval.errors import UsageError
from iad_eval.perturbations import FAMILIES, PAPER, perturbation
from iad_eval.prompts.tables import Table

_FAMILIES = frozenset(family.name for family in FAMILIES)


@dataclass(frozen=True, slots=True)
class Names:
    """``classes`` by what stands after ``classes.`` in a header: a kind of dataset or a session's name.

    ``perturbations`` are the session's; the paper's and the built-in families are known besides.
    """

    classes: Mapping[str, frozenset[str]]
    perturbations: frozenset[str] = frozenset()

    def check(self, classes: Table) -> None:
        """Raises UsageError for a dataset or a class that ``[classes]`` names and nobody knows."""
        for dataset, table in classes.tables():
            if dataset not in self.classes:
                raise classes.unknown("dataset", dataset, self.classes)
            for class_name in table.values:
                if class_name not in self.classes[dataset]:
                    raise table.unknown("class", class_name, self.classes[dataset])

    def canonical(self, table: Table, typed: str) -> str:
        """The name of a perturbation or a family as sessions spell it: ``rotate:15.0`` is ``rotate:15``.

        Raises UsageError for one that nobody knows, naming its line in ``table``.
        """
        families = _FAMILIES | {name.partition(":")[0] for name in self.perturbations if ":" in name}
        if typed in {*PAPER, *families, *self.perturbations}:
            return typed
        if typed.partition(":")[0] in _FAMILIES:
            try:
                return perturbation(typed).name
            except UsageError as error:
                raise table.error(typed, str(error)) from None
        raise table.unknown("perturbation", typed, {*PAPER, *families, *self.perturbations})


def known_names(
    published: Mapping[str, Collection[str]],
    kinds: Mapping[str, str],
    classes: Mapping[str, Collection[str]],
    perturbations: Collection[str],
) -> Names:
    """The names of a session and those that are ``published`` (kind of dataset -> classes)."""
    known = {kind: set(names) for kind, names in published.items()}
    for dataset, kind in kinds.items():
        for key in (dataset, kind):
            known.setdefault(key, set()).update(classes.get(dataset, ()))
    return Names({key: frozenset(names) for key, names in known.items()}, frozenset(perturbations))
