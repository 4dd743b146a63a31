"""What anomalib's pre-processors do to a photograph's size, and where its map lies on it afterwards."""

from __future__ import annotations

from typing import Any

from anomalib.data.transforms.utils import extract_transforms_by_type
from torchvision.transforms.v2 import CenterCrop, Resize

from baselines.anomalib_recipe import Recipe
from baselines.scoring import Box
from iad_eval.errors import ModelError


def require_size(module: Any, recipe: Recipe) -> None:
    """Some models have one size and pass over what they are asked for."""
    transform = module.pre_processor.transform if module.pre_processor else None
    sizes = [tuple(each.size) for each in extract_transforms_by_type(transform, Resize)]
    if recipe.side is not None and sizes and sizes[0] != recipe.side:
        height, width = sizes[0] if len(sizes[0]) > 1 else sizes[0] * 2
        raise ModelError(
            f"{recipe.name} works at {height} x {width} pixels only: leave side_px out of its table of "
            "--iad-detectors"
        )


def box_of(transform: Any) -> Any:
    """Where on a photograph the map of a pre-processor with a centre crop lies; None: everywhere."""
    resizes = extract_transforms_by_type(transform, Resize)
    crops = extract_transforms_by_type(transform, CenterCrop)
    if not crops:
        return None

    def box(size: tuple[int, int]) -> Box:
        width, height = size
        wanted = [int(side) for side in resizes[0].size] if resizes else [height, width]
        if len(wanted) == 1:  # the shorter side
            wanted = [round(wanted[0] * side / min(size)) for side in (height, width)]
        down, right = wanted[0] / height, wanted[1] / width
        high, wide = (min(int(cut), side) for cut, side in zip(crops[0].size, wanted, strict=True))
        top, left = round((wanted[0] - high) / 2), round((wanted[1] - wide) / 2)
        return left / right, top / down, (left + wide) / right, (top + high) / down

    return box
