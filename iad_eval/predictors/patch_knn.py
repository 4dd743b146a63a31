"""``patch-knn``: a trained detector that runs anywhere. How far is each patch from all good ones there?

A view's patches are described by colour and fine structure, whitened, and compared with the
training images' patches of the same place and its neighbours: a memory bank, as PatchCore
(Roth et al., 2022) keeps one of network features. A distance counts in units of what is usual
at its place: where good parts differ from one another, a view may differ too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iad_eval.errors import ModelError
from iad_eval.predictors import Calibration
from iad_eval.predictors.patch_bank import REACH_CELLS, PatchBank
from iad_eval.predictors.patch_features import (
    CELL_PX,
    GRID,
    SIDE_PX,
    WINDOWS,
    Floats,
    descriptors,
    smoothed,
    working_pixels,
)
from iad_eval.predictors.patch_space import COMPONENTS, RIDGE, PatchSpace
from iad_eval.predictors.patch_threads import one_thread
from iad_eval.predictors.trained_detector import Learns, Scored
from iad_eval.words import Json

VERSION: Final = 1
"""Grows whenever the score of the same pixels changes."""

TOP_CELLS: Final = 5
"""The score is the mean of this many highest cells, 0.5 % of the image."""

_SMOOTHING: Final = 1.0  # cells: neighbouring places vary alike
_EVEN: Final = 0.5  # share of the image's average that is added to what is usual at a place
_LEAST: Final = 0.05  # whitened units: smaller distances are rounding
_FEWEST: Final = 2  # leave-one-out needs another image to compare with


class FittedPatchKnn:
    """What was learnt from one class's training images."""

    def __init__(
        self, space: PatchSpace, bank: PatchBank, usual: Floats, training_scores: NDArray[np.float64]
    ) -> None:
        if usual.shape != (GRID, GRID) or training_scores.shape != (bank.count,):
            raise ValueError(f"no fit: usual {usual.shape}, training scores {training_scores.shape}")
        self._space = space
        self._bank = bank
        self._usual = usual
        self._training_scores = training_scores

    def score(self, image: Image.Image) -> Scored:
        """An RGB image's score, in multiples of the distance that is usual, with its map."""
        with one_thread():
            coordinates = self._space(descriptors(working_pixels(image)))
            excess = _excess(self._bank.distances(coordinates), self._usual)
        on_grid = Image.fromarray(excess).resize(image.size, Image.Resampling.BILINEAR)
        return Scored(_top(excess), np.asarray(on_grid, np.float32))

    def calibration(self) -> Calibration:
        """Each training image's score against all others; the space they are compared in saw them all."""
        return Calibration(tuple(float(score) for score in self._training_scores), "leave-one-out")

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All that :meth:`PatchKnn.restore` needs."""
        return {
            "centre": self._space.centre,
            "projection": self._space.projection,
            "patches": self._bank.patches,
            "usual": self._usual,
            "training_scores": self._training_scores,
        }


class PatchKnn:
    """The recipe. Scores are the same to the bit in every process and thread, fresh or restored."""

    name = "patch-knn"
    learns_from: Learns = "class"
    folds = 0

    def settings(self) -> Mapping[str, Json]:
        """All that decides a score besides the training images."""
        return {
            "version": VERSION,
            "side_px": SIDE_PX,
            "cell_px": CELL_PX,
            "windows_cells": list(WINDOWS),
            "components": COMPONENTS,
            "ridge": RIDGE,
            "reach_cells": REACH_CELLS,
            "top_cells": TOP_CELLS,
        }

    def fit(self, images: Sequence[Image.Image]) -> FittedPatchKnn:
        """Learns what good RGB images look like, in 250 kB each however large they are.

        Raises ModelError for fewer than two images.
        """
        pixels = [working_pixels(image) for image in images]
        count = len(pixels)
        if count < _FEWEST:
            raise ModelError(
                f"{self.name} needs at least {_FEWEST} training images, to score each against the others, "
                f"and saw {count}. Add photographs of good parts, or choose another model with --iad-model"
            )
        with one_thread():
            space = PatchSpace.fit((descriptors(each) for each in pixels), count)
            bank = PatchBank.of((space(descriptors(each)) for each in pixels), count)
            left_out = np.stack(
                [bank.distances(space(descriptors(each)), without=n) for n, each in enumerate(pixels)]
            )
            total = left_out.sum(axis=0, dtype=np.float64)
            # What is usual is taken from the others alone, too: an odd image must not excuse itself.
            scores = [_top(_excess(own, _mean(total - own, count - 1))) for own in left_out]
        return FittedPatchKnn(space, bank, _mean(total, count), np.array(scores))

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> FittedPatchKnn:
        """A fit from its arrays; raises KeyError or ValueError for arrays of another make."""
        centre, projection, patches, usual = (
            np.ascontiguousarray(arrays[name], np.float32)
            for name in ("centre", "projection", "patches", "usual")
        )
        scores = np.asarray(arrays["training_scores"], np.float64)
        return FittedPatchKnn(PatchSpace(centre, projection), PatchBank(patches), usual, scores)


def _mean(total: NDArray[np.float64], count: int) -> Floats:
    return np.asarray(total / count, np.float32)


def _excess(distances: Floats, usual: Floats) -> Floats:
    """(GRID, GRID) distances in units of those that are usual at their places."""
    even = smoothed(usual, _SMOOTHING)
    return np.asarray(distances / (even + _EVEN * even.mean() + _LEAST), np.float32)


def _top(excess: Floats) -> float:
    return float(np.sort(excess, axis=None)[-TOP_CELLS:].mean(dtype=np.float64))
