"""The settings of GLASS: the authors' as defaults, and what may be set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from baselines.recipes import require_at_least
from iad_eval.errors import UsageError
from iad_eval.words import Json

DEFAULTS: Final[Mapping[str, Json]] = {
    "checkpoints": True,
    "epochs": 640,
    "steps": 0,
    "batch": 8,
    "score_batch": 0,
    "images_per_epoch": 392,
    "learning_rate": 1e-4,
    "ascent_steps": 20,
    "svd": 0,
    "textures": "",
    "side_px": 288,
    "backbone": "wide_resnet50_2",
    "backbone_file": "",
    "random_weights": False,
    "features": 1536,
    "hidden": 1024,
}

_LEAST: Final = {
    "epochs": 1,
    "steps": 0,
    "batch": 1,
    "score_batch": 0,
    "images_per_epoch": 1,
    "ascent_steps": 0,
    "svd": 0,
    "side_px": 32,
    "features": 1,
    "hidden": 1,
}

_PICTURES: Final = (".jpg", ".jpeg", ".png")


def checked(recipe: dict[str, Json]) -> dict[str, Json]:
    """The same where it can be followed. Raises UsageError otherwise."""
    require_at_least(recipe, _LEAST, "glass")
    if recipe["svd"] not in (0, 1):
        raise UsageError(f"--iad-detectors: glass's svd is 0 or 1, not {recipe['svd']}")
    if recipe["textures"]:
        listing(str(recipe["textures"]))
    other = recipe["backbone"] != DEFAULTS["backbone"]
    if other and not (recipe["backbone_file"] or recipe["random_weights"]):
        raise UsageError(
            f'--iad-detectors: glass\'s backbone = "{recipe["backbone"]}" wants its weights: give '
            'backbone_file = "PATH" too, or random_weights = true to try things out'
        )
    return recipe


def listing(folder: str) -> Json:
    """A digest of the names and sizes of a folder's pictures; None for no folder."""
    if not folder:
        return None
    files = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in _PICTURES)
    if not files:
        raise UsageError(
            f"--iad-detectors: glass's textures names {folder}, which holds no pictures "
            f"({', '.join(_PICTURES)}); name the folder dtd/images of the Describable Textures Dataset, or "
            "leave textures out"
        )
    names = [f"{path.relative_to(folder)} {path.stat().st_size}" for path in files]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()
