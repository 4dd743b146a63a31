"""Flips: photographs whose verdict a perturbation turns from right to wrong, or from wrong to right."""

from __future__ import annotations

from collections.abc import Sequence

from iad_eval.insights.aligned import AlignedClass, by_asker
from iad_eval.judging import named
from iad_eval.words import ORIGINAL, Json


def flips(aligned: Sequence[AlignedClass]) -> list[dict[str, Json]]:
    """Per dataset, asker and perturbation the sums (``class_name`` null), then each class.

    Of the ``n`` photographs judged in both views ``harmful`` were right in the original and wrong
    in the perturbed one, ``beneficial`` the other way round; their difference over n is the drop.
    Classes without such photographs are left out.
    """
    found: list[dict[str, Json]] = []
    for dataset, asker, classes in by_asker(aligned):
        perturbations = classes[0][1].perturbations  # an asker's are the same in all classes
        if perturbations[0] != ORIGINAL:
            continue
        for row, perturbation in enumerate(perturbations[1:], start=1):
            counts: dict[str, tuple[int, int, int]] = {}
            for each, said in classes:
                both = said.is_judged[0] & said.is_judged[row]
                before, after = said.correct[0, both], said.correct[row, both]
                if len(before):
                    harmful, beneficial = int((before & ~after).sum()), int((~before & after).sum())
                    counts[each.class_name] = (len(before), harmful, beneficial)
            if counts:
                sums = tuple(sum(column) for column in zip(*counts.values(), strict=True))
                place: dict[str, Json] = {"dataset": dataset, **named(asker), "perturbation": perturbation}
                for class_name, (n, harmful, beneficial) in ((None, sums), *counts.items()):
                    found.append(
                        place
                        | {"class_name": class_name, "n": n, "harmful": harmful, "beneficial": beneficial}
                    )
    return found
