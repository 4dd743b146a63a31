"""Cost: seconds and tokens an image."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median

from iad_eval.judging import Asker, in_order, named, verdict_of
from iad_eval.words import RECORDED, Json, Observation


def cost(observations: Iterable[Observation]) -> list[dict[str, Json]]:
    """One entry an asker, over the ``n`` views of all datasets that it judged, sorted.

    ``seconds_*`` are a view's latency, that of the ``recorded`` answers as it was when they were
    given. Tokens are means an answer; ``visual_tokens`` those of the view, without references.
    Null where no record tells.
    """
    by_asker: dict[Asker, list[Observation]] = {}
    for each in observations:
        if verdict_of(each, "answer", None) != "failed":
            by_asker.setdefault((each.model, each.protocol), []).append(each)
    return [_cost(asker, by_asker[asker]) for asker in sorted(by_asker, key=in_order)]


def _cost(asker: Asker, said: Sequence[Observation]) -> dict[str, Json]:
    seconds = _numbers(each.latency_s for each in said)
    return {
        **named(asker),
        "n": len(said),
        "recorded": sum(RECORDED in each.details for each in said),
        "seconds_median": median(seconds) if seconds else None,
        "seconds_mean": _mean(seconds),
        "prompt_tokens": _mean(_numbers(each.details.get("prompt_tokens") for each in said)),
        "answer_tokens": _mean(_numbers(each.details.get("answer_tokens") for each in said)),
        "visual_tokens": _mean(_numbers(_last(each.details.get("visual_tokens")) for each in said)),
    }


def _last(tokens: Json) -> Json:
    """The view stands last, after its references."""
    return tokens[-1] if isinstance(tokens, list) and tokens else None


def _numbers(values: Iterable[Json]) -> list[float]:
    return [
        float(value)
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    ]


def _mean(numbers: Sequence[float]) -> float | None:
    return fmean(numbers) if numbers else None
