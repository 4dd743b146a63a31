"""What Qwen2-VL sees of a picture: its size after resizing, and its visual tokens."""

from __future__ import annotations

import math

from iad_eval.profiles import CELL


def seen_size(size: tuple[int, int], min_pixels: int, max_pixels: int) -> tuple[int, int]:
    """Width and height (px) at which a picture of ``size`` (width, height) reaches the vision tower.

    Both sides become multiples of 28; the area is brought between the limits with the sides' ratio
    kept as nearly as that allows (Qwen2-VL report, arXiv 2409.12191, section 2.1).
    """
    width, height = (round(side / CELL) * CELL for side in size)  # 0 for a thin strip: enlarged below
    if width * height > max_pixels:
        factor = math.sqrt(size[0] * size[1] / max_pixels)
        width, height = (max(CELL, math.floor(side / factor / CELL) * CELL) for side in size)
    elif width * height < min_pixels:
        factor = math.sqrt(min_pixels / (size[0] * size[1]))
        width, height = (math.ceil(side * factor / CELL) * CELL for side in size)
    return width, height


def visual_tokens(seen: tuple[int, int]) -> int:
    """How many tokens of the prompt a picture of this seen size takes."""
    return (seen[0] // CELL) * (seen[1] // CELL)
