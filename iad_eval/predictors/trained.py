"""Trained detectors as models of a session: fitted once per class, kept by content, asked view by view."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iad_eval.errors import IadError, ModelError
from iad_eval.identity import digest_json
from iad_eval.predictors import Calibration, Reply
from iad_eval.predictors.trained_detector import Detector, Fitted, Scored
from iad_eval.predictors.trained_fits import FitFiles
from iad_eval.predictors.trained_images import decoded
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json, Sample

__all__ = ["Detector", "Fitted", "Scored", "TrainedPredictor"]

_IN_MEMORY: Final = 2
"""Fits kept in memory: the class at hand, and the next one's, whose views are asked ahead."""


class TrainedPredictor:
    """A detector as a Predictor.

    ``digests`` gives a file's digest and ``read`` its RGB pixels; both raise DataError. Fits
    lie in ``fits / NAME``, each named after the settings and the training files' digests: an
    image added, changed or removed makes another fit, one moved or renamed does not.
    """

    def __init__(
        self,
        detector: Detector,
        fits: Path,
        digests: Callable[[Path], str],
        read: Callable[[Path], Image.Image],
    ) -> None:
        self._detector = detector
        self._files = FitFiles(fits / detector.name)
        self._digests = digests
        self._read = read
        self._fits: OrderedDict[str, Fitted] = OrderedDict()
        self._keys: deque[tuple[tuple[Sample, ...], str]] = deque(maxlen=8)

    @property
    def name(self) -> str:
        """The detector's name."""
        return self._detector.name

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """The recipe and the training files' bytes; raises DataError for a file that cannot be read."""
        digests = sorted(self._digests(sample.image_path) for sample in siblings.train)
        return {
            "model": self.name,
            "settings": dict(self._detector.settings()),
            "training": digest_json(digests),
        }

    def describe(self) -> Mapping[str, Json]:
        """The settings."""
        return {"kind": "trained detector", **self._detector.settings()}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """One reply for each view, in their order. A fit that fails is not tried again for the next view."""
        failed: dict[str, str] = {}
        for view in views:
            yield self._reply(view, failed)

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration:
        """The training images' scores; raises IadError where the class cannot be fitted."""
        return self._fit(self._key(siblings), siblings).calibration()

    def anomaly_map(self, view: View) -> NDArray[np.float32] | None:
        """Where the view's score comes from, (height, width); raises IadError as scoring does."""
        return self._fit(self._key(view.siblings), view.siblings).score(view.image).anomaly_map

    def close(self) -> None:
        """Forgets the fits in memory; those on disk stay."""
        self._fits.clear()
        self._keys.clear()

    def _reply(self, view: View, failed: dict[str, str]) -> Reply:
        try:
            key = self._key(view.siblings)
            if key in failed:
                return Reply(view, error=failed[key])
            try:
                fitted = self._fit(key, view.siblings)
            except IadError as error:
                failed[key] = str(error)
                raise
            begun = time.perf_counter()
            scored = fitted.score(view.image)
            return Reply(view, score=scored.score, latency_s=time.perf_counter() - begun)
        except IadError as error:
            return Reply(view, error=str(error))

    def _key(self, siblings: ClassSamples) -> str:
        """The digest of the class's fit. Remembered by identity: a view must not cost 900 look-ups."""
        for train, key in self._keys:
            if train is siblings.train:
                return key
        if not siblings.train:
            raise ModelError(_no_training(self.name, siblings))
        key = digest_json(dict(self.identity(siblings, "", None)))
        self._keys.append((siblings.train, key))
        return key

    def _fit(self, key: str, siblings: ClassSamples) -> Fitted:
        if key not in self._fits:
            while len(self._fits) >= _IN_MEMORY:  # before fitting, which needs the memory
                self._fits.popitem(last=False)
            restored = self._restored(key)
            self._fits[key] = self._fresh(key, siblings) if restored is None else restored
        self._fits.move_to_end(key)
        return self._fits[key]

    def _restored(self, key: str) -> Fitted | None:
        arrays = self._files.load(key)
        try:
            return None if arrays is None else self._detector.restore(arrays)
        except (KeyError, ValueError):
            return None  # a whole archive, but not this detector's: damaged all the same

    def _fresh(self, key: str, siblings: ClassSamples) -> Fitted:
        # In the order of their digests: what a fit comes to depends on the images, not on their names.
        paths = sorted((sample.image_path for sample in siblings.train), key=self._digests)
        with closing(decoded(paths, self._read)) as images:
            try:
                fitted = self._detector.fit(images)
            except ModelError as error:
                raise ModelError(f"{_folder(siblings)}: {error}") from error
        self._files.save(key, fitted.arrays())
        return fitted


def _no_training(name: str, siblings: ClassSamples) -> str:
    folder = _folder(siblings)
    return (
        f"{folder} has no training images, and {name} learns from photographs of good parts. Add some (in a "
        f"folder laid out like MVTec-AD: {folder}/train/good), leave the class out with --iad-class, or "
        "choose a model that needs no training with --iad-model"
    )


def _folder(siblings: ClassSamples) -> str:
    """The class's folder, as far as its samples' paths tell."""
    for sample in (*siblings.train, *siblings.test):
        path = sample.image_path
        return str(next((above for above in path.parents if above.name == sample.class_name), path.parent))
    return "the class"
