"""From what a model said to a verdict: by a threshold on its score, or by reading its answer."""

from __future__ import annotations

import re

from iad_eval.words import Verdict

_DECORATION = re.compile(r"[\W_]+")
_LEADING = re.compile(r"(?:(?:the |my )?(?:final )?answer(?: is)?[\W_]*)?(yes|no)(?![^\W_])", re.IGNORECASE)


def by_score(score: float, threshold: float) -> Verdict:
    """Anomalous means strictly above the threshold (paper, section 4.4)."""
    return "anomalous" if score > threshold else "normal"


def read_answer(text: str) -> Verdict:
    """What a leading yes or no says, in any decoration: quotes, markdown, braces, blank lines, any case.

    Words that merely begin with the letters (notice, normal, yesterday) decide nothing; an
    answer that begins otherwise is ``unreadable``.
    """
    bare = _DECORATION.match(text)
    found = _LEADING.match(text, bare.end() if bare else 0)
    if found is None:
        return "unreadable"
    return "anomalous" if found[1].casefold() == "yes" else "normal"
