"""How a photograph becomes 224 x 224 pixels, and where on it those lie."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from PIL import Image

from baselines.anomalygpt.towers import SIDE_PX
from baselines.scoring import Box

Fitting = Literal["crop", "squash"]
"""``crop``: the short side to 224, then the middle (test scripts). ``squash``: both (web demo, training)."""

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_DEVIATION = (0.26862954, 0.26130258, 0.27577711)


def prepared(image: Image.Image, fitting: Fitting) -> torch.Tensor:
    """An RGB image as the image tower takes it: (3, 224, 224), by CLIP's mean and deviation."""
    size, left, top = _placed(image.size, fitting)
    resized = image.resize(size, Image.Resampling.BICUBIC)
    pixels = np.array(resized.crop((left, top, left + SIDE_PX, top + SIDE_PX)), np.float32) / 255
    normal = (pixels - np.array(_MEAN, np.float32)) / np.array(_DEVIATION, np.float32)
    return torch.from_numpy(normal.transpose(2, 0, 1).copy())


def box(size: tuple[int, int], fitting: Fitting) -> Box:
    """Which part of an image of a size (width, height) is looked at, in its pixels."""
    (width, height), left, top = _placed(size, fitting)
    across, down = size[0] / width, size[1] / height
    return left * across, top * down, (left + SIDE_PX) * across, (top + SIDE_PX) * down


def _placed(size: tuple[int, int], fitting: Fitting) -> tuple[tuple[int, int], int, int]:
    """The size that an image is brought to, and the left upper corner of the part that is taken."""
    if fitting == "squash":
        return (SIDE_PX, SIDE_PX), 0, 0
    width, height = size
    short = min(size)
    resized = (SIDE_PX * width // short, SIDE_PX * height // short)  # whole pixels, rounded down
    return resized, round((resized[0] - SIDE_PX) / 2), round((resized[1] - SIDE_PX) / 2)
