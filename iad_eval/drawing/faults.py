"""What a defect is asked to be, and how it is fitted to the area it is asked to have."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from iad_eval.drawing.camera import Part, photograph
from iad_eval.drawing.canvas import SIZE, Colours
from iad_eval.drawing.scene import Scene

SMALLEST, LARGEST = 0.002, 0.30
"""Least and greatest share of the picture that a mask marks."""

TOLERANCE = 5 / 255
"""A pixel counts as changed where any channel differs by more than this, before noise."""

_CLOSE_ENOUGH = 1.3
_MARGIN = 1.3  # keeps what is only nearly fitted within the range
_LARGE_FAINTEST = 0.3
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


@dataclass(frozen=True, slots=True)
class Defect:
    """A kind of defect: its areas as shares of the picture, and the least of its visibility (0..1).

    ``fringe_px`` is a first guess of how much the change outgrows the region it is drawn with: by this
    times the square root of the area (long and thin ones more than round ones).
    """

    name: str
    spoil: Spoil
    smallest: float = SMALLEST
    largest: float = LARGEST
    faintest: float = 0.0
    fringe_px: float = 6.0


def spoilt(
    part: Part, scene: Scene, defect: Defect, pixels: float, visibility: float
) -> tuple[Colours, Image.Image]:
    """The photograph of the part with a defect, before noise, and the mask of what it changed.

    The mask (``L``, 0 or 255) holds every pixel that differs from the photograph of the same part without
    the defect by more than :data:`TOLERANCE`, with gaps of a pixel or two closed. The defect is
    drawn again, larger or smaller, until the mask has about the area asked for; areas from
    :data:`SMALLEST` to :data:`LARGEST` are preferred to all others.
    """
    twin = photograph(part, scene)
    best: tuple[tuple[bool, float], Colours, Image.Image] | None = None
    aim = pixels / max(0.4, 1 + defect.fringe_px * pixels**-0.5)
    for _ in range(_ATTEMPTS):
        picture = photograph(defect.spoil(part, scene, Fault(aim, visibility, scene.named("defect"))), scene)
        mask = changed(picture, twin)
        area = max(1, int(np.count_nonzero(np.asarray(mask))))
        outside = not SMALLEST <= area / (SIZE * SIZE) <= LARGEST
        miss = (outside, abs(math.log(area / pixels)))
        if best is None or miss < best[0]:
            best = (miss, picture, mask)
        if miss < (False, math.log(_CLOSE_ENOUGH)):
            break
        aim = min(max(aim * (pixels / area), aim / 6), aim * 6)
        visibility = min(1.0, visibility + 0.1) if area < pixels else visibility
    assert best is not None
    return best[1], best[2]


def asked(defect: Defect, index: int, rng: Generator) -> tuple[float, float]:
    """Area in pixels and visibility of the ``index``-th photograph with a defect of this kind.

    Areas are log-uniform, one in each sixteenth of the range, far ones first, so that also the first
    few photographs spread over it. What is large is never quite faint.
    """
    turned = int(f"{index % 16:04b}"[::-1], 2)  # 0, 8, 4, 12, 2 ...
    low, high = math.log(defect.smallest * _MARGIN), math.log(defect.largest / _MARGIN)
    place = (turned + float(rng.random())) / 16
    share = math.exp(low + place * (high - low))
    faintest = defect.faintest + (_LARGE_FAINTEST - defect.faintest) * place
    return share * SIZE * SIZE, faintest + (1 - faintest) * float(rng.random()) ** 1.5


def changed(picture: Colours, twin: Colours) -> Image.Image:
    """The mask (``L``, 0 or 255) of where two pictures differ by more than :data:`TOLERANCE`."""
    differs = np.abs(picture - twin).max(axis=0) > TOLERANCE
    closed = ~_widened(~_widened(differs))
    return Image.fromarray(closed.astype(np.uint8) * np.uint8(255))


def _widened(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Marks the eight neighbours of each marked pixel, too."""
    rows = marked.copy()
    rows[1:] |= marked[:-1]
    rows[:-1] |= marked[1:]
    both = rows.copy()
    both[:, 1:] |= rows[:, :-1]
    both[:, :-1] |= rows[:, 1:]
    return both
