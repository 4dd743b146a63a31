"""A stored run as text: the same run gives the same bytes, and one photograph one line of a diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from os.path import commonprefix

from iad_eval.errors import UsageError
from iad_eval.judging import Asker, Judged
from iad_eval.run import PlannedCase
from iad_eval.stored import StoredClass, StoredRun
from iad_eval.storing import layout
from iad_eval.storing.answers import cut, cut_length, names
from iad_eval.visible import visible
from iad_eval.words import Json, Threshold

ANSWER_BYTES = 125
"""What the distinct answers may take for each answered view."""


def text_of(stored: StoredRun, answer_bytes: int = ANSWER_BYTES) -> str:
    """The content of a stored run's file (:mod:`iad_eval.storing.layout`); what is unseen is escaped.

    ``answer_bytes`` is the most that the distinct answers take for each answered view, in UTF-8
    before compression; above it they are cut. Raises UsageError where a score or a threshold is not
    a finite number.
    """
    for of_class in stored.classes:
        for case in of_class.judged.judged:
            _require_finite(stored.name, of_class, case)
    return "".join(map(_harmless, _lines(stored, cut_length(stored, answer_bytes))))


def _lines(stored: StoredRun, cut_at: int | None) -> Iterator[str]:
    head: dict[str, Json] = {"format": layout.FORMAT, "made by": layout.MADE_BY}
    yield f"{{\n{_dumped(layout.KIND)}: {_dumped(head)},\n"
    circumstances = json.dumps(
        stored.circumstances, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    yield f'"circumstances": {circumstances},\n'
    yield f'"planned": {_listed(_planned(stored.planned))},\n'
    yield f'"answers_cut_at": {_dumped(cut_at)},\n"classes": ['
    for number, of_class in enumerate(stored.classes):
        yield ",\n" if number else "\n"
        yield from _class(of_class, cut_at)
    yield "\n]\n}\n"


def _planned(planned: Sequence[PlannedCase]) -> Iterator[str]:
    views: dict[tuple[str, str, str, str | None], dict[str, int]] = {}
    for entry in sorted(planned, key=lambda entry: entry.case.sort_key):
        case = entry.case
        asked = views.setdefault((case.dataset, case.class_name, case.model, case.protocol), {})
        asked[case.perturbation] = entry.views
    return (_dumped([*place, by_perturbation]) for place, by_perturbation in views.items())


def _class(of_class: StoredClass, cut_at: int | None) -> Iterator[str]:
    judged = of_class.judged
    shared = commonprefix(list(judged.samples))  # noqa: RUF071  # cut at a slash here
    folder = shared[: shared.rfind("/") + 1]
    shown = [sample.removeprefix(folder) for sample in judged.samples]
    facts = zip(shown, judged.defects, judged.is_anomalous.tolist(), of_class.digests, strict=True)
    yield f'{{"dataset": {_dumped(judged.dataset)}, "class_name": {_dumped(judged.class_name)}, '
    yield f'"folder": {_dumped(folder)},\n"photographs": {_listed(_dumped(list(each)) for each in facts)},\n'
    by_asker: dict[Asker, list[Judged]] = {}
    for case in judged.judged:
        by_asker.setdefault(case.asker, []).append(case)
    yield '"askers": ['
    for number, (asker, cases) in enumerate(by_asker.items()):
        yield ",\n" if number else "\n"
        yield from _asker(asker, cases, of_class, shown, cut_at)
    yield "\n]}"


def _asker(
    asker: Asker, cases: Sequence[Judged], of_class: StoredClass, shown: Sequence[str], cut_at: int | None
) -> Iterator[str]:
    answers = {
        case.perturbation: [cut(answer, cut_at) for answer in of_class.answers[asker, case.perturbation]]
        for case in cases
        if (asker, case.perturbation) in of_class.answers
    }
    name_of = names(answer for of_case in answers.values() for answer in of_case)
    table = sorted(f"{_dumped(name)}: {_dumped(text)}" for text, name in name_of.items())
    verdicts = [[layout.NOT_JUDGED] * len(cases) for _ in shown]
    scores: list[list[float]] = [[] for _ in shown]
    said: list[list[str]] = [[] for _ in shown]
    for column, case in enumerate(cases):
        photographs = case.photographs.tolist()
        for index, word in zip(photographs, _verdicts(case), strict=True):
            verdicts[index][column] = word
        if case.scores is not None:
            for index, score in zip(photographs, case.scores.tolist(), strict=True):
                scores[index].append(score)
        if case.perturbation in answers:
            for index, answer in zip(photographs, answers[case.perturbation], strict=True):
                said[index].append(name_of[answer])
    model, protocol = asker
    yield f'{{"model": {_dumped(model)}, "protocol": {_dumped(protocol)},\n'
    yield f'"cases": {_listed(_dumped(_case(case, of_class)) for case in cases)},\n'
    yield f'"answers": {_listed(table, "{}")},\n'
    lines = zip(shown, map(" ".join, verdicts), scores, said, strict=True)
    judged = {index for case in cases for index in case.photographs.tolist()}
    yield f'"said": {_listed(_dumped(line) for index, line in enumerate(lines) if index in judged)}}}'


def _case(case: Judged, of_class: StoredClass) -> dict[str, Json]:
    place = (case.asker, case.perturbation)
    has = {"scores": case.scores is not None, "answers": place in of_class.answers}
    return {
        "perturbation": case.perturbation,
        "thresholds": list(_thresholds(case.calls)),
        "values": {name: case.values[name] for name in _thresholds(case.values)},
        "has": [name for name, is_there in has.items() if is_there],
        "unreadable": case.unreadable,
        "lenient": case.lenient,
        "failed": case.failed,
        "key": of_class.keys.get(place),
    }


def _thresholds(given: Mapping[Threshold, object]) -> list[Threshold]:
    return [name for name in layout.THRESHOLDS if name in given]


def _verdicts(case: Judged) -> list[str]:
    """A word for each photograph of a case."""
    columns = [map(layout.LETTERS.__getitem__, case.calls[name].tolist()) for name in _thresholds(case.calls)]
    if not columns:
        return [layout.NO_THRESHOLD] * len(case.photographs)
    return ["".join(letters) for letters in zip(*columns, strict=True)]


def _require_finite(name: str, of_class: StoredClass, case: Judged) -> None:
    numbers = [*case.values.values(), *([] if case.scores is None else case.scores.tolist())]
    if not all(map(isfinite, numbers)):
        place = f"{of_class.judged.dataset}/{of_class.judged.class_name}, {case.perturbation}"
        raise UsageError(
            f"{name} cannot be stored: {visible(case.asker[0])} has scores or thresholds that are no finite "
            f"numbers ({visible(place)}). Mend the model and ask it again"
        )


def _listed(lines: Iterable[str], brackets: str = "[]") -> str:
    inside = ",\n".join(lines)
    return f"{brackets[0]}\n{inside}\n{brackets[1]}" if inside else brackets


def _dumped(value: Json | tuple[object, ...]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _harmless(text: str) -> str:
    """With escapes for what a terminal or a reviewer's eye would trip over; line ends are ours."""
    return "\n".join(
        line
        if line.isprintable()
        else "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)
        for line in text.split("\n")
    )
