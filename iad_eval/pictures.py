"""Small pictures of the views of a run, for whoever looks at its report."""

from __future__ import annotations

import hashlib
from pathlib import Path

from iad_eval.store import file_name

FOLDER = "pictures"


def folder_of(sample: str) -> str:
    """The name of the folder of a photograph's pictures: 12 hexadecimal digits of its id's SHA-256."""
    return hashlib.sha256(sample.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def picture_path(run: Path, sample: str, perturbation: str) -> Path:
    """Where a view's picture lies in a run's directory (JPEG, at most 320 pixels on its longer side)."""
    return run / FOLDER / folder_of(sample) / f"{file_name(perturbation)}.jpg"


def outline_path(run: Path, sample: str, perturbation: str) -> Path:
    """Where the outline of a view's defect lies: a transparent PNG of the picture's size."""
    return run / FOLDER / folder_of(sample) / f"{file_name(perturbation)}.png"
