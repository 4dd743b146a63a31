"""The first tokens of an answer with what could have stood in their place, as OpenAI's format has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

from iad_eval.predictors.lvlm import loose_json
from iad_eval.predictors.lvlm.chat import AnswerToken
from iad_eval.words import Json

ANSWER_TOKENS = 8
"""How many tokens of an answer are kept: the first word lies among them."""

IMPOSSIBLE = -9999.0
"""What OpenAI and vLLM write where they have no log-probability."""


def answer_tokens(content: Json) -> tuple[AnswerToken, ...]:
    """The first tokens of ``choices[0].logprobs.content``; () where there are none.

    A token stands among its own alternatives, also where the server lists only others.
    """
    if not isinstance(content, list):
        return ()
    tokens = []
    for entry in map(loose_json.lenient, content[:ANSWER_TOKENS]):
        above = entry.get("top_logprobs")
        alternatives: dict[str, float] = {}
        for other in map(loose_json.lenient, above if isinstance(above, list) else ()):
            _add(alternatives, other)
        spelled = _spelled(entry)
        if spelled not in alternatives:
            _add(alternatives, entry)
        tokens.append(AnswerToken(spelled, alternatives))
    return tuple(tokens)


def _add(alternatives: dict[str, float], entry: Mapping[str, Json]) -> None:
    """Two tokens may read alike: their probabilities add up. What is no log-probability is left out."""
    logprob = loose_json.number(entry.get("logprob"))
    if logprob is None or not IMPOSSIBLE < logprob < 0.01 or "token" not in entry:
        return
    spelled = _spelled(entry)
    known = alternatives.get(spelled, -math.inf)
    high, low = max(known, logprob), min(known, logprob)
    alternatives[spelled] = min(0.0, high + math.log1p(math.exp(low - high)))


def _spelled(entry: Mapping[str, Json]) -> str:
    """The token as text. Parts of a character all read alike as text, so their bytes are spelled out."""
    raw = entry.get("bytes")
    octets = [value for value in raw if _is_byte(value)] if isinstance(raw, list) else []
    if not octets or octets != raw:
        return loose_json.text(entry.get("token")) or ""
    return bytes(octets).decode("utf-8", errors="backslashreplace")


def _is_byte(value: Json) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255
