"""Draws the training photographs of the tiny checkpoint: other seeds than the suite's own dataset."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from iad_eval.drawing import ClassEntry, catalogue, draw
from iad_eval.words import GOOD

SIDE, CELL = 168, 28
"""What the model sees of a photograph (pixels), and the side of one merged visual token."""

GRID = SIDE // CELL

CLASSES = tuple(entry.name for entry in catalogue())
KINDS = tuple(f"{entry.name}/{kind}" for entry in catalogue() for kind in entry.defects)


@dataclass(frozen=True, slots=True, eq=False)
class Photographs:
    """``pixels`` (n, 168, 168, 3) uint8; ``cells`` (n, 6, 6) the part of each cell that its mask covers;
    ``class_index`` (n,) into CLASSES; ``kind_index`` (n,) into KINDS, -1 for good parts;
    ``mask_fraction`` (n,)."""

    pixels: np.ndarray
    cells: np.ndarray
    class_index: np.ndarray
    kind_index: np.ndarray
    mask_fraction: np.ndarray

    def __len__(self) -> int:
        return len(self.class_index)


def photographs(seed: int, good: int, per_kind: int, cache: Path) -> Photographs:
    """Draws ``good`` good photographs of each class and ``per_kind`` of each defect; kept in ``cache``."""
    place = cache / f"seed{seed}-{good}-{per_kind}.npz"
    if not place.is_file():
        with ProcessPoolExecutor() as pool:
            parts = list(pool.map(_drawn, [(seed, good, per_kind, entry) for entry in catalogue()]))
        cache.mkdir(parents=True, exist_ok=True)
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        np.savez(place, allow_pickle=False, **whole)
    with np.load(place) as stored:
        return Photographs(**{name: stored[name] for name in Photographs.__slots__})


def seen(image: Image.Image) -> np.ndarray:
    """The photograph at the size at which the model sees it."""
    return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _drawn(task: tuple[int, int, int, ClassEntry]) -> dict[str, np.ndarray]:
    seed, good, per_kind, entry = task
    wanted = [("train", GOOD, index) for index in range(good // 2)]
    wanted += [("test", GOOD, index) for index in range(good - good // 2)]
    wanted += [("test", kind, index) for kind in entry.defects for index in range(per_kind)]
    pixels, cells, kinds, fractions = [], [], [], []
    for split, defect, index in wanted:
        drawn = draw(seed, entry.name, split, defect, index)
        pixels.append(seen(drawn.image))
        mask = np.zeros((256, 256), bool) if drawn.mask is None else np.asarray(drawn.mask) > 0
        fine = np.asarray(Image.fromarray(mask.astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BOX))
        cells.append(fine.reshape(GRID, CELL, GRID, CELL).mean((1, 3)))
        kinds.append(-1 if defect == GOOD else KINDS.index(f"{entry.name}/{defect}"))
        fractions.append(mask.mean())
    return {
        "pixels": np.stack(pixels),
        "cells": np.stack(cells).astype(np.float32),
        "class_index": np.full(len(wanted), CLASSES.index(entry.name)),
        "kind_index": np.array(kinds),
        "mask_fraction": np.array(fractions, np.float32),
    }
