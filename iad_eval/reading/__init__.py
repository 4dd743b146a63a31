"""Reading yes and no from free text as a person would, without ever answering for the model."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from iad_eval.reading.opening import opening
from iad_eval.reading.sentences import verdict_of_sentences
from iad_eval.words import Verdict

LONGEST = 6_000
"""Characters that are read of an answer; no model writes more without repeating itself."""

_THOUGHT_BEGINS = re.compile(r"<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_INVISIBLE = (0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFE0F, 0xFEFF)
_PLAIN_SIGNS: dict[int, str | None] = {
    **dict.fromkeys(_INVISIBLE),
    **dict.fromkeys(map(ord, "‘’‚‛′´"), "'"),
    **dict.fromkeys(map(ord, "“”„‟″«»"), '"'),
    **{
        code: unicodedata.normalize("NFKC", chr(code))
        for block in (range(0xFF01, 0xFF5F), range(0x1D400, 0x1D7CC), range(0x24B6, 0x24EA))
        for code in block
    },
}
_SHORT: dict[str, Verdict] = {
    **dict.fromkeys(("y", "yep", "yeah", "yup", "yea", "affirmative", "true", "positive"), "anomalous"),
    **dict.fromkeys(("n", "nope", "nah", "negative", "false"), "normal"),
}
_FIRST_WORD = re.compile(r"\W*(?P<word>[a-z]+)(?P<rest>\W*$|[,.!:;\n])?")
_NOT = re.compile(
    r"\W*(?:(?:absolutely|certainly|definitely|of course|clearly) not|not at all|not that i can see)"
    r"\W*(?:$|[,.!:;\n])"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says, and whether a sentence had to be understood to know it."""

    verdict: Verdict
    is_lenient: bool


UNREADABLE = Reading("unreadable", False)
"""The answer says neither, both, or nothing plainly."""


@lru_cache(maxsize=1 << 16)
def read(text: str) -> Reading:
    """The verdict of an answer to "does the second image have any anomaly?".

    A leading yes or no decides, in any decoration and whatever follows. Without one a sentence
    that plainly asserts or denies an anomaly does, and ``is_lenient`` is True; hedges,
    refusals, questions and answers that assert both or neither are ``unreadable``. Thoughts
    before ``</think>`` are not read, nor an answer that never ends its thoughts.
    """
    plain = _spoken(text)[:LONGEST].translate(_PLAIN_SIGNS).casefold()
    said = opening(plain)
    if said is not None:
        return UNREADABLE if said == "unreadable" else Reading(said, is_lenient=False)
    verdict = _short(plain) or verdict_of_sentences(_without_keys(plain))
    return UNREADABLE if verdict == "unreadable" else Reading(verdict, is_lenient=True)


def _spoken(text: str) -> str:
    """What follows the last thought; nothing where a thought does not end."""
    end = 0
    for found in _THOUGHT_ENDS.finditer(text):
        end = found.end()
    return "" if _THOUGHT_BEGINS.search(text, end) else text[end:]


def _short(text: str) -> Verdict | None:
    """The verdict of an answer that is, or opens with, another word for yes or no."""
    if _NOT.match(text):
        return "normal"
    found = _FIRST_WORD.match(text)
    if found is None or found["rest"] is None or (len(found["word"]) == 1 and found.end() < len(text)):
        return None
    return _SHORT.get(found["word"])


def _without_keys(text: str) -> str:
    """The values of a JSON object, a line each, less those that are mere words; other texts as they are."""
    if not re.match(r"\W*(?:json\W*)?\{", text):
        return text
    lines = re.sub(r"[\"'][\w -]{1,40}[\"']\s*:|[{}]", "\n", text)
    return re.sub(r"(?m)^[\W_]*(?:yes|no|true|false)?[\W_]*$", "", lines)
