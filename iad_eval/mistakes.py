"""The few photographs worth looking at first: a model's plainest mistakes on the original views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from iad_eval.judging import Asker, Judged, JudgedClass
from iad_eval.words import ORIGINAL, Json, Threshold

OF_EACH_KIND = 3
"""So many missed defects, and so many good parts that were called anomalous."""


@dataclass(frozen=True, slots=True)
class _Mistake:
    sample: str
    is_anomalous: bool
    margin: float | None
    wrong_views: int
    views: int

    @property
    def rank(self) -> tuple[float, int, str]:
        return (-(self.margin or 0.0), -self.wrong_views, self.sample)


def mistakes(
    classes: Sequence[JudgedClass], heads: Mapping[tuple[str, Asker], Threshold | None]
) -> list[dict[str, Json]]:
    """Per dataset and asker the plainest misses and overkills at the headline threshold, worst first.

    ``margin`` is how far the score lies on the wrong side of the threshold, in standard
    deviations of the class's scores; null for answers, which are ranked by the number of views
    of the photograph that were judged wrongly.
    """
    found: list[dict[str, Json]] = []
    for (dataset, asker), threshold in heads.items():
        if threshold is None:
            continue
        made = [
            mistake
            for each in classes
            if each.dataset == dataset
            for mistake in _of_class(each, asker, threshold)
        ]
        for is_anomalous in (True, False):
            of_kind = sorted((m for m in made if m.is_anomalous is is_anomalous), key=lambda m: m.rank)
            found += [_record(dataset, asker, mistake) for mistake in of_kind[:OF_EACH_KIND]]
    return found


def _of_class(each: JudgedClass, asker: Asker, threshold: Threshold) -> Iterator[_Mistake]:
    views = [judged for judged in each.judged if judged.asker == asker and threshold in judged.correct]
    original = next((judged for judged in views if judged.perturbation == ORIGINAL), None)
    if original is None:
        return
    wrong_views = np.zeros(len(each.samples), dtype=np.intp)
    for judged in views:
        wrong_views[judged.photographs[~judged.correct[threshold]]] += 1
    margins = _margins(original, threshold)
    for index in np.flatnonzero(~original.correct[threshold]):
        photograph = int(original.photographs[index])
        yield _Mistake(
            each.samples[photograph],
            bool(original.is_anomalous[index]),
            None if margins is None else float(margins[index]),
            int(wrong_views[photograph]),
            len(views),
        )


def _margins(judged: Judged, threshold: Threshold) -> np.typing.NDArray[np.float64] | None:
    if judged.scores is None or threshold not in judged.values:
        return None
    spread = float(judged.scores.std())
    distance: np.typing.NDArray[np.float64] = np.abs(judged.scores - judged.values[threshold])
    return distance / spread if spread > 0 else distance


def _record(dataset: str, asker: Asker, mistake: _Mistake) -> dict[str, Json]:
    model, protocol = asker
    return {
        "dataset": dataset,
        "model": model,
        "protocol": protocol,
        "sample": mistake.sample,
        "kind": "missed" if mistake.is_anomalous else "overkill",
        "margin": mistake.margin,
        "wrong_views": mistake.wrong_views,
        "views": mistake.views,
    }
