"""The run that every report is tried on, and the stored texts that reports are compared with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import counted_by_hand
import made_by_hand
import pytest

from iad_eval.summary import summarise
from iad_eval.words import Json

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def summary() -> dict[str, Json]:
    """The run of ``made_by_hand``, of which three views are missing; what is not rows is counted on paper."""
    observations = made_by_hand.observations()
    computed = summarise(observations, made_by_hand.training(), asked=len(observations) + 3, seed=0)
    return {**computed, **counted_by_hand.sections()}


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with a stored one; ``IAD_EVAL_REGOLD=1 pytest tests/reports`` stores it anew."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("IAD_EVAL_REGOLD"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
