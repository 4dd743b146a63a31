"""The space in which patches are compared: directions that good patches hardly vary in count most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from iad_eval.predictors.patch_features import GRID, WIDTH, Floats
from iad_eval.predictors.patch_threads import one_thread

COMPONENTS: Final = 32
"""Dimensions kept of a descriptor."""

RIDGE: Final = 1e-3
"""Added to each direction's variance (1 is that of an average statistic): noise is not blown up."""

_FAINT: Final = 1e-3  # a statistic that varies by less than a quarter of a grey level is taken as constant
_SAMPLED: Final = 20_000  # patches that the directions are learnt from: plenty for 48 numbers


class PatchSpace:
    """An affine map from descriptors (..., WIDTH) to whitened coordinates (..., COMPONENTS)."""

    def __init__(self, centre: Floats, projection: Floats) -> None:
        if centre.shape != (WIDTH,) or projection.shape != (WIDTH, COMPONENTS):
            raise ValueError(f"no patch space: centre {centre.shape}, projection {projection.shape}")
        self.centre = centre
        self.projection = projection

    def __call__(self, described: Floats) -> Floats:
        """Coordinates, float32."""
        flat = (described.reshape(-1, WIDTH) - self.centre) @ self.projection
        return np.asarray(flat.reshape(*described.shape[:-1], COMPONENTS), np.float32)

    @classmethod
    def fit(cls, described: Iterable[Floats], count: int) -> PatchSpace:
        """Learnt from ``count`` images' descriptors (GRID, GRID, WIDTH), seen once and thinned out evenly."""
        from sklearn.decomposition import PCA  # a second to import: only where something is fitted

        step = max(1, count * GRID * GRID // _SAMPLED)
        patches = np.concatenate(
            [grid.reshape(-1, WIDTH)[number % step :: step] for number, grid in enumerate(described)]
        )
        centre = patches.mean(axis=0, dtype=np.float64)
        spread = np.sqrt(patches.var(axis=0, dtype=np.float64) + _FAINT**2)
        # scikit-learn brings a library of its own; and it divides by the whole variance, 0 for blank images.
        with one_thread(looking_again=True), np.errstate(invalid="ignore"):
            pca = PCA(COMPONENTS, svd_solver="full").fit((patches - centre) / spread)
        whitened = pca.components_.T / np.sqrt(pca.explained_variance_ + RIDGE)
        return cls(centre.astype(np.float32), (whitened / spread[:, None]).astype(np.float32))
