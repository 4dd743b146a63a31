"""Askers that answer and score within 0..1: LVLMs, whose score is P(yes)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iad_eval.judging import Asker, Judged, JudgedClass
from iad_eval.metrics import Floats
from iad_eval.words import ORIGINAL, TRIVIAL


def scored_answers(classes: Sequence[JudgedClass]) -> Iterator[tuple[str, Asker, list[Judged]]]:
    """Dataset, asker and its original views of the classes in which every view has both, sorted.

    An asker with a score outside 0..1 gives something else than P(yes), and is left out of the dataset.
    """
    found: dict[tuple[str, str, str], list[Judged]] = {}
    for each in classes:
        for judged in each.judged:
            model, protocol = judged.asker
            if judged.perturbation == ORIGINAL and judged.scores is not None and "answer" in judged.calls:
                found.setdefault((each.dataset, model, protocol or ""), []).append(judged)
    for (dataset, model, protocol), of_classes in sorted(found.items(), key=lambda item: item[0]):
        if model not in TRIVIAL and all(_are_chances(each.scores) for each in of_classes):
            yield dataset, (model, protocol or None), of_classes


def _are_chances(scores: Floats | None) -> bool:
    return scores is not None and bool(((scores >= 0) & (scores <= 1)).all())
