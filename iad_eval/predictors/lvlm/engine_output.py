"""What vLLM's engine gives back for a request, in our words. (Nothing here imports vllm.)"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from iad_eval.predictors.lvlm.chat import AnswerToken, Completion

FIRST_TOKENS = 8
"""How many tokens of an answer are looked through for its first word."""

PATCH = 14
"""Side in pixels of one patch of Qwen2-VL's vision tower."""


class Spelling:
    """Token ids to text, by the model's own tokenizer; each token's own spelling is worked out once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.token = functools.cache(self._token)

    def text(self, ids: Sequence[int]) -> str:
        """The answer, without special tokens."""
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def _token(self, number: int) -> str:
        return str(self._tokenizer.decode([number]))


def completion(
    output: Any,
    spelling: Spelling,
    prompt: Mapping[str, Any],
    seen: tuple[tuple[int, int], ...] | None,
    took_s: float,
) -> Completion:
    """The last output of a request that was ``prompt`` when rendered; ``seen`` as :func:`seen_sizes` says."""
    answer = output.outputs[0]
    places = prompt.get("mm_placeholders", {}).get("image", ())
    metrics = output.metrics
    queue_s = None
    if metrics is not None and metrics.scheduled_ts and metrics.queued_ts:
        queue_s = min(max(0.0, metrics.scheduled_ts - metrics.queued_ts), took_s)
    return Completion(
        text=spelling.text(answer.token_ids),
        tokens=_tokens(answer.token_ids, answer.logprobs, spelling),
        prompt_tokens=len(output.prompt_token_ids or ()),
        cached_tokens=output.num_cached_tokens,
        answer_tokens=len(answer.token_ids),
        visual_tokens=tuple(int(place.get_num_embeds()) for place in places) or None,
        seen=seen,
        queue_s=queue_s,
        was_cut=answer.finish_reason == "length",
    )


def _tokens(ids: Sequence[int], logprobs: Any, spelling: Spelling) -> tuple[AnswerToken, ...]:
    """The first tokens up to the first that holds a letter or a digit: no later one is weighed."""
    found: list[AnswerToken] = []
    if logprobs is None:
        return ()
    for place, chosen in enumerate(ids[:FIRST_TOKENS]):
        alternatives = {
            spelling.token(number): float(each.logprob) for number, each in logprobs[place].items()
        }
        found.append(AnswerToken(spelling.token(chosen), alternatives))
        if any(letter.isalnum() for letter in found[-1].text):
            break
    return tuple(found)


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
