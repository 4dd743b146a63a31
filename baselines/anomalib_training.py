"""Training anomalib's modules on good images: through anomalib's own ``Engine.fit``, and nothing left behind.

The modules bring their optimisers, schedules, callbacks and pre-processors. The engine is given no
validation and no test images, no logger and a temporary folder: nothing is decided by looking at
test images, and nothing is written beside them.
"""

from __future__ import annotations

import math
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

import numpy as np
import torch
from anomalib.callbacks.checkpoint import ModelCheckpoint
from anomalib.data import ImageBatch, ImageItem
from anomalib.data.transforms.utils import extract_transforms_by_type
from anomalib.engine import Engine
from anomalib.models import Dinomaly, EfficientAd, InpFormer
from lightning.pytorch import Callback, LightningDataModule
from lightning.pytorch.strategies import SingleDeviceStrategy
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms.v2 import Resize
from torchvision.tv_tensors import Mask

from baselines.scoring import quiet
from iad_eval.errors import ModelError

Prepare: TypeAlias = Callable[[Image.Image], Any]
"""An RGB image -> a tensor (3, height, width), all of one size: uint8, or float32 as the module wants it
(0 to 1 where it has a pre-processor of its own)."""

Grid: TypeAlias = int | tuple[int, int] | Prepare | None
"""The grid training images are brought to, once: a side or (height, width) in pixels (bilinear, PIL),
a function of one's own, or None for the resizing of the module's own pre-processor, as anomalib does."""

MEMORY_BYTES: Final = 1 << 30
"""Prepared training images are kept in memory up to this size, and made anew for every epoch beyond it."""

_EVERY_S: Final = 1.0  # between two lines of progress


def train(
    module: Any,
    images: Sequence[Image.Image],
    side: Grid = None,
    *,
    device: Any,
    steps: int | None = None,
    epochs: int | None = None,
    batch: int = 8,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    num_workers: int = 0,
) -> None:
    """Trains an ``AnomalibModule``, as it was constructed; then it is in evaluation mode on ``device``.

    ``images`` are good RGB photographs. Training ends after ``steps`` steps of an optimiser or
    ``epochs`` passes, whichever comes first; modules that look once at their images (Padim,
    Patchcore ...) need neither. Random numbers are seeded here and given back as they were.
    Raises ModelError for no images, for a loss that is no longer a number, and for a device whose
    memory does not suffice.
    """
    if not len(images):
        raise ModelError(f"{module.name} was given no training images; add photographs of good parts")
    with tempfile.TemporaryDirectory(prefix="iad-training-") as folder, quiet(), seeded(seed):
        data = GoodImages(images, grid_of(module, side))
        engine = Engine(
            callbacks=[ModelCheckpoint(dirpath=folder, save_top_k=0), _Saying(progress), _SteppedByStep()],
            logger=False,
            default_root_dir=folder,
            strategy=SingleDeviceStrategy(device=torch.device(device)),
            accelerator="gpu" if torch.device(device).type == "cuda" else torch.device(device).type,
            devices=1,
            max_epochs=-1 if epochs is None and steps is not None else epochs,
            max_steps=-1 if steps is None else steps,
            limit_val_batches=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        try:
            with _interruptible():
                engine.fit(module, datamodule=_GoodOnly(data, batch, num_workers))
        except torch.OutOfMemoryError as error:
            raise ModelError(
                f"training {module.name} with batch = {batch} wants more memory than {device} has; give a "
                "smaller batch in the file of --iad-detectors, or another --iad-device"
            ) from error
        finally:
            module.trainer = None  # it holds the images
    module.to(device).eval()


class GoodImages(Dataset):
    """Good images on one grid, as anomalib's items; prepared once and kept where they fit into memory."""

    def __init__(self, images: Sequence[Image.Image], prepare: Prepare) -> None:
        self._images = images
        self._prepare = prepare
        self._kept: list[Any] = []
        first = prepare(images[0])
        if first.nbytes * len(images) <= MEMORY_BYTES:
            self._kept = [prepare(image) for image in images]  # iterating decodes ahead

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> Any:
        """The image as an ``ImageItem``: float32 (3, height, width) between 0 and 1, good everywhere."""
        tensor = self._kept[index] if self._kept else self._prepare(self._images[index])
        if tensor.dtype == torch.uint8:
            tensor = tensor.to(torch.float32) / 255
        nowhere = torch.zeros(tensor.shape[-2:], dtype=torch.uint8)
        return ImageItem(image=tensor, gt_label=torch.tensor(0), gt_mask=Mask(nowhere))

    def loader(self, batch: int, *, shuffled: bool, num_workers: int = 0) -> Any:
        """Batches of them, as anomalib's own data modules make them: the last may be smaller."""
        return DataLoader(
            self, batch_size=batch, shuffle=shuffled, num_workers=num_workers, collate_fn=ImageBatch.collate
        )


def grid_of(module: Any, side: Grid) -> Prepare:
    """The function that brings an image to the grid that :data:`Grid` names."""
    if callable(side):
        return side
    if side is not None:
        height, width = (side, side) if isinstance(side, int) else side

        def resized(image: Image.Image) -> Any:
            return pixels(image.resize((width, height), Image.Resampling.BILINEAR))

        return resized
    transform = module.pre_processor.transform if module.pre_processor else None
    resizes = extract_transforms_by_type(transform, Resize)

    def as_anomalib(image: Image.Image) -> Any:
        tensor = pixels(image).to(torch.float32) / 255
        return resizes[0](tensor) if resizes else tensor

    return as_anomalib


def pixels(image: Image.Image) -> Any:
    """An RGB image as a uint8 tensor (3, height, width)."""
    return torch.from_numpy(np.array(image, np.uint8)).permute(2, 0, 1).contiguous()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Within it, the random numbers of Python, numpy and torch follow from ``seed``; afterwards as before."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - what anomalib draws from
    cuda = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices=cuda):
        random.seed(seed)
        np.random.seed(seed % (1 << 32))  # noqa: NPY002 - the same generator, whichever anomalib draws from
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002 - and gives it back as it was


class _GoodOnly(LightningDataModule):
    """Training images alone. Some modules ask their data module for its batch size and loaders."""

    name = "training"
    category = ""

    def __init__(self, data: GoodImages, batch: int, num_workers: int) -> None:
        super().__init__()
        self.train_batch_size = batch
        self._data = data
        self._num_workers = num_workers

    def train_dataloader(self) -> Any:
        """All images in a new order each time."""
        return self._data.loader(self.train_batch_size, shuffled=True, num_workers=self._num_workers)


class _Saying(Callback):
    """Says how far training is, about once a second, and ends it where the loss is no number."""

    def __init__(self, progress: Callable[[str], None] | None) -> None:
        self._progress = progress
        self._said = -math.inf

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        """Looks at the step that was just made."""
        step, total = _position(trainer, batch_idx)
        loss = _loss(outputs)
        if loss is not None and not math.isfinite(loss):
            raise ModelError(
                f"training {module.name} went astray: at step {step} its loss is {loss}. Give a smaller "
                "learning rate or a larger batch in the file of --iad-detectors"
            )
        now = time.monotonic()
        if self._progress is None or (now - self._said < _EVERY_S and step != total):
            return
        self._said = now
        self._progress(f"step {step} of {total}" + ("" if loss is None else f", loss {loss:.4g}"))


class _SteppedByStep(Callback):
    """Moves the learning rate every step where anomalib laid it out in steps.

    anomalib 2.7.0 hands these schedules to Lightning without an interval, which then takes one
    entry an epoch: the rate of the whole first epoch is 0, and no training comes to the schedule's end.
    """

    def on_train_start(self, trainer: Any, module: Any) -> None:
        """Looks at the schedules that the module brought."""
        if isinstance(module, Dinomaly | InpFormer | EfficientAd):
            for config in trainer.lr_scheduler_configs:
                config.interval = "step"


def _position(trainer: Any, batch_idx: int) -> tuple[int, int]:
    """The step that was made last, and the number of all."""
    batches = int(trainer.num_training_batches)
    made = trainer.current_epoch * batches + batch_idx + 1
    passes = trainer.max_epochs * batches if trainer.max_epochs and trainer.max_epochs > 0 else math.inf
    if 0 < trainer.max_steps < passes:
        return trainer.global_step, trainer.max_steps
    return made, int(passes) if math.isfinite(passes) else made


def _loss(outputs: Any) -> float | None:
    """The loss that a training step gave; None for none and for the 0 of modules that only look."""
    found = outputs.get("loss") if isinstance(outputs, dict) else outputs
    if not isinstance(found, torch.Tensor) or found.numel() != 1:
        return None
    return float(found.detach()) or None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Lightning turns Ctrl-C into an exit and stops listening to it: here it stays what it is."""
    in_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if in_main else None
    try:
        yield
    except SystemExit as left:
        if isinstance(left.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from left
        raise
    finally:
        if in_main:
            signal.signal(signal.SIGINT, handler)
