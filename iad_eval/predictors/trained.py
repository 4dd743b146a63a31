"""Trained detectors as models of a session: fitted once, kept by content, asked view by view."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from PIL import Image

from iad_eval.errors import IadError, ModelError
from iad_eval.identity import digest_json
from iad_eval.predictors import Calibration, ModelContext, Reply
from iad_eval.predictors.batches import batches
from iad_eval.predictors.trained_detector import Detector, Detectors, Fitted, InBatches, OneForAll, Scored
from iad_eval.predictors.trained_fits import FitFiles
from iad_eval.predictors.trained_images import TrainingImages
from iad_eval.store import file_name
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json, Sample

__all__ = ["Detector", "Detectors", "Fitted", "InBatches", "OneForAll", "Scored", "TrainedPredictor"]

_IN_MEMORY: Final = 2
"""Fits kept in memory: the class at hand, and the next one's, whose views are asked ahead."""


class TrainedPredictor:
    """Detectors as a Predictor.

    Fits lie in ``fits / NAME`` of the cache, each named after the settings and the training
    files' digests: an image added, changed or removed makes another fit, one moved or renamed
    does not. What a checkpoint gives is not kept a second time.
    """

    def __init__(self, detectors: Detectors, context: ModelContext) -> None:
        self._detectors = detectors
        self._context = context
        self._files = FitFiles(context.cache / "fits" / file_name(detectors.name))
        self._fits: OrderedDict[str, Fitted] = OrderedDict()
        self._keys: deque[tuple[ClassSamples, str]] = deque(maxlen=8)

    @property
    def name(self) -> str:
        """The detector's name."""
        return self._detectors.name

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """The recipe and the training files' bytes; raises DataError for a file that cannot be read."""
        detector = self._detector(siblings)
        identity: dict[str, Json] = {"model": self.name, "settings": dict(detector.settings())}
        if detector.learns_from != "nothing":
            identity["training"] = self._content(self._training(detector, siblings))
        return identity

    def calibration_identity(self, siblings: ClassSamples, protocol: str | None) -> Mapping[str, Json]:
        """The identity of answers, with the images that are scored and how."""
        detector = self._detector(siblings)
        identity = dict(self.identity(siblings, "", protocol))
        if detector.learns_from != "class":
            identity["scored"] = self._content(siblings.train)
        if detector.folds:
            identity["folds"] = detector.folds
        return identity

    def describe(self) -> Mapping[str, Json]:
        """The settings."""
        return {"kind": "trained detector", **self._detectors.describe()}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """One reply for each view, in their order. A fit that fails is not tried again for the next view."""
        failed: dict[str, str] = {}
        for together in batches(views, lambda view: self._room(view, failed)):
            yield from self._replies(together, failed)

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration:
        """The training images' scores; raises IadError where the class cannot be fitted."""
        detector = self._detector(siblings)
        if not siblings.train:
            raise ModelError(_no_training(self.name, siblings))
        if detector.folds:
            return self._cross_validated(detector, siblings)
        fitted = self._fit(self._key(siblings), siblings)
        known = fitted.calibration()
        if known is not None:
            return known
        return Calibration(tuple(self._scored(fitted, siblings.train, _class_of(siblings))), "in-sample")

    def close(self) -> None:
        """Forgets the fits in memory; those on disk stay."""
        self._fits.clear()
        self._keys.clear()
        self._detectors.close()

    def _room(self, view: View, failed: dict[str, str]) -> int:
        """How many views of this case are judged at once."""
        try:
            fitted = self._fit_once(view.siblings, failed)
        except IadError:
            return 1
        return max(1, fitted.batch) if isinstance(fitted, InBatches) else 1

    def _replies(self, views: Sequence[View], failed: dict[str, str]) -> Iterator[Reply]:
        try:
            fitted = self._fit_once(views[0].siblings, failed)
            begun = time.perf_counter()
            scored = _judged(fitted, [view.image for view in views])
            each_s = (time.perf_counter() - begun) / len(views)
        except IadError as error:
            if len(views) > 1:  # one of them may be at fault: it fails alone
                for view in views:
                    yield from self._replies([view], failed)
            else:
                yield Reply(views[0], error=str(error))
            return
        for view, found in zip(views, scored, strict=True):
            yield Reply(view, score=found.score, latency_s=each_s, anomaly_map=found.anomaly_map)

    def _fit_once(self, siblings: ClassSamples, failed: dict[str, str]) -> Fitted:
        key = self._key(siblings)
        if key in failed:
            raise ModelError(failed[key])
        try:
            return self._fit(key, siblings)
        except IadError as error:
            failed[key] = str(error)
            raise

    def _detector(self, siblings: ClassSamples) -> Detector:
        sample = (*siblings.train, *siblings.test)[0]
        return self._detectors.of(sample.dataset, sample.class_name)

    def _training(self, detector: Detector, siblings: ClassSamples) -> Sequence[Sample]:
        if detector.learns_from == "class":
            return siblings.train
        return self._context.training((*siblings.train, *siblings.test)[0].dataset)

    def _content(self, samples: Sequence[Sample]) -> str:
        return digest_json(sorted(self._context.digests(sample.image_path) for sample in samples))

    def _key(self, siblings: ClassSamples) -> str:
        """The digest of the class's fit. Remembered by identity: a view must not cost 900 look-ups."""
        for known, key in self._keys:
            if known.train is siblings.train and known.test and known.test[0] == siblings.test[0]:
                return key
        detector = self._detector(siblings)
        if detector.learns_from == "class" and not siblings.train:
            raise ModelError(_no_training(self.name, siblings))
        key = digest_json(dict(self.identity(siblings, "", None)))
        self._keys.append((siblings, key))
        return key

    def _fit(self, key: str, siblings: ClassSamples) -> Fitted:
        if key not in self._fits:
            while len(self._fits) >= _IN_MEMORY:  # before fitting, which needs the memory
                self._fits.popitem(last=False)
            detector = self._detector(siblings)
            if detector.learns_from == "nothing":
                self._fits[key] = detector.fit(())
            else:
                with self._files.alone(key):
                    self._fits[key] = self._restored(detector, key) or self._fresh(detector, key, siblings)
        self._fits.move_to_end(key)
        return self._fits[key]

    def _restored(self, detector: Detector, key: str) -> Fitted | None:
        arrays = self._files.load(key)
        try:
            return None if arrays is None else detector.restore(arrays)
        except (KeyError, ValueError):
            return None  # a whole archive, but not this detector's: damaged all the same

    def _fresh(self, detector: Detector, key: str, siblings: ClassSamples) -> Fitted:
        of = _class_of(siblings) if detector.learns_from == "class" else "all classes"
        with self._context.saying(f"{self.name} learns {of}"):
            fitted = self._fitted(detector, self._training(detector, siblings), siblings)
        self._files.save(key, fitted.arrays())
        return fitted

    def _fitted(self, detector: Detector, samples: Iterable[Sample], siblings: ClassSamples) -> Fitted:
        try:
            return detector.fit(self._images(samples))
        except ModelError as error:
            raise ModelError(f"{_folder(siblings)}: {error}") from error

    def _images(self, samples: Iterable[Sample]) -> TrainingImages:
        # In the order of their digests: what a fit comes to depends on the images, not on their names.
        paths = sorted((sample.image_path for sample in samples), key=self._context.digests)
        return TrainingImages(paths, self._context.read)

    def _cross_validated(self, detector: Detector, siblings: ClassSamples) -> Calibration:
        """Each training image's score by a fit that did not see it."""
        ours = sorted(siblings.train, key=lambda sample: self._context.digests(sample.image_path))
        folds = min(detector.folds, len(ours))
        if folds < 2:
            raise ModelError(
                f"{_folder(siblings)}: {self.name} remembers its training images, so that their scores are "
                f"taken by leaving some out; that needs two of them at least, and there is {len(ours)}"
            )
        everything = self._training(detector, siblings)
        scores: list[float] = []
        for fold in range(folds):
            left_out = ours[fold::folds]
            away = {sample.id for sample in left_out}
            of = f"{_class_of(siblings)}, part {fold + 1} of {folds} left out"
            with self._context.saying(f"{self.name} learns {of}"):
                fitted = self._fitted(
                    detector, [sample for sample in everything if sample.id not in away], siblings
                )
            scores.extend(self._scored(fitted, left_out, of))
        return Calibration(tuple(scores), f"{folds}-fold")

    def _scored(self, fitted: Fitted, samples: Sequence[Sample], of: str) -> Iterator[float]:
        size = max(1, fitted.batch) if isinstance(fitted, InBatches) else 1
        waiting: list[Image.Image] = []
        with self._context.saying(f"{self.name} scores {len(samples)} training images of {of}"):
            for image in self._images(samples):
                waiting.append(image)
                if len(waiting) == size:
                    yield from (found.score for found in _judged(fitted, waiting))
                    waiting = []
            yield from (found.score for found in _judged(fitted, waiting))


def _judged(fitted: Fitted, images: Sequence[Image.Image]) -> Sequence[Scored]:
    if isinstance(fitted, InBatches) and images:
        return fitted.scores(images)
    return [fitted.score(image) for image in images]


def _class_of(siblings: ClassSamples) -> str:
    sample = (*siblings.train, *siblings.test)[0]
    return f"{sample.dataset}/{sample.class_name}"


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
