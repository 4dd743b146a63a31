"""Changes: what became of accuracy, AUROC and unreadable answers on the views that two runs both have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from iad_eval.comparing.matched import MatchedClass, Side
from iad_eval.judging import UNREADABLE, Asker, named
from iad_eval.paired.delong import AurocDifference, auroc_difference, mean_auroc_difference
from iad_eval.paired.drop import drop
from iad_eval.paired.holm import holm
from iad_eval.paired.mcnemar import mcnemar
from iad_eval.paired.pairs import Pairs
from iad_eval.paired.sign_flip import sign_flip
from iad_eval.words import Json

Scope = tuple[str, Asker]
"""Dataset and asker."""


def scopes(classes: Sequence[MatchedClass]) -> Iterator[tuple[Scope, list[MatchedClass]]]:
    """Dataset and asker with their classes, in order."""
    for scope in dict.fromkeys((each.dataset, each.asker) for each in classes):
        yield scope, [each for each in classes if (each.dataset, each.asker) == scope]


def changes(classes: Sequence[MatchedClass], seed: int) -> list[dict[str, Json]]:
    """For each dataset and asker all classes together (``class_name`` null), then each class; both of them in
    all views pooled (``perturbation`` null), then in each.

    ``before`` and ``after`` are accuracies (0..1; of several classes their mean), ``drop`` is before minus
    after with its 95% interval ``low`` to ``high`` (:func:`iad_eval.paired.drop.drop`), ``p`` the exact
    test of McNemar within one view of each photograph, else the sign-flip test over photographs (``test``
    says which). ``p_holm`` is corrected by Holm's procedure: that of a class over all classes in which a
    verdict changed from right to wrong or back (in the others there is nothing to test: p is 1), that of
    all classes together over datasets and askers; null for single views. ``unreadable_*`` are shares of
    the views. ``touched`` says whether anything that decides an answer differs, or may differ.
    """
    rows: list[dict[str, Json]] = []
    for _, found in scopes(classes):
        judged = [each for each in found if each.threshold is not None]
        names = list(dict.fromkeys(name for each in judged for name in each.perturbations))
        groups = [(None, judged), *((each.class_name, [each]) for each in judged)]
        for class_name, group in groups:
            for name in (None, *names):
                row = _row(class_name, name, group, seed)
                rows += [] if row is None else [row]
    _correct(rows, by_class=True)
    _correct(rows, by_class=False)
    return rows


def auroc_changes(classes: Sequence[MatchedClass]) -> list[dict[str, Json]]:
    """For each dataset, asker and view the mean over classes (``class_name`` null), then each class.

    ``difference`` is the image AUROC (0..1) after minus before with its 95% interval and ``p``, by the paired
    test of DeLong. Photographs count that both sides gave a score; a class without both labels is left out.
    """
    rows: list[dict[str, Json]] = []
    for (dataset, asker), found in scopes(classes):
        for name in dict.fromkeys(name for each in found for name in each.perturbations):
            of_classes: dict[str, AurocDifference] = {}
            counts: dict[str, int] = {}
            for each in found:
                difference, n = _auroc(each, name)
                if difference is not None:
                    of_classes[each.class_name], counts[each.class_name] = difference, n
            if not of_classes:
                continue
            mean = mean_auroc_difference(list(of_classes.values()))
            whole = (None, mean, sum(counts.values()))
            each_class = ((name, of, counts[name]) for name, of in of_classes.items())
            for class_name, of, n in (whole, *each_class):
                rows.append(
                    {
                        "dataset": dataset,
                        **named(asker),
                        "class_name": class_name,
                        "perturbation": name,
                        "photographs": n,
                        **of._asdict(),
                    }
                )
    return rows


def _row(
    class_name: str | None, perturbation: str | None, group: Sequence[MatchedClass], seed: int
) -> dict[str, Json] | None:
    compared = [(each, found) for each in group if (found := each.pairs(perturbation)) is not None]
    if not compared:
        return None
    first, pairs = compared[0][0], [each for _, each in compared]
    cost = drop(pairs, seed)
    wrong, right = (sum(getattr(each, name) for each in pairs) for name in ("newly_wrong", "newly_right"))
    is_single = all(int(each.views.max()) == 1 for each in pairs)
    views = int(sum(each.both.sum() for each in pairs))
    return {
        "dataset": first.dataset,
        **named(first.asker),
        "class_name": class_name,
        "perturbation": perturbation,
        "threshold": first.threshold,
        "classes": len(pairs),
        "photographs": sum(each.photographs for each in pairs),
        "views": views,
        "before": cost.before,
        "after": cost.after,
        "drop": cost.estimate,
        "low": cost.low,
        "high": cost.high,
        "newly_wrong": wrong,
        "newly_right": right,
        "test": "mcnemar" if is_single else "sign-flip",
        "p": mcnemar(wrong, right) if is_single else sign_flip(pairs, seed),
        "p_holm": None,
        "unreadable_before": _unreadable(group, perturbation, "before") / views,
        "unreadable_after": _unreadable(group, perturbation, "after") / views,
        "touched": any(
            touched
            for each, _ in compared
            for name, touched in zip(each.perturbations, each.is_touched, strict=True)
            if perturbation in (None, name)
        ),
    }


def _correct(rows: Sequence[dict[str, Json]], *, by_class: bool) -> None:
    family = [
        row
        for row in rows
        if row["perturbation"] is None
        and (row["class_name"] is not None) == by_class
        and (row["newly_wrong"] or row["newly_right"])
    ]
    p_values = [float(p) for row in family if isinstance(p := row["p"], float | int)]
    for row, corrected in zip(family, holm(p_values), strict=True):
        row["p_holm"] = corrected
    for row in rows:
        if row["perturbation"] is None and row["p_holm"] is None:
            row["p_holm"] = 1.0 if (row["class_name"] is not None) == by_class else None


def _unreadable(group: Sequence[MatchedClass], perturbation: str | None, side: Side) -> int:
    return sum(
        int((getattr(each, side).calls[row] == UNREADABLE).sum())
        for each in group
        for row, name in enumerate(each.perturbations)
        if perturbation in (None, name)
    )


def _auroc(of: MatchedClass, perturbation: str) -> tuple[AurocDifference | None, int]:
    if perturbation not in of.perturbations:
        return None, 0
    row = of.perturbations.index(perturbation)
    before, after = of.before.scores[row], of.after.scores[row]
    scored = ~np.isnan(before) & ~np.isnan(after)
    return auroc_difference(before[scored], after[scored], of.is_anomalous[scored]), int(scored.sum())


def pairs_of(classes: Sequence[MatchedClass], scope: Scope, class_name: str | None) -> list[Pairs]:
    """The pairs behind a row of :func:`changes` over all views."""
    return [
        pairs
        for each in classes
        if (each.dataset, each.asker) == scope
        and class_name in (None, each.class_name)
        and each.threshold is not None
        and (pairs := each.pairs()) is not None
    ]
