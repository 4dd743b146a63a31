"""From the JSON of a stored run to its values; nothing in the file is trusted to be what it should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from iad_eval.judging import JudgedClass
from iad_eval.run import PlannedCase
from iad_eval.stored import StoredClass, StoredRun
from iad_eval.storing import fields as its
from iad_eval.storing.fields import require_distinct
from iad_eval.storing.judged_cases import judged_cases
from iad_eval.words import Case, Json


def parsed(name: str, value: Mapping[str, Json]) -> StoredRun:
    """The run that a file holds. Raises Damaged where something in it is missing or not as expected."""
    classes = [_class(its.mapping(each)) for each in its.listed(its.field(value, "classes"))]
    require_distinct([(each.judged.dataset, each.judged.class_name) for each in classes], "class")
    cut_at = its.field(value, "answers_cut_at")
    return StoredRun(
        name,
        its.mapping(its.field(value, "circumstances")),
        _planned(its.listed(its.field(value, "planned"))),
        classes,
        None if cut_at is None else its.count(cut_at),
    )


def _planned(lines: Sequence[Json]) -> list[PlannedCase]:
    found: list[PlannedCase] = []
    for line in lines:
        dataset, class_name, model, protocol, views = its.listed(line, 5)
        place = (its.text(model), its.text(dataset), its.text(class_name))
        for perturbation, asked in its.mapping(views).items():
            case = Case(*place, perturbation, its.text_or_none(protocol))
            found.append(PlannedCase(case, its.count(asked)))
    require_distinct([each.case for each in found], "planned case")
    return found


def _class(value: Mapping[str, Json]) -> StoredClass:
    folder = its.text(its.field(value, "folder"))
    facts = [its.listed(line, 4) for line in its.listed(its.field(value, "photographs"))]
    names = [its.text(fact[0]) for fact in facts]
    require_distinct(names, "photograph")
    is_anomalous = np.array([its.truth(fact[2]) for fact in facts], dtype=np.bool_)
    place_of = {name: index for index, name in enumerate(names)}
    cases = [
        case
        for asker in its.listed(its.field(value, "askers"))
        for case in judged_cases(its.mapping(asker), place_of)
    ]
    require_distinct([case.place for case in cases], "case")
    return StoredClass(
        JudgedClass(
            its.text(its.field(value, "dataset")),
            its.text(its.field(value, "class_name")),
            [folder + name for name in names],
            [its.text(fact[1]) for fact in facts],
            is_anomalous,
            [case.judged(is_anomalous) for case in cases],
        ),
        [its.text(fact[3]) for fact in facts],
        {case.place: case.answers for case in cases if "answers" in case.has},
        {case.place: case.key for case in cases if case.key is not None},
    )
