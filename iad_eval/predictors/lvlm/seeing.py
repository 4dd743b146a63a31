"""Whether the model saw its pictures as was asked, and what the record keeps of an answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.chat import Completion
from iad_eval.predictors.lvlm.resize import seen_size, visual_tokens
from iad_eval.predictors.lvlm.score import YesNo
from iad_eval.words import Json

FRAME_OF_PICTURE = 2
"""Tokens with which Qwen2-VL's template marks where a picture begins and ends."""

FRAME_TOKENS = 200
"""How many tokens a chat template may put around pictures and text."""


def seen_as_asked(
    said: Completion, sizes: Sequence[tuple[int, int]], text: str, limits: Mapping[str, int]
) -> Completion:
    """The completion of a request with pictures of these sizes, with what its tokens show of what was seen.

    Raises ModelError where the model was shown its pictures at another size than was asked for: such
    an answer cannot count.
    """
    if set(limits) != {"min_pixels", "max_pixels"}:
        return said
    wanted = [seen_size(size, limits["min_pixels"], limits["max_pixels"]) for size in sizes]
    tokens = [visual_tokens(size) for size in wanted]
    if said.seen is not None:
        found = list(said.seen)
        is_right, what = found == wanted, f"at {_sizes(found)}"
    elif said.picture_tokens is not None:
        found_tokens = said.picture_tokens - FRAME_OF_PICTURE * len(wanted)
        is_right, what = found_tokens == sum(tokens), f"as {found_tokens} visual tokens"
        said = replace(said, seen=tuple(wanted), visual_tokens=tuple(tokens))
    elif said.prompt_tokens is not None:  # the rest of the prompt is the text and its frame
        rest = said.prompt_tokens - sum(tokens)
        is_right = 0 < rest <= len(text.encode()) + FRAME_TOKENS
        what = f"in a prompt of {said.prompt_tokens} tokens altogether"
    else:
        return said
    if is_right:
        return said
    least, most = limits["min_pixels"], limits["max_pixels"]
    raise ModelError(
        f"the model saw its pictures {what}, but min_pixels={least} and max_pixels={most} mean "
        f"{_sizes(wanted)} ({sum(tokens)} tokens): start the server with --mm-processor-kwargs "
        f"'{json.dumps(limits)}', or say what it uses with --iad-lvlm min_pixels=N and max_pixels=N"
    )


def details(said: Completion, weighed: YesNo | None, engine: Json) -> dict[str, Json]:
    """What the record keeps besides text and score; what the server does not say is left out."""
    found: dict[str, Json] = {
        "prompt_tokens": said.prompt_tokens,
        "cached_tokens": said.cached_tokens,
        "answer_tokens": said.answer_tokens,
        "visual_tokens": None if said.visual_tokens is None else list(said.visual_tokens),
        "seen": None if said.seen is None else [list(size) for size in said.seen],
        "queue_s": None if said.queue_s is None else round(said.queue_s, 6),
        "engine": engine,
    }
    if weighed is not None:
        found |= {"p_yes": weighed.yes, "p_no": weighed.no}
    if said.was_cut:
        found["was_cut"] = True
    return {name: value for name, value in found.items() if value is not None}


def _sizes(sizes: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{width} x {height}" for width, height in sizes)
