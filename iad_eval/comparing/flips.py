"""Flips: the views whose verdict turned from right to wrong, or from wrong to right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from iad_eval.comparing.matched import MatchedClass, Said
from iad_eval.judging import ANOMALOUS, NORMAL, UNREADABLE, named
from iad_eval.words import Json

_VERDICTS: Mapping[int, str] = {ANOMALOUS: "anomalous", NORMAL: "normal", UNREADABLE: "unreadable"}


def flips(classes: Sequence[MatchedClass]) -> list[dict[str, Json]]:
    """One entry a view, the newly wrong ones first: by dataset, asker, class, photograph, perturbation.

    ``kind`` is ``newly wrong`` or ``newly right``; ``before`` and ``after`` hold verdict, score and answer,
    null where a model gives none. An answer from a stored file may be cut short.
    """
    found = [flip for each in classes for flip in _flips(each)]
    return sorted(found, key=lambda flip: flip["kind"] != "newly wrong")  # stable: the order above within


def _flips(of: MatchedClass) -> Iterator[dict[str, Json]]:
    before, after, both = of.right("before"), of.right("after"), of.both
    for column, row in np.argwhere((both & (before != after)).T):
        yield {
            "kind": "newly wrong" if before[row, column] else "newly right",
            "dataset": of.dataset,
            **named(of.asker),
            "class_name": of.class_name,
            "sample": of.samples[column],
            "perturbation": of.perturbations[row],
            "defect": of.defects[column],
            "is_anomalous": bool(of.is_anomalous[column]),
            "before": _said(of.before, row, column),
            "after": _said(of.after, row, column),
        }


def _said(said: Said, row: int, column: int) -> dict[str, Json]:
    score = float(said.scores[row, column])
    return {
        "verdict": _VERDICTS[int(said.calls[row, column])],
        "score": None if np.isnan(score) else score,
        "answer": said.answers[row][column] or None,
    }
