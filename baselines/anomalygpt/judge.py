"""What AnomalyGPT makes of images: a score, a map, and an answer where it is asked for one."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from baselines.anomalygpt import networks
from baselines.anomalygpt.downloads import needed
from baselines.anomalygpt.networks import Networks
from baselines.anomalygpt.recipe import ANSWER, Recipe
from baselines.anomalygpt.sentences import class_word, prompt
from baselines.anomalygpt.shown import box
from baselines.devices import device, release
from baselines.scoring import on_image
from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext
from iad_eval.words import ClassSamples, Sample

_BATCH_ON_GPU: Final = 16
_BATCH_ON_CPU: Final = 2
_CLASSES: Final = 2
"""Classes whose good patches are kept: the one at hand, and the next one's, whose views are asked ahead."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Of one image: the maximum of its map, the map on the image's own grid, the answer, the time it took."""

    score: float
    anomaly_map: NDArray[np.float32]
    answer: str | None
    latency_s: float


class Judge:
    """Loads networks when the first image wants them, and keeps them until it is closed."""

    def __init__(self, name: str, recipe: Recipe, context: ModelContext) -> None:
        self._name, self._recipe, self._context = name, recipe, context
        self._loaded: tuple[dict[str, Path], Networks] | None = None
        self._good: OrderedDict[tuple[Sample, ...], list[torch.Tensor]] = OrderedDict()
        self._device: torch.device | None = None

    def needs(self, dataset: str) -> dict[str, Path]:
        """The files that images of a dataset are judged with. Raises ModelError where one is missing."""
        return dict(needed(self._recipe, self._name == ANSWER, dataset, self._context))

    def references(self, siblings: ClassSamples) -> tuple[Sample, ...]:
        """The good photographs that a class's images are compared with; () where they are not.

        Raises ModelError where there are not as many.
        """
        if self._recipe.path != "few-shot":
            return ()
        first, last = self._recipe.reference, self._recipe.reference + self._recipe.shots
        if len(siblings.train) < last:
            of = any_of(siblings)
            raise ModelError(
                f"{of.dataset}/{of.class_name} has {len(siblings.train)} training images, and {self._name} "
                f"compares with those from {first} to {last - 1}: set reference and shots lower in "
                '--iad-detectors, or path = "supervised"'
            )
        return siblings.train[first:last]

    def ready(self, siblings: ClassSamples) -> Networks:
        """The networks for a class. Raises IadError where they cannot be had."""
        self.references(siblings)
        paths = self.needs(any_of(siblings).dataset)
        if self._loaded is None or self._loaded[0] != paths:
            self.close()
            precision = self._recipe.precision
            loaded = networks.load(paths, self._where(), precision, self._context, self._name)
            self._loaded = paths, loaded
        return self._loaded[1]

    def batch(self) -> int:
        """How many images are looked at together."""
        if self._recipe.batch:
            return self._recipe.batch
        return _BATCH_ON_CPU if self._where().type == "cpu" else _BATCH_ON_GPU

    def judge(self, images: Sequence[Image.Image], siblings: ClassSamples, has_answers: bool) -> list[Judged]:
        """Judges RGB images of a class, in their order. Raises IadError where they cannot be."""
        try:
            with torch.inference_mode():
                return self._judged(images, siblings, has_answers)
        except torch.cuda.OutOfMemoryError as error:
            raise ModelError(
                f"the device's memory does not hold {self._name} with {len(images)} images at once: set a "
                "smaller batch in --iad-detectors, or choose another --iad-device"
            ) from error

    def close(self) -> None:
        """Gives back the memory; may be called twice."""
        self._loaded = None
        self._good.clear()
        release()

    def _judged(
        self, images: Sequence[Image.Image], siblings: ClassSamples, has_answers: bool
    ) -> list[Judged]:
        recipe, of = self._recipe, any_of(siblings)
        loaded = self.ready(siblings)
        good = self._good_patches(loaded, siblings)
        begun = time.perf_counter()
        word = class_word(of.class_name, recipe.corrected_class_words)
        seen = loaded.see(images, recipe.preprocessing)
        maps = loaded.maps(seen, word, good)
        on_grids = maps[:, 0].float().cpu().numpy()
        each_s = (time.perf_counter() - begun) / len(images)
        asked = prompt(of.class_name, recipe.corrected_class_words)
        found = []
        for number, (image, on_grid) in enumerate(zip(images, on_grids, strict=True)):
            begun, answer = time.perf_counter(), None
            if has_answers:
                shown = loaded.shown(seen, number, maps, asked)
                answer = loaded.answer(shown, recipe.longest, recipe.top_p, self._context.seed)
            took = each_s + time.perf_counter() - begun
            placed = on_image(on_grid, image.size, box(image.size, recipe.preprocessing))
            found.append(Judged(float(on_grid.max()), placed, answer, took))
        return found

    def _where(self) -> torch.device:
        if self._device is None:
            self._device = device(self._context)
        return self._device

    def _good_patches(self, loaded: Networks, siblings: ClassSamples) -> list[torch.Tensor] | None:
        """(k, 256, W) of each level on the few-shot path."""
        samples = self.references(siblings)
        if not samples:
            return None
        if samples not in self._good:
            while len(self._good) >= _CLASSES:
                self._good.popitem(last=False)
            parts = [
                loaded.see([self._context.read(sample.image_path)], self._recipe.preprocessing).features
                for sample in samples
            ]
            self._good[samples] = [torch.cat(level) for level in zip(*parts, strict=True)]
        self._good.move_to_end(samples)
        return self._good[samples]


def any_of(siblings: ClassSamples) -> Sample:
    """A sample of the class, which tells its name."""
    return (*siblings.train, *siblings.test)[0]
