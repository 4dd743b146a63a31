"""INP-Former's network: anomalib's module with what it lacks for the authors' checkpoints and scores.

Luo et al., "Exploring Intrinsic Normal Prototypes within a Single Image for Universal Anomaly
Detection", CVPR 2025. Repaired, against anomalib 2.7.0: the biases of nine MLPs, the position
embedding's way from 37 x 37 to the picture's grid, the aggregation of the score, and the schedule of
the learning rate, which advanced by epochs and began at zero. Shapes: pictures are float32 (batch, 3,
side, side), normalised; maps (batch, 256, 256).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import timm
import torch
from anomalib.models import InpFormer
from anomalib.models.components.feature_extractors import timm as extractors
from anomalib.models.image.dinomaly.components import DinomalyMLP
from anomalib.models.image.inp_former import lightning_model, torch_model
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms import functional

from baselines.glass_network import MEAN, STD, replaced
from iad_eval.errors import UsageError

PATCH_PX: Final = 14
REGISTERS: Final = 4

_PUBLISHED_GRID: Final = 37  # patches: DINOv2 was trained at 518 pixels
_OFFSET: Final = 0.1  # patches, added before DINOv2 scales its position embedding
_MAP_PX: Final = 256
_KERNEL: Final = 5
_SIGMA: Final = 4.0
_TOP: Final = 0.01
_DECODER_BLOCKS: Final = 8
_WARMUP_STEPS: Final = 100
_TRAINED: Final = ("prototype_token.", "bottleneck.", "aggregation.", "decoder.")
_ENCODER: Final = "encoder.feature_extractor."


@dataclass(frozen=True, slots=True)
class Build:
    """What the network is made of: the authors' sizes by default, smaller ones for trying out.

    Pictures are squashed to ``resize_px`` and cropped to ``side_px``; the encoder is a DINOv2 with
    registers of so many blocks, that width and so many heads.
    """

    resize_px: int = 448
    side_px: int = 392
    blocks: int = 12
    width: int = 768
    heads: int = 12
    prototypes: int = 6

    def __post_init__(self) -> None:
        wrong = (
            f"side_px = {self.side_px} is no multiple of {PATCH_PX}, the encoder's patches"
            if self.side_px % PATCH_PX or self.side_px <= 0
            else f"resize_px = {self.resize_px} is smaller than side_px = {self.side_px}"
            if self.resize_px < self.side_px
            else f"encoder_width = {self.width} is not shared out evenly among encoder_heads = {self.heads}"
            if self.heads < 1 or self.width < 1 or self.width % self.heads
            else f"encoder_blocks = {self.blocks} is less than two: their features are compared in two groups"
            if self.blocks < 2
            else f"prototypes = {self.prototypes}: at least one is needed"
            if self.prototypes < 1
            else ""
        )
        if wrong:
            raise UsageError(f"--iad-detectors: inp-former cannot be built: {wrong}")

    @property
    def looked_at(self) -> list[int]:
        """The blocks whose features are compared: the third to the tenth, or the last of fewer."""
        last = min(self.blocks, 10)
        return list(range(max(0, last - _DECODER_BLOCKS), last))


class Network(InpFormer):
    """anomalib's module, repaired. What is to be trained starts as the authors start it.

    ``encoder`` gives the encoder: Lightning copies arguments that are networks themselves.
    """

    def __init__(self, build: Build, encoder: Callable[[], Any]) -> None:
        network, looked_at = encoder(), build.looked_at
        sizes = {"embed_dim": build.width, "num_heads": build.heads, "target_layers": looked_at}
        half = len(looked_at) // 2
        groups = [list(range(half)), list(range(half, len(looked_at)))]
        with (
            replaced(extractors.timm, "create_model", lambda *_, **__: network),
            replaced(torch_model.InpFormerModel, "_get_architecture_config", staticmethod(lambda *_: sizes)),
        ):
            super().__init__(
                target_layers=looked_at,
                fuse_layer_encoder=groups,
                inp_num=build.prototypes,
                pre_processor=False,
                post_processor=False,
                evaluator=False,
                visualizer=False,
            )
        for block in (*self.model.aggregation, *self.model.decoder):
            block.mlp = DinomalyMLP(build.width, 4 * build.width, bias=True)
        self._initialize_trainable_modules(self.trainable_modules)

    def configure_optimizers(self) -> Any:
        """The authors' optimiser, and their schedule, which advances with every step.

        It warms up for 100 steps, or for a tenth of the training where that is shorter.
        """
        steps = self.trainer.estimated_stepping_batches
        usual = lightning_model.TRAINING_CONFIG
        schedule = {**usual["scheduler"], "warmup_iters": min(_WARMUP_STEPS, steps // 10)}
        with replaced(lightning_model, "TRAINING_CONFIG", {**usual, "scheduler": schedule}):
            optimisers, (scheduler,) = super().configure_optimizers()
        return optimisers, [{"scheduler": scheduler, "interval": "step"}]


def encoder(build: Build) -> Any:
    """A DINOv2 with registers, for pictures of that size, with random weights; nothing is downloaded."""
    network = timm.create_model(
        "vit_base_patch14_reg4_dinov2",
        pretrained=False,
        img_size=build.side_px,
        depth=build.blocks,
        embed_dim=build.width,
        num_heads=build.heads,
        dynamic_img_size=True,
    )
    return network.eval().requires_grad_(False)


def empty(build: Build) -> Any:
    """The model without values, for a checkpoint that brings them all."""
    with torch.device("meta"):
        model = Network(build, lambda: encoder(build)).model
    return model.to_empty(device="cpu").eval()


def from_authors(tensors: Mapping[str, Any], build: Build) -> dict[str, Any]:
    """The tensors of an authors' ``model.pth`` under anomalib's names.

    The encoder's mask token, which inference does not use, is dropped. Names that are not
    known here stay as they are, for :func:`baselines.checkpoints.load_exactly` to name.
    """
    ours: dict[str, Any] = {}
    encoder: dict[str, Any] = {}
    for name, tensor in tensors.items():
        if name.startswith("encoder."):
            encoder[name.removeprefix("encoder.")] = tensor
        else:
            ours["prototype_token.0" if name == "prototype_token" else name] = tensor
    return {**ours, **{_ENCODER + name: tensor for name, tensor in encoder_tensors(encoder, build).items()}}


def encoder_tensors(tensors: Mapping[str, Any], build: Build) -> dict[str, Any]:
    """A DINOv2 encoder's tensors under timm's names, its position embedding at the picture's size.

    Takes Meta's layout (``register_tokens``, the class token's position apart) and timm's
    (``reg_token``, the class token's position added to it).
    """
    named = {name: tensor.float() for name, tensor in tensors.items()}
    if "register_tokens" in named:
        named.pop("mask_token", None)
        named["reg_token"] = named.pop("register_tokens")
        if "cls_token" in named and named.get("pos_embed") is not None:
            named["cls_token"] = named["cls_token"] + named["pos_embed"][:, :1]
            named["pos_embed"] = named["pos_embed"][:, 1:]
    if "pos_embed" in named:
        named["pos_embed"] = _at_size(named["pos_embed"], build.side_px // PATCH_PX)
    return named


def _at_size(embedding: Any, grid: int) -> Any:
    """DINOv2's own resampling, (1, 37 * 37, width) -> (1, grid * grid, width).

    Bicubic, by a factor a little larger than the ratio of the sizes. An embedding of any other
    size is left as it is: it belongs to no published encoder, and loading says so.
    """
    if embedding.ndim != 3 or embedding.shape[1] != _PUBLISHED_GRID**2 or grid == _PUBLISHED_GRID:
        return embedding
    square = embedding.reshape(1, _PUBLISHED_GRID, _PUBLISHED_GRID, -1).permute(0, 3, 1, 2)
    factor = (grid + _OFFSET) / _PUBLISHED_GRID
    scaled = torch.nn.functional.interpolate(square, scale_factor=(factor, factor), mode="bicubic")
    return scaled.permute(0, 2, 3, 1).reshape(1, grid * grid, -1)


def picture(image: Image.Image, build: Build) -> Any:
    """An image as the network takes it: squashed to a square by Pillow, cropped, normalised."""
    squashed = functional.resize(image, [build.resize_px, build.resize_px])
    cropped = functional.center_crop(functional.to_tensor(squashed), [build.side_px, build.side_px])
    return functional.normalize(cropped, MEAN, STD)


def box(size: tuple[int, int], build: Build) -> tuple[float, float, float, float]:
    """Where the crop lies in an image of that (width, height): left, top, right, bottom in its pixels."""
    first = round((build.resize_px - build.side_px) / 2) / build.resize_px
    last = first + build.side_px / build.resize_px
    width, height = size
    return first * width, first * height, last * width, last * height


def judge(model: Any, batch: Any) -> tuple[Any, Any]:
    """The images' scores (batch,) and maps (batch, 256, 256), as the authors take them.

    How far decoded features lie from encoded ones, enlarged to the picture, brought to 256
    pixels and blurred; the score is the mean of the highest hundredth.
    """
    model.eval()
    with torch.inference_mode():
        encoded, decoded, _ = model.get_encoder_decoder_inploss(batch)
        found, _ = model.calculate_anomaly_maps(encoded, decoded, out_size=tuple(batch.shape[-2:]))
        found = torch.nn.functional.interpolate(found, size=_MAP_PX, mode="bilinear", align_corners=False)
        maps = torch.nn.functional.conv2d(found, _kernel().to(found), padding=_KERNEL // 2)
        highest = maps.flatten(1).topk(int(_MAP_PX * _MAP_PX * _TOP), dim=1).values
        return highest.mean(dim=1), maps.squeeze(1)


@functools.cache
def _kernel() -> Any:
    offsets = torch.arange(_KERNEL, dtype=torch.float64) - _KERNEL // 2
    line = torch.exp(-(offsets**2) / (2 * _SIGMA**2))
    square = torch.outer(line, line)
    return (square / square.sum())[None, None]


def trained(model: Any) -> dict[str, Any]:
    """What training changes: everything but the encoder."""
    return {name: tensor for name, tensor in model.state_dict().items() if name.startswith(_TRAINED)}


def encoder_names(model: Any) -> list[str]:
    """The names of the encoder's tensors in the module."""
    return [name for name in model.state_dict() if name.startswith(_ENCODER)]


def kept_names(model: Any) -> list[str]:
    """What is in the module and in no checkpoint: anomalib's own blur, which is not used."""
    return [name for name in model.state_dict() if not name.startswith((*_TRAINED, _ENCODER))]


def arrays(model: Any) -> dict[str, NDArray[np.generic]]:
    """What was trained, as arrays."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in trained(model).items()}


def steps_of(images: int, batch: int, epochs: int) -> int:
    """Optimiser steps of so many epochs."""
    return epochs * math.ceil(images / batch)
