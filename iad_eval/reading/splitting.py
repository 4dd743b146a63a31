"""Where an answer falls apart: into sentences and labels, and these into clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST = 120
"""Sentences; a model that writes more repeats itself."""

LABEL = re.compile(
    r"^\W*(?:(?:the |my |final |short |overall )*(?:answer|verdict|conclusion|result|status|classification|"
    r"prediction|label|judge?ment|assessment|observation|response|finding|summary|explanation|output)s?)"
    r"(?:\s*:|\s+is\s*:?\s*(?:that )?|\s*[-=]+>?)\W*"
)
"""What may stand before a verdict: "conclusion:", "my final answer is"."""

_ENDS = re.compile(r"(?<=[.!?])[\s\"')\]*_]+|\n+|;|(?<=[\w*_]):[*_]*\s|[|•]")
_CONTRAST = re.compile(
    r"[\s,]*\b(but|however|although|though|yet|whereas|while|except(?: for| that)?|apart from|aside from|"
    r"other than|besides|with the exception of)\b[\s,]*"
)
_JOINED = re.compile(
    r",? and (?=(?:is|has|shows|contains|appears|looks|there|the|it|its|this|i|we|both|no)\b)|"
    r", (?=(?:the|there|it|its|this|both|i|we|which|so|indicating|suggesting|with the second|where)\b)|"
    r"\b(?:because|since|due to|caused by|so that|which (?=may|might|could))\b| - | -- | – | — |—"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with a subject of its own, or an ellipsis."""

    text: str
    contrast: str
    """The word that sets it against what was said before, or nothing."""
    is_fragment: bool


def sentences(text: str) -> list[str]:
    """The sentences, lines and labels of a text, at most :data:`MOST`; a label ends with its colon."""
    pieces, start = [], 0
    for end in _ENDS.finditer(text):
        pieces.append(text[start : end.end()].strip(" \n\t;|•*_\"'"))
        start = end.end()
    pieces.append(text[start:].strip(" \n\t;|•*_\"'"))
    return [piece for piece in pieces if piece][:MOST]


def clauses(sentence: str, *, is_open: bool) -> Iterator[Clause]:
    """A sentence's clauses: apart at contrasts and where another subject begins; none of a condition.

    ``is_open`` where the first clause may do without a verb.
    """
    if re.match(r"\W*(?:if|unless|suppose|imagine|assuming)\b", sentence):
        return
    parts = _CONTRAST.split(sentence)
    for number, part in enumerate(parts[::2]):
        contrast = parts[2 * number - 1] if number else ""
        for place, clause in enumerate(_JOINED.split(part)):
            fragment = (is_open or bool(contrast)) and place == 0
            yield Clause(clause.strip(), contrast, fragment)
