"""GLASS's network: anomalib's module around a backbone that was loaded by path, scored as its authors do.

Chen et al., "A Unified Anomaly Synthesis Strategy with Gradient Ascent for Industrial Anomaly Detection
and Localization", ECCV 2024. Shapes: pictures are float32 (batch, 3, side, side), normalised; patch
scores (batch, side / 8, side / 8); maps (batch, side, side).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import timm
import torch
from anomalib.data.utils.generators import perlin
from anomalib.models import Glass
from anomalib.models.components.feature_extractors import timm as extractors
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import functional

from iad_eval.errors import ModelError

LAYERS: Final = ("layer2", "layer3")
UNUSED: Final = ("layer4.", "fc.")
"""What the backbone's file holds beyond those layers."""

MEAN: Final = (0.485, 0.456, 0.406)
STD: Final = (0.229, 0.224, 0.225)

_SIGMA: Final = 4.0  # pixels of the picture
_REACH: Final = 16  # scipy's gaussian_filter, which the authors call, cuts off at 4 sigma


@dataclass(frozen=True, slots=True)
class Build:
    """What the network is made of: the authors' sizes by default, smaller ones for trying out."""

    side_px: int = 288
    backbone: str = "wide_resnet50_2"
    features: int = 1536
    hidden: int = 1024


def backbone(build: Build) -> Any:
    """A backbone down to layer3, named as torchvision names it; raises ModelError for an unknown one."""
    try:
        network = timm.create_model(
            build.backbone, pretrained=False, features_only=True, exportable=True, out_indices=(2, 3)
        )
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ModelError(
            f'glass: timm has no backbone "{build.backbone}" with layer2 and layer3 ({error}). Residual '
            'networks have: name one in the recipe, such as backbone = "wide_resnet50_2" or "resnet18"'
        ) from error
    return network.eval().requires_grad_(False)


def used(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """A backbone file's tensors without the layers that GLASS does not run, in single precision."""
    return {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
        if not name.startswith(UNUSED)
    }


def probe(network: Any, side_px: int) -> None:
    """Moves a backbone's running statistics as the authors' code does, before training and before testing.

    It finds out the features' sizes by showing the network, which is in training mode then, one
    picture of ones: each batch normalisation forgets a tenth of what ImageNet taught it. The
    published checkpoints are trained on such features.
    """
    network.train()
    with torch.no_grad():
        network(torch.ones(1, 3, side_px, side_px, device=next(network.parameters()).device))
    network.eval()


def module(build: Build, network: Any, **training: Any) -> Any:
    """anomalib's module around ``network``; ``training`` are further arguments of its constructor.

    anomalib's ``pre_trained=False`` cannot be trained (2.7.0: its optimiser is given the backbone's
    name), so that the module believes its backbone to come from timm's hub, and freezes it.
    """
    with replaced(extractors.timm, "create_model", lambda *_, **__: network):
        made = Glass(
            input_shape=(build.side_px, build.side_px),
            backbone=build.backbone,
            layers=list(LAYERS),
            pretrain_embed_dim=build.features,
            target_embed_dim=build.features,
            discriminator_hidden=build.hidden,
            pre_processor=False,
            post_processor=False,
            evaluator=False,
            visualizer=False,
            **training,
        )
    return made


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Within it, ``owner.name`` is ``value``: for what a library takes no argument for."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def picture(image: Image.Image, resize_px: int, side_px: int) -> Image.Image:
    """The part that is judged: the short side resized to ``resize_px``, bilinearly, and a centre crop."""
    shrunk = functional.resize(image, [resize_px])
    cropped: Image.Image = functional.center_crop(shrunk, [side_px, side_px])
    return cropped


def pixels(judged: Image.Image) -> Any:
    """A picture as the network takes it: float32 (3, height, width), ImageNet's mean taken out."""
    return functional.normalize(functional.to_tensor(judged), MEAN, STD)


def box(size: tuple[int, int], resize_px: int, side_px: int) -> tuple[float, float, float, float]:
    """Where that part lies in an image of this (width, height): left, top, right, bottom in its pixels."""
    width, height = size
    short = min(size)
    shrunk = [resize_px if side == short else int(resize_px * side / short) for side in (width, height)]
    left, top = (round((side - side_px) / 2) for side in shrunk)
    across, down = width / shrunk[0], height / shrunk[1]
    return left * across, top * down, (left + side_px) * across, (top + side_px) * down


def judge(model: Any, batch: Any) -> tuple[Any, Any]:
    """The images' scores (batch,) and maps (batch, side, side), as the authors take them.

    The score is the highest patch's. The map is the patches' scores enlarged bilinearly and
    blurred, mirrored at its borders with the border pixel twice, as scipy does.
    """
    model.eval()
    with torch.inference_mode():
        embedded, shapes = model.generate_embeddings(batch, evaluation=True)
        patches = model.discriminator(model.projection(embedded)).reshape(len(batch), 1, *shapes[0])
        enlarged = torch.nn.functional.interpolate(
            patches, size=batch.shape[-2:], mode="bilinear", align_corners=False
        )
        return patches.flatten(1).amax(dim=1), _blurred(enlarged).squeeze(1)


def _blurred(maps: Any) -> Any:
    offsets = torch.arange(-_REACH, _REACH + 1, dtype=torch.float64)
    kernel = torch.exp(-(offsets**2) / (2 * _SIGMA**2))
    kernel = (kernel / kernel.sum()).to(maps)
    for axis in (-2, -1):
        size = maps.shape[axis]
        at = torch.arange(-_REACH, size + _REACH, device=maps.device) % (2 * size)
        mirrored = maps.index_select(axis, torch.where(at < size, at, 2 * size - 1 - at))
        shape = [1, 1, 1, 1]
        shape[axis] = len(kernel)
        maps = torch.nn.functional.conv2d(mirrored, kernel.reshape(shape))
    return maps


def head(model: Any) -> dict[str, Any]:
    """What is trained, as the authors' files hold it: two modules' tensors."""
    return {"discriminator": model.discriminator, "pre_projection": model.projection}


def arrays(model: Any) -> dict[str, NDArray[np.generic]]:
    """What was trained, as arrays: ``discriminator.tail.0.weight`` ..."""
    return {
        f"{part}.{name}": tensor.detach().cpu().numpy()
        for part, trained in head(model).items()
        for name, tensor in trained.state_dict().items()
    }


@contextmanager
def textures_from_pillow() -> Iterator[None]:
    """Texture files are read by Pillow: torchvision's own reader wants libraries that a CPU build lacks."""

    def read(path: str, mode: Any = None) -> Any:
        with Image.open(path) as image:
            return functional.pil_to_tensor(image.convert("RGB"))

    with replaced(perlin.io, "read_image", read):
        yield


def steps_of(images: int, batch: int, epochs: int, limit: int) -> int:
    """Optimiser steps of so many epochs, each cut off once it has seen more than ``limit`` images."""
    return epochs * min(math.ceil(images / batch), limit // batch + 1)
