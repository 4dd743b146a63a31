"""What a trained detector is: a recipe, and what it has learnt from one class's good images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iad_eval.predictors import Calibration
from iad_eval.words import Json


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """A view's score, which grows with abnormality, and where it comes from.

    ``anomaly_map`` is float32 (height, width) on the image's own grid, None from a detector
    that does not say where.
    """

    score: float
    anomaly_map: NDArray[np.float32] | None


class Fitted(Protocol):
    """A detector that has seen a class's training images. The same image always gets the same score."""

    def score(self, image: Image.Image) -> Scored:
        """Judges an RGB image of any size."""

    def calibration(self) -> Calibration:
        """The training images' scores, from which thresholds are taken (paper, 4.4)."""

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """All that :meth:`Detector.restore` needs; no objects."""


class Detector(Protocol):
    """The recipe of a trained detector."""

    @property
    def name(self) -> str:
        """The name that case ids end with."""

    def settings(self) -> Mapping[str, Json]:
        """All that decides a score besides the training images, with a version number."""

    def fit(self, images: Iterable[Image.Image]) -> Fitted:
        """Learns from RGB images, each seen once and in an order that depends on their content alone.

        Raises ModelError where they cannot be learnt from.
        """

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> Fitted:
        """The fit that gave these arrays; raises KeyError or ValueError for arrays of another make."""
