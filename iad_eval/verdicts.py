"""From what a model said to a verdict: by a threshold on its score, or by reading its answer."""

from __future__ import annotations

from iad_eval.reading import Reading, read
from iad_eval.words import Verdict

__all__ = ["Reading", "by_score", "read", "read_answer"]


def by_score(score: float, threshold: float) -> Verdict:
    """Anomalous means strictly above the threshold (paper, section 4.4)."""
    return "anomalous" if score > threshold else "normal"


def read_answer(text: str) -> Verdict:
    """What an answer says: a leading yes or no, else a plain sentence (:func:`iad_eval.reading.read`)."""
    return read(text).verdict
