"""How much sampling alone moves accuracy: measured where a model was asked about the same views again."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from iad_eval.intervals import Z_95
from iad_eval.judging import named, verdict_of
from iad_eval.words import Json, Observation


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One class: draws, photographs, views, views that flip, variance of its accuracy over draws."""

    draws: int
    photographs: int
    views: int
    flipped: int
    variance: float


def noise(observations: Iterable[Observation], repeats: Iterable[Observation]) -> list[dict[str, Json]]:
    """Per dataset and asker the mean over classes (``class_name`` null), then each class.

    A view counts where all draws about it were answered: ``repeats`` draws (of several classes the
    fewest), ``views`` of ``n`` photographs; ``flipped`` is the share of them that are judged correctly
    in some draws and not in others. ``accuracy_sd`` is the standard deviation over draws of the accuracy
    over all these views, ``noise_floor`` (0..1) how far apart the accuracies of two runs that differ
    in nothing but the draw lie in 95% of pairs: ``1.96 * sqrt(2) * accuracy_sd``.

    With c_ir right answers about the V_i views of photograph i in draw r, and s_i^2 the unbiased
    variance of c_ir over r, the variance of a class's accuracy is ``sum(s_i^2) / sum(V_i)^2``, that of
    the mean over C classes the sum of theirs over C^2. Taken for granted: draws about two photographs
    are independent (those about two views of one need not be), the photographs are the same in
    both runs, and a difference of accuracies is about normal. Answers are read as everywhere, unreadable
    ones are wrong; the order of the records changes nothing. Empty where nothing was asked again.
    """
    said: dict[tuple[str, str, str], dict[str, list[Observation]]] = {}
    for each in repeats:
        said.setdefault(_place(each), {}).setdefault(each.class_name, []).append(each)
    for each in observations:
        again = said.get(_place(each), {}).get(each.class_name)
        if again is not None:
            again.append(each)
    found: list[dict[str, Json]] = []
    for place in sorted(said):
        dataset, model, protocol = place
        about: dict[str, Json] = {"dataset": dataset, **named((model, protocol or None))}
        measured = {name: _drawn(said[place][name]) for name in sorted(said[place])}
        classes = {name: drawn for name, drawn in measured.items() if drawn is not None}
        if classes:
            found.append({**about, "class_name": None, **_record(_mean(list(classes.values())))})
        found += [{**about, "class_name": name, **_record(drawn)} for name, drawn in classes.items()]
    return found


def _place(observation: Observation) -> tuple[str, str, str]:
    return observation.dataset, observation.model, observation.protocol or ""


def _drawn(said: Sequence[Observation]) -> _Drawn | None:
    """None for a class of which no view has all its draws."""
    draws = 1 + max(each.repeat for each in said)
    by_view: dict[tuple[str, str], dict[int, bool]] = {}
    for each in said:
        verdict = verdict_of(each, "answer", None)
        if verdict is not None and verdict != "failed":
            right = verdict == ("anomalous" if each.is_anomalous else "normal")
            by_view.setdefault((each.sample, each.perturbation), {})[each.repeat] = right
    whole = {view: rights for view, rights in by_view.items() if len(rights) == draws}
    if not whole:
        return None
    counts: dict[str, list[int]] = {}
    for (sample, _), rights in whole.items():
        so_far = counts.setdefault(sample, [0] * draws)
        counts[sample] = [count + rights[draw] for draw, count in enumerate(so_far)]
    # draws * (draws - 1) * s_i^2 is a whole number: summed so, no order of photographs matters
    spread = sum(draws * sum(c * c for c in right) - sum(right) ** 2 for right in counts.values())
    variance = spread / (draws * (draws - 1) * len(whole) ** 2)
    flipped = sum(len(set(rights.values())) > 1 for rights in whole.values())
    return _Drawn(draws, len(counts), len(whole), flipped, variance)


def _mean(classes: Sequence[_Drawn]) -> _Drawn:
    return _Drawn(
        min(each.draws for each in classes),
        sum(each.photographs for each in classes),
        sum(each.views for each in classes),
        sum(each.flipped for each in classes),
        sum(each.variance for each in classes) / len(classes) ** 2,
    )


def _record(drawn: _Drawn) -> dict[str, Json]:
    return {
        "repeats": drawn.draws,
        "n": drawn.photographs,
        "views": drawn.views,
        "flipped": drawn.flipped / drawn.views,
        "accuracy_sd": math.sqrt(drawn.variance),
        "noise_floor": Z_95 * math.sqrt(2 * drawn.variance),
    }
