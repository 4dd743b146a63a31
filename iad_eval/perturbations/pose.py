"""What a moved camera does: turn, shift and scale within the same frame.

Pixels are taken bicubically, masks by the nearest pixel. Where the frame shows what the
photograph does not hold, its edge is continued, as a background mostly would be.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from iad_eval.perturbations import Perturbed
from iad_eval.pixels import as_shown

Affine = tuple[float, float, float, float, float, float]
"""x' = a x + b y + c, y' = d x + e y + f, in pixels, corner of the image at (0, 0)."""


def rotate(image: Image.Image, mask: Image.Image | None, degrees: float) -> Perturbed:
    """Turned counter-clockwise about the centre; by right angles exactly."""
    turn = math.radians(degrees)
    right_angles = {0.0: (1.0, 0.0), 90.0: (0.0, 1.0), 180.0: (-1.0, 0.0), 270.0: (0.0, -1.0)}
    cos, sin = right_angles.get(degrees % 360, (math.cos(turn), math.sin(turn)))
    return _moved(image, mask, cos, sin, 0.0, 0.0)


def shift(image: Image.Image, mask: Image.Image | None, fraction: float) -> Perturbed:
    """Moved right and down by a fraction of width and height; negative: left and up."""
    shown = as_shown(image)
    return _moved(shown, mask, 1.0, 0.0, fraction * shown.width, fraction * shown.height)


def scale(image: Image.Image, mask: Image.Image | None, factor: float) -> Perturbed:
    """Enlarged about the centre (a factor below 1 shrinks)."""
    return _moved(image, mask, factor, 0.0, 0.0, 0.0)


def _moved(
    image: Image.Image, mask: Image.Image | None, a: float, b: float, right: float, down: float
) -> Perturbed:
    """The part under x' = a x + b y, y' = -b x + a y about the centre, then moved by (right, down)."""
    shown = as_shown(image)
    width, height = shown.size
    centre_x, centre_y = width / 2, height / 2
    onward: Affine = (
        *(a, b, centre_x - a * centre_x - b * centre_y + right),
        *(-b, a, centre_y + b * centre_x - a * centre_y + down),
    )
    back = _inverse(onward)
    border = _border(shown, back)
    pixels = np.pad(np.asarray(shown), ((border, border), (border, border), (0, 0)), mode="edge")
    into_padded: Affine = (back[0], back[1], back[2] + border, back[3], back[4], back[5] + border)
    affine, bicubic = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    moved = Image.fromarray(pixels).transform(shown.size, affine, into_padded, bicubic)
    if mask is None:
        return Perturbed(moved, None, None)
    moved_mask = mask.transform(mask.size, affine, back, Image.Resampling.NEAREST)
    return Perturbed(moved, moved_mask, _left_the_frame(mask, onward))


def _inverse(affine: Affine) -> Affine:
    a, b, c, d, e, f = affine
    whole = a * e - b * d
    return (
        *(e / whole, -b / whole, (b * f - c * e) / whole),
        *(-d / whole, a / whole, (c * d - a * f) / whole),
    )


def _border(image: Image.Image, back: Affine) -> int:
    """How many pixels beyond its edge the frame looks at; two more for the bicubic kernel."""
    a, b, c, d, e, f = back
    corners = [(x, y) for x in (0, image.width) for y in (0, image.height)]
    beyond = [0.0]
    for x, y in corners:
        at_x, at_y = a * x + b * y + c, d * x + e * y + f
        beyond += [-at_x, at_x - image.width, -at_y, at_y - image.height]
    return math.ceil(max(beyond)) + 2


def _left_the_frame(mask: Image.Image, onward: Affine) -> float:
    """The share of the mask's pixels whose centres end up outside; 0 for an empty mask."""
    rows, columns = np.nonzero(np.asarray(mask))
    if not len(rows):
        return 0.0
    a, b, c, d, e, f = onward
    x, y = columns + 0.5, rows + 0.5
    to_x, to_y = a * x + b * y + c, d * x + e * y + f
    inside = (to_x >= 0) & (to_x < mask.width) & (to_y >= 0) & (to_y < mask.height)
    return float(1 - inside.mean())
