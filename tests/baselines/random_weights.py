"""Random weights for tests: every tensor, those that are zero or one at first too, from one seed.

Uniform draws only: torch makes them from the Mersenne Twister alone, so that they are the same to the
bit on every processor, which normal draws are not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from PIL import Image

_SCALES = ("gamma", "learn_scale")


def random_tensors(shapes: Mapping[str, tuple[int, ...]], seed: int, gain: float = 1.0) -> dict[str, Any]:
    """Tensors of these names and shapes, in the order of their names whatever the mapping's is.

    Matrices and kernels keep the size of what they are multiplied with, times ``gain``; scales of
    normalisations are 0.8 to 1.2, biases and means -0.1 to 0.1, variances 0.5 to 1.5.
    """
    generator = torch.Generator().manual_seed(seed)
    return {name: _tensor(name, tuple(shapes[name]), generator, gain) for name in sorted(shapes)}


def fill(module: Any, seed: int, gain: float = 1.0) -> Any:
    """Gives all of a module's parameters and buffers random values, running statistics too; returns it."""
    kept = module.state_dict()
    drawn = random_tensors({name: tuple(kept[name].shape) for name in kept}, seed, gain)
    with torch.no_grad():
        for name, tensor in kept.items():
            tensor.copy_(drawn[name])
    return module


def _tensor(name: str, shape: tuple[int, ...], generator: Any, gain: float) -> Any:
    last = name.rsplit(".", 1)[-1]
    if last == "num_batches_tracked":
        return torch.tensor(7)
    even = torch.rand(shape, generator=generator)
    if last == "running_var":
        return even + 0.5
    if last in _SCALES or (last == "weight" and len(shape) == 1):
        return 0.8 + 0.4 * even
    if len(shape) < 2:
        return 0.2 * even - 0.1
    return (2 * even - 1) * (gain * math.sqrt(3 / math.prod(shape[1:])))


def random_image(seed: int, size: tuple[int, int]) -> Image.Image:
    """Soft blotches of all colours, RGB, of that (width, height)."""
    generator = torch.Generator().manual_seed(seed)
    coarse = (256 * torch.rand((8, 10, 3), generator=generator)).to(torch.uint8)
    return Image.fromarray(coarse.numpy()).resize(size, Image.Resampling.BICUBIC)
