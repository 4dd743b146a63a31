"""What a defect is asked to be, and how it is fitted to the area it is asked to have."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageFilter

from iad_eval.drawing.camera import Part, photograph
from iad_eval.drawing.canvas import SIZE, Colours
from iad_eval.drawing.scene import Scene

SMALLEST, LARGEST = 0.002, 0.30
"""Least and greatest share of the picture that a mask marks."""

TOLERANCE = 5 / 255
"""A pixel counts as changed where any channel differs by more than this, before noise."""

_CLOSE_ENOUGH = 1.2
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """One defect to be drawn: ``pixels`` is the area that it should change.

    ``visibility`` goes from 0 (hard to see) to 1 (plain); ``rng`` draws its shape and place, the
    same at every attempt to fit the area.
    """

    pixels: float
    visibility: float
    rng: Generator

    def between(self, faint: float, plain: float) -> float:
        """The value for this visibility, between the two ends."""
        return faint + (plain - faint) * self.visibility


Spoil = Callable[[Part, Scene, Fault], Part]
"""The part with the fault; the given part is left as it is."""


def spoilt(
    part: Part, scene: Scene, spoil: Spoil, pixels: float, visibility: float
) -> tuple[Colours, Image.Image]:
    """The photograph of the part with a defect, before noise, and the mask of what it changed.

    The mask (``L``, 0 or 255) holds every pixel that differs from the photograph of the same part without
    the defect by more than :data:`TOLERANCE`, with gaps of a pixel or two closed. The defect is
    drawn again, larger or smaller, until the mask has about the area asked for.
    """
    twin = photograph(part, scene)
    best: tuple[float, Colours, Image.Image] | None = None
    aim = pixels
    for _ in range(_ATTEMPTS):
        picture = photograph(spoil(part, scene, Fault(aim, visibility, scene.named("defect"))), scene)
        mask = changed(picture, twin)
        area = max(1, np.count_nonzero(np.asarray(mask)))
        miss = abs(math.log(area / pixels))
        if best is None or miss < best[0]:
            best = (miss, picture, mask)
        if miss < math.log(_CLOSE_ENOUGH):
            break
        aim = min(max(aim * (pixels / area), aim / 6), aim * 6)
        visibility = min(1.0, visibility + 0.1) if area < pixels else visibility
    assert best is not None
    return best[1], best[2]


def changed(picture: Colours, twin: Colours) -> Image.Image:
    """The mask (``L``, 0 or 255) of where two pictures differ by more than :data:`TOLERANCE`."""
    differs = np.abs(picture - twin).max(axis=0) > TOLERANCE
    mask = Image.fromarray(differs.astype(np.uint8) * 255)
    framed = Image.new("L", (SIZE + 8, SIZE + 8))
    framed.paste(mask, (4, 4))
    closed = framed.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.MinFilter(3))
    return closed.crop((4, 4, SIZE + 4, SIZE + 4))
