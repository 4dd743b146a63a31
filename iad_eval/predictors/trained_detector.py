"""What a trained detector is: a recipe, and what it has learnt from good images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

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
    """A detector that has learnt. The same image always gets the same score."""

    def score(self, image: Image.Image) -> Scored:
        """Judges an RGB image of any size."""

    def calibration(self) -> Calibration | None:
        """The training images' scores, from which thresholds are taken (paper, 4.4).

        None where they are to be had by scoring the training images like any other.
        """

    def arrays(self) -> Mapping[str, NDArray[np.generic]]:
        """All that :meth:`Detector.restore` needs; no objects."""


@runtime_checkable
class InBatches(Protocol):
    """A :class:`Fitted` that judges several images at once."""

    batch: int
    """How many at most."""

    def scores(self, images: Sequence[Image.Image]) -> Sequence[Scored]:
        """One for each RGB image, in their order."""


Learns = Literal["class", "dataset", "nothing"]
"""From the good images of each class by itself, of all classes of the dataset at once, or not at
all: its weights come from a checkpoint."""


class Detector(Protocol):
    """The recipe of a trained detector.

    ``folds``: 0 where training scores are those of a fit that saw the images, k from 2 on where
    a method remembers its training images: then each is scored by a fit on the other k - 1 parts.
    """

    name: str
    """The name that case ids end with."""

    learns_from: Learns
    folds: int

    def settings(self) -> Mapping[str, Json]:
        """All that decides a score besides the training images, with a version number."""

    def fit(self, images: Sequence[Image.Image]) -> Fitted:
        """Learns from RGB images, in an order that depends on their content alone.

        Each is decoded when it is asked for. A detector that learns from nothing is given
        none. Raises ModelError where they cannot be learnt from.
        """

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> Fitted:
        """The fit that gave these arrays; raises KeyError or ValueError for arrays of another make."""


class Detectors(Protocol):
    """Which detector stands for a class: a checkpoint where there is one, a recipe elsewhere."""

    name: str

    def of(self, dataset: str, class_name: str) -> Detector:
        """The same object whenever it is asked for the same class. Raises ModelError where there is none."""

    def describe(self) -> Mapping[str, Json]:
        """For the manifest: what it is and how it is set."""

    def close(self) -> None:
        """Gives back what the detectors share; may be called twice."""


class OneForAll:
    """One recipe for every class."""

    def __init__(self, detector: Detector) -> None:
        self.name = detector.name
        self._detector = detector

    def of(self, dataset: str, class_name: str) -> Detector:
        """That one."""
        return self._detector

    def describe(self) -> Mapping[str, Json]:
        """Its settings."""
        return self._detector.settings()

    def close(self) -> None:
        """Nothing is shared."""
