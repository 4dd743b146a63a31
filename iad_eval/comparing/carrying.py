"""Cases that were left out of a run because nothing about them changed: they count as they were stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from iad_eval.judging import Judged, JudgedClass, in_order
from iad_eval.stored import StoredClass, StoredRun
from iad_eval.words import Case


def carried(before: StoredRun, after: StoredRun, untouched: Mapping[Case, str]) -> StoredRun:
    """``after`` with what ``before`` holds of the ``untouched`` cases that it did not ask about itself.

    Each with the digest of its answers: where ``before`` holds others, the case is missing from ``after``.
    """
    have = {each.case for each in after.planned}
    wanted = {case: key for case, key in untouched.items() if case not in have}
    if not wanted:
        return after
    classes = {(c.judged.dataset, c.judged.class_name): c for c in after.classes}
    counted: set[Case] = set()
    for old in before.classes:
        part = _only(old, wanted)
        if part.judged.judged:
            counted |= {_case(part.judged, each) for each in part.judged.judged}
            place = (old.judged.dataset, old.judged.class_name)
            classes[place] = _joined(part, classes[place]) if place in classes else part
    planned = [*after.planned, *(each for each in before.planned if each.case in counted)]
    return replace(after, planned=planned, classes=[classes[place] for place in sorted(classes)])


def _only(of: StoredClass, wanted: Mapping[Case, str]) -> StoredClass:
    def is_wanted(each: Judged) -> bool:
        case = _case(of.judged, each)
        return case in wanted and of.keys.get((each.asker, each.perturbation)) == wanted[case]

    kept = [each for each in of.judged.judged if is_wanted(each)]
    places = {(each.asker, each.perturbation) for each in kept}
    return StoredClass(
        replace(of.judged, judged=kept),
        of.digests,
        {place: said for place, said in of.answers.items() if place in places},
        {place: key for place, key in of.keys.items() if place in places},
    )


def _case(of: JudgedClass, judged: Judged) -> Case:
    model, protocol = judged.asker
    return Case(model, of.dataset, of.class_name, judged.perturbation, protocol)


def _joined(old: StoredClass, new: StoredClass) -> StoredClass:
    """Both, over the photographs of both; ``new`` tells of those that it knows."""
    samples = sorted({*old.judged.samples, *new.judged.samples})
    facts = _facts(old) | _facts(new)
    judged = [*_placed(old.judged, samples), *_placed(new.judged, samples)]
    return StoredClass(
        JudgedClass(
            new.judged.dataset,
            new.judged.class_name,
            samples,
            [facts[sample][0] for sample in samples],
            np.array([facts[sample][1] for sample in samples], dtype=np.bool_),
            sorted(judged, key=lambda each: (in_order(each.asker), each.perturbation)),
        ),
        [facts[sample][2] for sample in samples],
        {**old.answers, **new.answers},
        {**old.keys, **new.keys},
    )


def _facts(of: StoredClass) -> dict[str, tuple[str, bool, str]]:
    judged = of.judged
    rows = zip(judged.samples, judged.defects, judged.is_anomalous, of.digests, strict=True)
    return {sample: (defect, bool(truth), digest) for sample, defect, truth, digest in rows}


def _placed(of: JudgedClass, samples: Sequence[str]) -> list[Judged]:
    """Judged with indices into ``samples``, which hold the class's own in the same order."""
    place = {sample: index for index, sample in enumerate(samples)}
    moved = np.array([place[sample] for sample in of.samples], dtype=np.intp)
    return [replace(each, photographs=moved[each.photographs]) for each in of.judged]
