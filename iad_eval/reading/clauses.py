"""What a clause plainly says about the second image: an anomaly, none, or nothing to the point."""

from __future__ import annotations

import re
from typing import Literal

from iad_eval.reading.vocabulary import tagged

Claim = Literal["anomaly", "none at all", "not this one", "praised", "alike", "excused", "hedged", "garbled"]
"""``not this one`` denies one kind of defect, ``praised`` calls the part normal, ``alike`` compares the
images, ``excused`` explains a mark away, ``garbled`` denies a denial."""

_PARTIAL = re.compile(
    r"\b(?:background|lighting|illumination|brightness|colou?rs?|shape|size|label|position|angle|orientation|"
    r"text|logo|structure|top|bottom|style|layout|design|texture|resolution|quality|view|perspective|"
    r"material|camera|contrast|focus|scale|timestamp|border|frame|pattern|type|kind|object depicted)\b"
)
_DETERMINED = re.compile(r"(?:the|this|these|that) (?:\w+ )?(?:anomal|defect|flaw|abnormalit|irregularit)")
_DEFINITION = re.compile(r"a?-?[GK][^NEH]{0,3}V")
_EXCUSE = re.compile(
    r"\b(?:shadows?|reflections?|glare|arti?e?facts?|illusion|by design|part of the design)\b"
)
_NO_IMAGE = re.compile(
    r"^(?:it seems |(?:the|both|your|these|two|second) ){0,3}images? (?:is|are|appears? to be|seems? to "
    r"be) (?:also )?(?:missing|broken)\W*$"
)
LONGEST_CLAUSE = 100
"""Words; what is longer says nothing plainly."""

_NEVER = re.compile(r"[ch]")

_ANOMALY = [
    re.compile(pattern)
    for pattern in (
        r"E-*(?:m?[VLx][^fY]{0,8}?)[GKkBU]",  # there is a small scratch; there is something unusual
        r"E[-t]*LtV[^fY]{0,8}?[GKkBU]",  # there appears to be a crack
        r"H[^fYNt]{0,10}?[GKB]",  # the second image shows a bottle with a scratch; has a missing cap
        r"(?:^|[VLHE][^fN]*)w[^fYNt]{0,5}?[GKB]",  # with a chipped rim
        r"[VL][-Vta]*[BU](?!t)",  # is slightly bent; is a broken bottle; looks wrong
        r"(?<!Y)(?:[GKB]|BK|k)[^fNY]{0,8}?(?:[mV][-V]*[XI]|x)",  # a scratch is clearly visible
        r"s[-m]*[IX][^fYNtP]{0,6}?[GKB]",  # I can see a crack
    )
]
_FRAGMENT = re.compile(r"(?:[ad-]|X){0,5}(?:[GUX]?[GKBU]){1,2}[GKBU.]{0,2}(?:$|[rfwXI&])")
_FRAGMENT_WITH = re.compile(r"[ad-]{0,2}[-.]{0,4}w[^fYNt]{0,5}?[GKB]")
_NOMINAL = re.compile(r"[VL][-V]*[a][-X.]{0,4}?[GK]")
_DENIED_AFTER = re.compile(r"[GgDKkUB][^N]{0,6}?[VLm]*N[-V]*(?:[XIE]|m|$)")
_NEGATED = re.compile(r"N(?P<between>[^NGgDKkUBPqpS]{0,9})(?P<what>[NGgDKkUBPqpS])")
_PRAISED = re.compile(r"[VL][-Vta]*[Pq](?![.X])|[VHL]a[-X.]{0,2}P")
_PRAISED_ALONE = re.compile(r"[ad-]{0,3}P.{0,2}|-?q")
_ALIKE = re.compile(r"[VL][-Vtad]*S(?:$|[tfwrN-]|\.{0,2}$)|^-?S$")


def claim_of(clause: str, *, is_fragment: bool) -> Claim | None:
    """What a normalised clause claims; ``is_fragment`` where it may do without a verb.

    None where it says nothing about anomalies, or nothing plainly.
    """
    words, tags = tagged(clause)
    if not words or len(words) > LONGEST_CLAUSE:
        return None
    if _NEVER.search(tags):
        is_about = re.search(r"[GKBUPS]", tags) and "Y" not in tags and "c" not in tags
        return "hedged" if is_about and "h" in tags else None
    if _NO_IMAGE.search(clause):
        return None
    if _EXCUSE.search(clause) and "N" not in tags:
        return None if re.search(r"[GKB]", tags) else "excused"
    before, negator, _ = tags.partition("N")
    if negator:
        return _negated(clause, words, tags, len(before), is_fragment=is_fragment)
    return _plain(clause, tags, is_fragment=is_fragment)


def _negated(clause: str, words: list[str], tags: str, place: int, *, is_fragment: bool) -> Claim | None:
    if "o" in tags:
        return None
    found = _NEGATED.match(tags, place)
    if found is None:
        if is_fragment and re.fullmatch(r"N(?:[Xrtfwd].*)?", tags) and words[place] in {"none", "nothing"}:
            return "none at all"
        if _DENIED_AFTER.search(tags):
            return _strength(tags[:place][-9:])
        if re.search(r"[VLm]N$", tags):
            return "hedged"
        return _plain(clause, tags[:place], is_fragment=False)
    what = found["what"]
    word = words[place]
    if what == "N":
        second = words[found.start("what")]
        if second in {"without", "lack", "lacking"}:
            return "anomaly" if re.search(r"[GKBg]", tags[found.start("what") :]) else None
        return None if second in {"nor", "not"} and word in {"neither", "nor"} else "garbled"
    if what in "Pqp":
        return "anomaly" if word == "not" and re.search(r"[VLm]-*$", tags[:place]) else None
    if what == "S":
        return None
    if _DENIED_AFTER.search(tags[: place + 3]) is None:
        asserted = _plain(clause, tags[:place], is_fragment=False)
        if asserted == "anomaly":
            return asserted
    if "b" in found["between"] and what in "KB":
        return None
    return _strength(what)


def _strength(tags: str) -> Claim:
    if re.search(r"[GgU]", tags):
        return "none at all"
    return "alike" if "D" in tags else "not this one"


def _plain(clause: str, tags: str, *, is_fragment: bool) -> Claim | None:
    bad = re.search(r"[GKkBU]", tags)
    if bad:
        if "b" in tags or ("o" in tags and not re.search(r"[GKB]", tags.split("o")[0])):
            return None
        if any(pattern.search(tags) for pattern in _ANOMALY):
            return "anomaly"
        if _NOMINAL.search(tags) and not _DEFINITION.match(tags):
            return "anomaly"
        if _DETERMINED.match(clause) and re.search(r"G.{0,6}?[VLH]", tags) and "Y" not in tags:
            return "anomaly"
        if (
            is_fragment
            and "P" not in tags
            and " or " not in clause
            and (_FRAGMENT.match(tags) or _FRAGMENT_WITH.match(tags))
        ):
            return "anomaly"
        return None
    if "o" in tags or _PARTIAL.search(clause):
        return None
    if _ALIKE.search(tags):
        return "alike"
    is_alone = is_fragment and _PRAISED_ALONE.fullmatch(tags) and not clause.startswith("ok")
    return "praised" if is_alone or _PRAISED.search(tags) else None
