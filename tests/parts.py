"""Tiny photographs on disk, for tests that need a real folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 24


def write_parts(root: Path, classes: tuple[str, ...] = ("cup", "lid"), count: int = 3) -> Path:
    """A folder dataset: per class ``count`` training, good and holed photographs, with masks."""
    for class_number, class_name in enumerate(classes):
        for number in range(count):
            seed = class_number * 100 + number
            write_photo(root / class_name / "train" / "good" / f"{number:03d}.png", seed)
            write_photo(root / class_name / "test" / "good" / f"{number:03d}.png", seed + 30)
            write_photo(root / class_name / "test" / "hole" / f"{number:03d}.png", seed + 60, hole=True)
            mask = Image.new("L", (SIZE, SIZE))
            mask.paste(255, (8, 8, 14, 14))
            path = root / class_name / "ground_truth" / "hole" / f"{number:03d}_mask.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            mask.save(path)
    return root


def write_photo(path: Path, seed: int, *, hole: bool = False) -> None:
    """A grey, grainy disc; ``hole`` puts a black square into it."""
    grain = np.random.default_rng(seed).normal(0, 6, (SIZE, SIZE, 3))
    y, x = np.mgrid[:SIZE, :SIZE]
    disc = np.where((y - SIZE / 2) ** 2 + (x - SIZE / 2) ** 2 < 100, 170.0, 60.0)
    pixels = np.clip(disc[..., None] + grain, 0, 255).astype(np.uint8)
    if hole:
        pixels[8:14, 8:14] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
