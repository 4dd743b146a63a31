"""Real photographs, for tests that skip where there are none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("IAD_EVAL_DATA") or Path(__file__).parents[2] / "shared" / "data")
"""Holds ``mvtec/bottle`` and ``visa/split_csv/1cls.csv``."""


def mvtec() -> Path:
    """The folder that holds MVTec-AD's bottle; skips the test where it is missing."""
    return _existing(DATA / "mvtec" / "bottle", "MVTec-AD's bottle").parent


def visa_split() -> Path:
    """VisA's official split file; skips the test where it is missing."""
    return _existing(DATA / "visa" / "split_csv" / "1cls.csv", "VisA's split file")


def _existing(path: Path, what: str) -> Path:
    if not path.exists():
        pytest.skip(f"{path} is missing: put {what} there or set IAD_EVAL_DATA")
    return path
