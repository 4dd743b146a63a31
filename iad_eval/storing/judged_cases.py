"""The cases of one asker in a stored run's JSON, and the lines of the photographs dealt out to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from iad_eval.judging import Asker, Calls, Judged
from iad_eval.metrics import Bools
from iad_eval.stored import Place
from iad_eval.storing import fields as its
from iad_eval.storing import layout
from iad_eval.storing.fields import Damaged, require_distinct
from iad_eval.words import Json, Threshold

_CALLS = {letter: call for call, letter in layout.LETTERS.items()}
_THRESHOLDS: Mapping[str, Threshold] = {name: name for name in layout.THRESHOLDS}


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case as its line tells of it, and what the lines of the photographs add."""

    place: Place
    thresholds: Sequence[Threshold]
    values: Mapping[Threshold, float]
    has: Sequence[str]
    unreadable: int
    lenient: int
    failed: int
    key: str | None
    photographs: list[int] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    def judged(self, is_anomalous: Bools) -> Judged:
        """The case held against the truths of all the class's photographs."""
        photographs = np.array(self.photographs, dtype=np.intp)
        truths = is_anomalous[photographs]
        calls: dict[Threshold, Calls] = {
            name: np.array([_CALLS[verdict[at]] for verdict in self.verdicts], dtype=np.int8)
            for at, name in enumerate(self.thresholds)
        }
        asker, perturbation = self.place
        return Judged(
            asker,
            perturbation,
            photographs,
            truths,
            np.array(self.scores, dtype=np.float64) if "scores" in self.has else None,
            calls,
            {name: called == truths for name, called in calls.items()},
            np.full(len(photographs), np.nan),
            self.values,
            self.unreadable,
            self.lenient,
            self.failed,
        )


def judged_cases(value: Mapping[str, Json], place_of: Mapping[str, int]) -> list[JudgedCase]:
    """An asker's cases with all that was said."""
    asker = (its.text(its.field(value, "model")), its.text_or_none(its.field(value, "protocol")))
    cases = [_case(asker, its.mapping(each)) for each in its.listed(its.field(value, "cases"))]
    answers = {name: its.text(answer) for name, answer in its.mapping(its.field(value, "answers")).items()}
    seen = -1
    for line in its.listed(its.field(value, "said")):
        name, verdicts, scores, said = its.listed(line, 4)
        index = its.one_of(name, place_of, "photograph")
        if index <= seen:
            raise Damaged(f"the line of {name!a} is not where the order of the photographs has it")
        seen = index
        _add(cases, index, its.text(verdicts).split(" "), its.listed(scores), its.listed(said), answers)
    return cases


def _add(
    cases: Sequence[JudgedCase],
    index: int,
    verdicts: Sequence[str],
    scores: Sequence[Json],
    said: Sequence[Json],
    answers: Mapping[str, str],
) -> None:
    """One photograph's line, handed to the cases in which it was judged."""
    if len(verdicts) != len(cases):
        raise Damaged(f"a photograph has {len(verdicts)} verdicts for {len(cases)} cases")
    judged = [case for case, verdict in zip(cases, verdicts, strict=True) if verdict != layout.NOT_JUDGED]
    with_scores = [case for case in judged if "scores" in case.has]
    with_answers = [case for case in judged if "answers" in case.has]
    for case, verdict in zip(cases, verdicts, strict=True):
        if verdict != layout.NOT_JUDGED:
            case.photographs.append(index)
            case.verdicts.append(_verdict(verdict, len(case.thresholds)))
    for case, score in zip(with_scores, its.listed(scores, len(with_scores)), strict=True):
        case.scores.append(its.number(score))
    for case, name in zip(with_answers, its.listed(said, len(with_answers)), strict=True):
        case.answers.append(its.one_of(name, answers, "answer"))


def _verdict(word: str, thresholds: int) -> str:
    is_known = all(letter in _CALLS for letter in word) and len(word) == thresholds
    if not (is_known if thresholds else word == layout.NO_THRESHOLD):
        raise Damaged(f"{word!a} is not a verdict at {thresholds} thresholds")
    return word


def _case(asker: Asker, value: Mapping[str, Json]) -> JudgedCase:
    thresholds = [
        its.one_of(name, _THRESHOLDS, "threshold") for name in its.listed(its.field(value, "thresholds"))
    ]
    require_distinct(thresholds, "threshold")
    values = its.mapping(its.field(value, "values"))
    return JudgedCase(
        (asker, its.text(its.field(value, "perturbation"))),
        thresholds,
        {its.one_of(name, _THRESHOLDS, "threshold"): its.number(found) for name, found in values.items()},
        [its.text(name) for name in its.listed(its.field(value, "has"))],
        its.count(its.field(value, "unreadable")),
        its.count(its.field(value, "lenient")),
        its.count(its.field(value, "failed")),
        its.text_or_none(its.field(value, "key")),
    )
