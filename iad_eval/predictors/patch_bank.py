"""The memory of good patches: for each cell, what the training images showed there and next to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from iad_eval.predictors.patch_features import GRID, Floats
from iad_eval.predictors.patch_space import COMPONENTS

REACH_CELLS: Final = 1
"""How far a part may have moved: a patch is compared with the cells up to this far away."""

_SPAN: Final = 2 * REACH_CELLS + 1


class PatchBank:
    """Good patches by cell, laid out for one matrix product per cell.

    ``patches`` is (GRID, GRID, COMPONENTS + 1, images) float32; its last coordinate holds
    minus half the squared length, so that the product with (patch, 1) grows as the distance
    shrinks: |a - b|^2 = |a|^2 - 2 (a.b - |b|^2 / 2).
    """

    def __init__(self, patches: Floats) -> None:
        if patches.ndim != 4 or patches.shape[:3] != (GRID, GRID, COMPONENTS + 1) or not patches.shape[3]:
            raise ValueError(f"no bank of patches: {patches.shape}")
        self.patches = patches

    @property
    def count(self) -> int:
        """How many images it remembers."""
        return int(self.patches.shape[3])

    @classmethod
    def of(cls, images: Iterable[Floats], count: int) -> PatchBank:
        """From ``count`` images' coordinates, each (GRID, GRID, COMPONENTS)."""
        patches = np.empty((GRID, GRID, COMPONENTS + 1, count), np.float32)
        for number, coordinates in enumerate(images):
            patches[:, :, :COMPONENTS, number] = coordinates
            patches[:, :, COMPONENTS, number] = np.square(coordinates).sum(axis=2) * np.float32(-0.5)
        return cls(patches)

    def distances(self, coordinates: Floats, without: int | None = None) -> Floats:
        """Euclidean distance of each patch to its nearest good neighbour, (GRID, GRID).

        ``coordinates`` is (GRID, GRID, COMPONENTS); ``without`` leaves out one training image.
        """
        likeness = np.full((GRID + 2 * REACH_CELLS, GRID + 2 * REACH_CELLS), -np.inf, np.float32)
        queries = _around(coordinates)
        for row in range(GRID):  # a row at a time stays in the processor's cache
            products = queries[row] @ self.patches[row]
            if without is not None:
                products[:, :, without] = -np.inf
            best = products.max(axis=2).reshape(GRID, _SPAN, _SPAN)
            for down in range(_SPAN):
                for across in range(_SPAN):
                    there = likeness[row + down, across : across + GRID]
                    np.maximum(there, best[:, down, across], out=there)
        inner = likeness[REACH_CELLS:-REACH_CELLS, REACH_CELLS:-REACH_CELLS]
        squared = np.square(coordinates).sum(axis=2) - 2 * inner
        return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)


def _around(coordinates: Floats) -> Floats:
    """The patches that each cell's good ones are compared with, (GRID, GRID, _SPAN**2, COMPONENTS + 1)."""
    side = GRID + 2 * REACH_CELLS
    padded = np.zeros((side, side, COMPONENTS + 1), np.float32)
    padded[REACH_CELLS:-REACH_CELLS, REACH_CELLS:-REACH_CELLS, :COMPONENTS] = coordinates
    padded[:, :, COMPONENTS] = 1
    shifted = [
        padded[down : down + GRID, across : across + GRID] for down in range(_SPAN) for across in range(_SPAN)
    ]
    return np.stack(shifted, axis=2)
