"""The lenient reading: an answer that does not open with yes or no, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from iad_eval.reading.clauses import Claim, claim_of
from iad_eval.reading.images import image_of, without_comparison
from iad_eval.reading.splitting import LABEL, clauses, sentences
from iad_eval.reading.stated import stated
from iad_eval.reading.vocabulary import normalised
from iad_eval.words import Verdict

_UNABLE = (
    r"(?:can not|could not|unable to|not able to|not possible to|not (?:really |easy to )?|"
    r"(?:difficult|hard|impossible|tough) (?:for me )?to)\s*(?:\w+ly )?"
    r"(?:determine|say|tell|judge|assess|view|access|process|analy[sz]e|help|assist|provide|answer|confirm|"
    r"conclude|compare|verify|decide|make out|know|rule out|easy|"
    r"see (?:the |any |these |those |your |both )?(?:image|picture|photo))"
)
_UNSURE = (
    r"not (?:entirely |completely |quite |really |so |very )?"
    r"(?:sure|certain|clear|obvious whether|enough|sufficient)|"
    r"(?:difficult|hard|impossible) to (?:see|spot|find|detect|identify|recogni[sz]e)|"
    r"unsure|uncertain|unclear|inconclusive|insufficient|ambiguous|it depends|depends on|"
    r"no idea|no way to|toss[- ]up|open to interpretation|borderline|guess"
)
_REFUSED = (
    r"sorry|apologi[sz]e|as an ai|(?:ai|language) model|need (?:more|a )|"
    r"please (?:provide|upload|share|send|attach|let)|(?:be|not) (?:displayed|loaded|opened)|"
    r"not have (?:the )?(?:ability|access|capability|enough)|"
    r"no (?:images?|pictures?|photos?) (?:was|were|is|are|has|have)"
)
_UNCERTAIN = re.compile(rf"\b{_UNABLE}|\b(?:{_UNSURE}|{_REFUSED})\b")
_EXCEPT = {"except", "except for", "except that", "apart from", "aside from", "other than", "besides"}
_EMPHASIS = re.compile(r"[*`#~_]+")
_BUT = {"but", "however", "although", "though", "yet"}
_WHOLE = re.compile(
    r"(?:it|this|that|these|those|they|everything|all|both|(?:the|this) (?:second )?"
    r"(?:image|part|object|product|item|sample|component))\b"
)
"""Who calls these normal takes back what was said; who calls the thread intact says so beside a bent tip."""


def verdict_of_sentences(text: str) -> Verdict:
    """What the sentences of a lower-case answer come to; ``unreadable`` where they do not agree.

    A stated answer ("therefore, the answer is no") outranks what is said beside it. Nothing is
    read from questions, conditions, hedges, or sentences about the first image alone.
    """
    text = _EMPHASIS.sub(" ", text).strip()
    plain = normalised(text)
    answers = set(stated(text))
    if answers:
        return answers.pop() if len(answers) == 1 else "unreadable"
    if _UNCERTAIN.search(plain):
        return "unreadable"
    return _combined(list(_claims(plain)))


def _claims(text: str) -> Iterator[tuple[Claim, str]]:
    """The claims about the second image, each with the word of contrast before it."""
    topic: Literal["first", "second"] | None = None
    is_opening = True
    for sentence in sentences(text):
        if sentence.endswith("?"):
            continue
        labelled = LABEL.sub("", sentence)
        is_label = sentence.endswith(":")
        is_open = is_opening or labelled != sentence or topic == "second"
        for clause in clauses(labelled, is_open=is_open and not is_label):
            bare = without_comparison(clause.text)
            named = image_of(bare)
            topic = named or topic
            claim = claim_of(bare, is_fragment=clause.is_fragment)
            is_general = re.search(r"\b(?:anomal|defect|difference)", bare) is not None
            if claim is not None and (topic != "first" or (is_general and named is None)):
                is_aside = claim == "praised" and not _WHOLE.match(bare)
                yield claim, "" if is_aside else clause.contrast
        is_opening = (is_opening or labelled != sentence) and is_label
        if topic != "first" and not is_label:
            topic = None


def _combined(claims: list[tuple[Claim, str]]) -> Verdict:
    said = {claim for claim, _ in claims}
    if "garbled" in said:
        return "unreadable"
    against = [contrast for claim, contrast in claims if claim == "anomaly"]
    if against:
        if "none at all" in said and not _EXCEPT & set(against):
            return "unreadable"
        if _is_taken_back(claims):
            return "unreadable"
        if "alike" in said and not any(against):
            return "unreadable"
        return "anomalous"
    said.discard("excused")
    return "normal" if said and "hedged" not in said else "unreadable"


def _is_taken_back(claims: list[tuple[Claim, str]]) -> bool:
    """Whether an anomaly is named and then explained away: a spot, but this is normal."""
    is_named = False
    for claim, contrast in claims:
        is_named |= claim == "anomaly"
        if is_named and (
            claim == "excused" or (claim in {"praised", "alike", "hedged"} and contrast in _BUT)
        ):
            return True
    return False
