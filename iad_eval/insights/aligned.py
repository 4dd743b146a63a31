"""What askers said of the same photographs, side by side: their calls at the headline threshold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from iad_eval.intervals import bootstrap_weights
from iad_eval.judging import Asker, Calls, Judged, JudgedClass, in_order
from iad_eval.metrics import Bools, Floats
from iad_eval.words import ORIGINAL, TRIVIAL, Threshold

ABSENT = -2
"""The call of a photograph that was not judged in a view, beside the verdicts of :data:`Calls`."""


@dataclass(frozen=True, slots=True, eq=False)
class AskerCalls:
    """One asker's calls on one class at its headline threshold.

    ``perturbations`` (V) are all that it was measured in anywhere in the dataset, ``original``
    first, the others by name; ``calls`` (V, n) are :data:`ABSENT` where it did not judge the
    photograph, ``correct`` (V, n) is false there; ``mask_fractions`` (V, n) are NaN there.
    """

    asker: Asker
    perturbations: tuple[str, ...]
    calls: Calls
    correct: Bools
    mask_fractions: Floats

    @property
    def is_judged(self) -> Bools:
        """(V, n)"""
        judged: Bools = self.calls != ABSENT
        return judged


@dataclass(frozen=True, slots=True, eq=False)
class AlignedClass:
    """One class's n photographs and every asker's calls on them, sorted by asker.

    ``weights`` (1 + B, n) begin with a row of ones; the others are the bootstrap's draws.
    """

    dataset: str
    class_name: str
    defects: Sequence[str]
    is_anomalous: Bools
    weights: Floats
    said: Sequence[AskerCalls]


def align(
    classes: Sequence[JudgedClass], heads: Mapping[tuple[str, Asker], Threshold | None], seed: int
) -> list[AlignedClass]:
    """All classes, sorted by dataset and name.

    An asker without a headline threshold has no calls; one that judged no photograph of a class
    has none there.
    """
    perturbations: dict[tuple[str, Asker], set[str]] = {}
    judged_at = [[each for each in of.judged if _counts(of.dataset, each, heads)] for of in classes]
    for of, judged in zip(classes, judged_at, strict=True):
        for each in judged:
            perturbations.setdefault((of.dataset, each.asker), set()).add(each.perturbation)
    aligned = []
    for of, judged in zip(classes, judged_at, strict=True):
        askers = sorted({each.asker for each in judged}, key=in_order)
        drawn = bootstrap_weights(seed, of.dataset, of.class_name, len(of.samples))
        said = []
        for asker in askers:
            views = {each.perturbation: each for each in judged if each.asker == asker}
            names = sorted(perturbations[of.dataset, asker], key=lambda name: (name != ORIGINAL, name))
            threshold = heads[of.dataset, asker]
            assert threshold is not None
            said.append(_calls(asker, tuple(names), views, threshold, len(of.samples)))
        weights = np.concatenate([np.ones((1, len(of.samples))), drawn])
        aligned.append(AlignedClass(of.dataset, of.class_name, of.defects, of.is_anomalous, weights, said))
    return sorted(aligned, key=lambda each: (each.dataset, each.class_name))


def _counts(dataset: str, judged: Judged, heads: Mapping[tuple[str, Asker], Threshold | None]) -> bool:
    return len(judged.photographs) > 0 and heads.get((dataset, judged.asker)) in judged.calls


def _calls(
    asker: Asker, names: tuple[str, ...], views: Mapping[str, Judged], threshold: Threshold, n: int
) -> AskerCalls:
    calls = np.full((len(names), n), ABSENT, dtype=np.int8)
    correct = np.zeros((len(names), n), dtype=np.bool_)
    fractions = np.full((len(names), n), np.nan)
    for row, name in enumerate(names):
        if name in views:
            view = views[name]
            calls[row, view.photographs] = view.calls[threshold]
            correct[row, view.photographs] = view.correct[threshold]
            fractions[row, view.photographs] = view.mask_fractions
    return AskerCalls(asker, names, calls, correct, fractions)


def by_dataset(aligned: Sequence[AlignedClass]) -> Iterator[tuple[str, list[AlignedClass]]]:
    """Datasets with their classes, sorted."""
    for dataset in sorted({each.dataset for each in aligned}):
        yield dataset, [each for each in aligned if each.dataset == dataset]


def by_asker(
    aligned: Sequence[AlignedClass],
) -> Iterator[tuple[str, Asker, list[tuple[AlignedClass, AskerCalls]]]]:
    """Dataset and asker, with the asker's calls class by class, sorted."""
    for dataset, classes in by_dataset(aligned):
        for asker in sorted({said.asker for each in classes for said in each.said}, key=in_order):
            yield (
                dataset,
                asker,
                [(each, said) for each in classes for said in each.said if said.asker == asker],
            )


def contenders(classes: Sequence[AlignedClass]) -> list[Asker]:
    """The askers that are worth comparing: those that are not trivial, sorted."""
    askers = {said.asker for each in classes for said in each.said}
    return sorted((asker for asker in askers if asker[0] not in TRIVIAL), key=in_order)
