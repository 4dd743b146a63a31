"""Which of the two images a clause is about."""

from __future__ import annotations

import re
from typing import Literal

_IMAGE = r"(?:images?|pictures?|photos?|photographs?|ones?|samples?|views?|parts?|objects?|bottles?)"
_FIRST = re.compile(
    rf"\b(?:first|1st|reference|original|former|template|normal|good|left) {_IMAGE}\b"
    rf"|\b{_IMAGE} (?:1|a|one)\b"
    r"|\bthe (?:first|reference|original|former)\b(?! (?:difference|anomaly|thing|defect))"
)
_SECOND = re.compile(
    rf"\b(?:second|2nd|test|latter|query|right|inspected) {_IMAGE}\b|\b{_IMAGE} (?:2|b|two)\b"
    rf"|\bthe (?:second|latter)\b|\b(?:both|two|these) {_IMAGE}\b|\bboth\b"
)
_COMPARED = re.compile(
    r"(?:,? *(?:which|that) (?:is|are|was|were) (?:also )?(?:not )?)?,? *\b(?:unlike|compared (?:to|with)|"
    r"when compared (?:to|with)|in (?:contrast|comparison) (?:to|with)|as opposed to|"
    r"than(?: (?:in|on|that of))?|relative to|as in|as|"
    r"(?:similar|identical|same as|just like|like|with respect|equal) ?(?:to|as)?|versus|from|"
    r"(?:not )?(?:present|absent|seen|visible|found|there) (?:in|from|on)|with|to|matche?s?) "
    r"(?:(?:that|those|the one) (?:of|in) )?(?:the )?(?:first|reference|original|former|good|normal) "
    rf"(?:reference )?(?:{_IMAGE}\b)?(?:,? which [^,;]*)?"
)


def image_of(clause: str) -> Literal["first", "second"] | None:
    """The image that a lower-case clause names; the second where it names both, None for neither."""
    if _SECOND.search(clause):
        return "second"
    return "first" if _FIRST.search(clause) else None


def without_comparison(clause: str) -> str:
    """The clause less what it says of the first image by way of comparison."""
    return _COMPARED.sub(" ", clause)
