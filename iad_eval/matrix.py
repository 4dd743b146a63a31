"""The matrix: which cases a session has, in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from iad_eval.datasets import Dataset
from iad_eval.errors import DataError, UsageError, unknown
from iad_eval.predictors import ModelEntry
from iad_eval.words import Case


def build(
    datasets: Sequence[Dataset],
    classes: Sequence[str],
    perturbations: Sequence[str],
    models: Mapping[str, ModelEntry],
    protocols: Sequence[str],
) -> tuple[Case, ...]:
    """All cases: model by model, class by class, so that a fit or a cached reference serves its views.

    ``models`` maps names as typed to their entries. Empty ``classes`` means all of them, empty
    ``protocols`` each model's default. Lists directories, opens no image. Raises UsageError
    for names that nothing answers to, DataError for folders that hold no such dataset.
    """
    chosen = _chosen_classes(datasets, classes)
    asked = {name: tuple(_protocols(name, entry, protocols)) for name, entry in models.items()}
    for protocol in protocols:
        if not any(protocol in ways for ways in asked.values()):
            known = sorted({way for entry in models.values() for way in entry.protocols})
            if not known:
                names = ", ".join(models)
                raise UsageError(f"--iad-protocol {protocol}: none of the models ({names}) has protocols")
            raise unknown("protocol", protocol, known, "--iad-protocol")
    return tuple(
        Case(model, dataset, class_name, perturbation, protocol)
        for model in models
        for dataset, class_names in chosen.items()
        for class_name in class_names
        for protocol in asked[model]
        for perturbation in perturbations
    )


def case_id(case: Case, models: Mapping[str, ModelEntry]) -> str:
    """``mvtec-bottle-rotated-glass``; a protocol other than the model's default stands at the end."""
    parts = [case.dataset, case.class_name, case.perturbation, case.model]
    if case.protocol is not None and case.protocol != models[case.model].protocols[0]:
        parts.append(case.protocol)
    return "-".join(parts)


def _chosen_classes(datasets: Sequence[Dataset], classes: Sequence[str]) -> dict[str, list[str]]:
    available = {dataset.name: dataset.classes() for dataset in datasets}
    known = {name for names in available.values() for name in names}
    for name in classes:
        if name not in known:
            raise unknown("class", name, known, "--iad-class")
    chosen: dict[str, list[str]] = {}
    for dataset in datasets:
        chosen[dataset.name] = [name for name in available[dataset.name] if not classes or name in classes]
        for name in chosen[dataset.name]:
            if not dataset.samples(name).test:
                raise DataError(f"class {name!r} of dataset {dataset.name} has no test photographs")
    return chosen


def _protocols(name: str, entry: ModelEntry, protocols: Sequence[str]) -> Iterator[str | None]:
    if not entry.protocols:
        yield None
    elif not protocols:
        yield entry.protocols[0]
    else:
        yield from (protocol for protocol in protocols if protocol in entry.protocols)
