"""A network that scores images: prepared, judged together, their maps laid on the photographs."""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from iad_eval.errors import ModelError
from iad_eval.predictors import Calibration
from iad_eval.predictors.trained_detector import Scored

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of a photograph."""

ON_CPU: Final = 4
"""Images at once: of more, less stays in the processor's caches (``benchmarks/detectors.py``)."""

ON_GPU: Final = 32

Arrays = Mapping[str, NDArray[np.generic]]
Prepare = Callable[[Image.Image], torch.Tensor]
Judge = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]]


def _nothing() -> Arrays:
    return {}


class NetworkFit:
    """A network as a :class:`iad_eval.predictors.trained_detector.Fitted` that takes batches.

    ``prepare`` makes a (3, h, w) tensor of an RGB image; ``judge`` takes (B, 3, h, w) on the device and
    gives scores (B,) and anomaly maps (B, h', w') or None. ``box_of`` says where on a photograph of a
    size (width, height) its map lies, None: everywhere. ``batch`` is how many images are judged at once,
    0: what suits the device. ``arrays`` is what ``restore`` needs.
    """

    def __init__(
        self,
        prepare: Prepare,
        judge: Judge,
        device: torch.device,
        *,
        batch: int = 0,
        box_of: Callable[[tuple[int, int]], Box] | None = None,
        arrays: Callable[[], Arrays] = _nothing,
        calibration: Calibration | None = None,
    ) -> None:
        self._prepare = prepare
        self._judge = judge
        self._device = device
        self.batch = batch or (ON_CPU if device.type == "cpu" else ON_GPU)
        self._box_of = box_of
        self._arrays = arrays
        self._calibration = calibration

    def score(self, image: Image.Image) -> Scored:
        """One RGB image's score and map."""
        return self.scores([image])[0]

    def scores(self, images: Sequence[Image.Image]) -> list[Scored]:
        """Each RGB image's score and map, in their order. Raises ModelError where memory is not enough."""
        try:
            with torch.inference_mode():
                shown = torch.stack([self._prepare(image) for image in images]).to(self._device)
                judged, maps = self._judge(shown)
            values = judged.reshape(-1).double().cpu().tolist()
            on_grid = None if maps is None else maps.float().cpu().numpy()
        except torch.cuda.OutOfMemoryError as error:
            raise ModelError(
                f"the device's memory does not hold {len(images)} images at once: set a smaller batch in "
                "--iad-detectors, or choose another --iad-device"
            ) from error
        return [
            Scored(value, None if on_grid is None else self._placed(on_grid[number], image.size))
            for number, (value, image) in enumerate(zip(values, images, strict=True))
        ]

    def calibration(self) -> Calibration | None:
        """What was given; None: the training images are scored like any other."""
        return self._calibration

    def arrays(self) -> Arrays:
        """What ``restore`` needs."""
        return self._arrays()

    def _placed(self, found: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
        return on_image(found, size, None if self._box_of is None else self._box_of(size))


def on_image(
    found: NDArray[np.float32], size: tuple[int, int], box: Box | None = None
) -> NDArray[np.float32]:
    """An anomaly map (h, w) on a photograph of ``size`` (width, height), bilinear: float32 (height, width).

    Outside ``box``, which the detector did not look at, stands the map's minimum.
    """
    width, height = size
    image = Image.fromarray(np.ascontiguousarray(found, np.float32))
    if box is None:
        return np.asarray(image.resize(size, Image.Resampling.BILINEAR), np.float32)
    left, top, right, bottom = (round(edge) for edge in box)
    placed = np.full((height, width), found.min(), np.float32)
    inside = (slice(max(0, top), min(height, bottom)), slice(max(0, left), min(width, right)))
    laid = np.asarray(image.resize((right - left, bottom - top), Image.Resampling.BILINEAR), np.float32)
    placed[inside] = laid[
        inside[0].start - top : inside[0].stop - top, inside[1].start - left : inside[1].stop - left
    ]
    return placed


@contextlib.contextmanager
def quiet() -> Iterator[Path]:
    """Keeps anomalib and Lightning from writing into the terminal or the working directory.

    Gives a temporary folder for whatever they insist on writing.
    """
    disabled = logging.root.manager.disable
    before = {name: os.environ.get(name) for name in _SILENCED}
    with tempfile.TemporaryDirectory(prefix="iad-eval-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)  # Lightning sets its own level when it is first imported
        os.environ.update(_SILENCED)
        try:
            yield Path(folder)
        finally:
            logging.disable(disabled)
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


_SILENCED = {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
