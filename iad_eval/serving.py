"""How an LVLM was served: throughput, cache hits and cost, from what each observation says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import fmean, median
from typing import TypeGuard

from iad_eval.words import RECORDED, Json, Observation


def servings(observations: Iterable[Observation]) -> list[Json]:
    """One entry for each model whose answers say that an engine gave them, sorted by model.

    ``images_per_s`` and ``answer_tokens_per_s`` are over the time in which at least one request was
    under way; ``prefix_hit_rate`` is the share (0..1) of prompt tokens that the prefix cache knew;
    ``queue_s`` and ``latency_s`` are a request's mean wait in the engine and median time
    altogether. Speeds are those of live answers; None where there are none. ``lacking_hits`` counts
    requests that found nothing in the prefix cache.
    """
    by_model: dict[str, list[Observation]] = {}
    for each in observations:
        if each.error is None and "engine" in each.details:
            by_model.setdefault(each.model, []).append(each)
    return [_serving(model, by_model[model]) for model in sorted(by_model)]


def _serving(model: str, said: Sequence[Observation]) -> dict[str, Json]:
    live = [each for each in said if RECORDED not in each.details]
    recorded = [each for each in said if RECORDED in each.details]
    busy_s = _busy_s(live)
    answer_tokens = _total(live, "answer_tokens")
    return {
        "model": model,
        "engines": sorted({str(each.details["engine"]) for each in said}),
        "requests": len(said),
        "recorded": len(recorded),
        "recorded_at": max((each.at[:10] for each in recorded), default=None),
        "prompt_tokens": _total(said, "prompt_tokens"),
        "cached_tokens": _total(said, "cached_tokens"),
        "answer_tokens": _total(said, "answer_tokens"),
        "visual_tokens_per_image": _visual_tokens(said),
        "prefix_hit_rate": _hit_rate(said),
        "lacking_hits": sum(each.details.get("cached_tokens") == 0 for each in said),
        "busy_s": busy_s,
        "images_per_s": len(live) / busy_s if busy_s else None,
        "answer_tokens_per_s": answer_tokens / busy_s if busy_s and answer_tokens is not None else None,
        "queue_s": _mean(_numbers(live, "queue_s")),
        "latency_s": median(found)
        if (found := [e.latency_s for e in live if e.latency_s is not None])
        else None,
        "cut": sum(each.details.get("was_cut") is True for each in said),
    }


def _numbers(said: Iterable[Observation], name: str) -> list[float]:
    found = (each.details.get(name) for each in said)
    return [value for value in found if _is_number(value)]


def _total(said: Iterable[Observation], name: str) -> float | None:
    numbers = _numbers(said, name)
    return sum(numbers) if numbers else None


def _mean(numbers: Sequence[float]) -> float | None:
    return fmean(numbers) if numbers else None


def _hit_rate(said: Iterable[Observation]) -> float | None:
    known = [each for each in said if each.details.get("cached_tokens") is not None]
    prompt, cached = _total(known, "prompt_tokens"), _total(known, "cached_tokens")
    return cached / prompt if prompt and cached is not None else None


def _visual_tokens(said: Iterable[Observation]) -> float | None:
    """Of the view, which stands last."""
    lists = (each.details.get("visual_tokens") for each in said)
    return _mean(
        [found[-1] for found in lists if isinstance(found, list) and found and _is_number(found[-1])]
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _busy_s(said: Iterable[Observation]) -> float | None:
    """Seconds in which at least one request was under way: the union of their spans."""
    spans = sorted(span for each in said if (span := _span(each)) is not None)
    if not spans:
        return None
    busy, end = 0.0, float("-inf")
    for begins, ends in spans:
        busy += max(0.0, ends - max(begins, end))
        end = max(end, ends)
    return busy


def _span(each: Observation) -> tuple[float, float] | None:
    if each.latency_s is None or not each.at:
        return None
    try:
        ends = datetime.fromisoformat(each.at).timestamp()
    except ValueError:
        return None
    return ends - each.latency_s, ends
