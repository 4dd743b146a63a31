"""Answers that are stated, but not at the beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iad_eval.reading.opening import BARE, opening
from iad_eval.reading.splitting import LABEL, sentences
from iad_eval.words import Verdict

_EXPLICIT = re.compile(
    r"(?:\b(?:answer|verdict|conclusion|decision|response|reply)(?: to (?:the|your) question)?\W{0,4}"
    r"(?:(?:is|would be|should be)\b\W{0,6})?|\\boxed\{\W{0,3}(?:\\text\{)?|<answer>\W{0,4}|"
    r"\b(?:i say|so|thus|therefore|hence|short|summary|conclusion|overall|say)\W{1,4}|"
    rf"(?P<preamble>^[^.:]{{0,160}}?[,:]\W{{1,6}})){BARE}"
)
_PREAMBLE = re.compile(
    r"(?:based|after|upon|on|looking|comparing|judging|from|in|by|when|given|having|with|to answer|according|"
    r"(?:the )?second image|image 2|so|thus|therefore|hence|overall|finally|well|it|this|the answer)\b"
)
_TELLS_BAD = re.compile(
    r"scratch|crack|dent|broken|bent|missing|anomal|defect|flaw|abnormal|unusual|damage|wrong|issue"
)
_TELLS_GOOD = re.compile(r"normal|same|identical|good|intact|free|similar|fine|without|no\b|not\b")


def stated(text: str) -> Iterator[Verdict]:
    """Every yes or no that a lower-case text gives as its answer after its first words.

    "Therefore, the answer is no", a line that is just "Yes", a reply to a question about defects.
    Conditions and hedges are passed over.
    """
    question = ""
    for number, sentence in enumerate(sentences(text)):
        if sentence.endswith("?"):
            question = sentence
            continue
        if sentence.endswith(":"):
            question = "" if LABEL.match(sentence) else sentence
            continue
        asked, question = question, ""
        is_topical = not asked or (_TELLS_BAD.search(asked) and not _TELLS_GOOD.search(asked))
        if re.search(r"\b(?:if|whether|might|may|could|perhaps|maybe|cannot|can't|unless)\b", sentence):
            continue
        said = opening(sentence) if number and is_topical else None
        if said is not None and re.match(r"\W*(?:yes|no)\b(?:\W*$|\s*[,.!:;])", sentence):
            yield said
        elif (found := _EXPLICIT.search(sentence)) and (
            found["preamble"] is None or _PREAMBLE.match(sentence.lstrip("*_-# "))
        ):
            yield "anomalous" if found["word"] == "yes" else "normal"
