"""What vLLM's engine gives back for a request, in our words. (Nothing here imports vllm.)"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from iad_eval.predictors.lvlm.chat import AnswerToken, Completion

FIRST_TOKENS = 8
"""How many tokens of an answer are looked through for its first word."""

PATCH = 14
"""Side in pixels of one patch of Qwen2-VL's vision tower."""


def completion(
    output: Any, prompt: Mapping[str, Any], seen: tuple[tuple[int, int], ...] | None, took_s: float
) -> Completion:
    """The last output of a request that was ``prompt`` when rendered; ``seen`` as :func:`seen_sizes` says."""
    answer = output.outputs[0]
    places = prompt.get("mm_placeholders", {}).get("image", ())
    metrics = output.metrics
    queue_s = None
    if metrics is not None and metrics.scheduled_ts and metrics.queued_ts:
        queue_s = min(max(0.0, metrics.scheduled_ts - metrics.queued_ts), took_s)
    return Completion(
        text=answer.text,
        tokens=_tokens(answer.token_ids, answer.logprobs or ()),
        prompt_tokens=len(output.prompt_token_ids or ()),
        cached_tokens=output.num_cached_tokens,
        answer_tokens=len(answer.token_ids),
        visual_tokens=tuple(int(place.get_num_embeds()) for place in places) or None,
        seen=seen,
        queue_s=queue_s,
        was_cut=answer.finish_reason == "length",
    )


def _tokens(ids: Sequence[int], logprobs: Sequence[Mapping[int, Any]]) -> tuple[AnswerToken, ...]:
    return tuple(
        AnswerToken(
            found[chosen].decoded_token or "",
            {each.decoded_token or "": float(each.logprob) for each in found.values()},
        )
        for chosen, found in itertools.islice(zip(ids, logprobs, strict=False), FIRST_TOKENS)
    )


def seen_sizes(
    prompt: Mapping[str, Any], known: dict[str, tuple[int, int]]
) -> tuple[tuple[int, int], ...] | None:
    """Width and height of each picture after the processor, from its grid of 14-pixel patches.

    vLLM leaves out a picture that its engine has in store already: ``known`` remembers sizes by
    vLLM's own name for a picture. None where a picture was processed in another way.
    """
    hashes = prompt.get("mm_hashes", {}).get("image", ())
    items = prompt.get("mm_kwargs", {}).get("image", ())
    for name, item in zip(hashes, items, strict=False):
        grid = item.get("image_grid_thw") if item is not None else None
        if grid is not None:
            _, rows, columns = grid.data.tolist()
            known[name] = (columns * PATCH, rows * PATCH)
    sizes = [known.get(name) for name in hashes]
    found = tuple(size for size in sizes if size is not None)
    return found if found and len(found) == len(sizes) else None
