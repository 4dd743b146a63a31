"""The LVLM's score: how much more likely yes is than no, where the answer decides."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iad_eval.predictors.lvlm.chat import AnswerToken

_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_BYTE_LEVEL = str.maketrans({"Ġ": " ", "▁": " ", "Ċ": "\n"})


@dataclass(frozen=True, slots=True)
class YesNo:
    """Probabilities (0..1) of all spellings of yes and of no in one place of an answer."""

    yes: float
    no: float

    @property
    def score(self) -> float:
        """P(yes) / (P(yes) + P(no)): 0 normal, 1 anomalous."""
        return self.yes / (self.yes + self.no)


def yes_no(tokens: Sequence[AnswerToken]) -> YesNo | None:
    """What the first word of an answer could have been.

    Tokens of decoration alone (blanks, asterisks, quotes) are passed over. None where there are
    no log-probabilities, or neither word is among the alternatives of that place.
    """
    for token in tokens:
        if _bare(token.text):
            return _weighed(token.alternatives)
    return None


def _weighed(alternatives: Mapping[str, float]) -> YesNo | None:
    mass = {"yes": 0.0, "no": 0.0}
    for spelling, logprob in alternatives.items():
        word = _bare(spelling)
        if word in mass and not math.isnan(logprob):
            mass[word] += math.exp(min(logprob, 0.0))
    return YesNo(mass["yes"], mass["no"]) if mass["yes"] + mass["no"] > 0 else None


def _bare(spelling: str) -> str:
    return _EDGES.sub("", spelling.translate(_BYTE_LEVEL)).casefold()
