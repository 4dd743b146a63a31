"""Figure 8 of the paper: answers worth reading beside their images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from iad_eval.judging import Asker
from iad_eval.verdicts import read_answer
from iad_eval.words import ORIGINAL, TRIVIAL, Json, Observation, Threshold

AT_MOST: Final[Mapping[str, int]] = {"hit": 2, "miss": 2, "overkill": 1, "pass": 1, "unreadable": 1}
"""How many of each kind are shown of an asker on a dataset, in the order in which they are read."""

_ENOUGH = 60  # words; whoever writes more repeats himself, and no figure has room for it
_WORD = re.compile(r"\w+")
_BARE = {"yes", "no"}


def examples(
    observations: Sequence[Observation], heads: Mapping[tuple[str, Asker], Threshold | None]
) -> list[dict[str, Json]]:
    """A few answers to original views of each asker that is judged by its answers and is not trivial.

    ``hit`` and ``miss`` are anomalous photographs called so or not, ``overkill`` and ``pass`` normal
    ones. Among those of a kind a class that is not shown yet goes first, then the answer that explains
    most (words beyond yes and no, up to sixty), then the first sample id.
    """
    by_place: dict[tuple[str, str, str], dict[str, list[Observation]]] = {}
    for each in observations:
        is_asked = heads.get((each.dataset, (each.model, each.protocol))) == "answer"
        if is_asked and each.perturbation == ORIGINAL and each.model not in TRIVIAL:
            kind = _kind(each)
            if kind is not None:
                place = by_place.setdefault((each.dataset, each.model, each.protocol or ""), {})
                place.setdefault(kind, []).append(each)
    return [_record(kind, chosen) for place in sorted(by_place) for kind, chosen in _chosen(by_place[place])]


def _kind(observation: Observation) -> str | None:
    if observation.error is not None or observation.answer is None:
        return None
    verdict = read_answer(observation.answer)
    if verdict == "unreadable":
        return "unreadable"
    if observation.is_anomalous:
        return "hit" if verdict == "anomalous" else "miss"
    return "overkill" if verdict == "anomalous" else "pass"


def _chosen(by_kind: Mapping[str, Sequence[Observation]]) -> list[tuple[str, Observation]]:
    chosen: list[tuple[str, Observation]] = []
    shown: Counter[str] = Counter()
    for kind, most in AT_MOST.items():
        left = sorted(by_kind.get(kind, ()), key=lambda each: (-_explained(each.answer or ""), each.sample))
        for _ in range(min(most, len(left))):
            best = min(left, key=lambda each: shown[each.class_name])  # the first of the least shown
            left.remove(best)
            shown[best.class_name] += 1
            chosen.append((kind, best))
    return chosen


def _explained(answer: str) -> int:
    words = sum(word.casefold() not in _BARE for word in _WORD.findall(answer))
    return min(words, _ENOUGH)


def _record(kind: str, observation: Observation) -> dict[str, Json]:
    return {
        "dataset": observation.dataset,
        "model": observation.model,
        "protocol": observation.protocol,
        "sample": observation.sample,
        "perturbation": observation.perturbation,
        "defect": observation.defect,
        "is_anomalous": observation.is_anomalous,
        "kind": kind,
        "answer": observation.answer,
        "score": observation.score,
    }
