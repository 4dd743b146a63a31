"""The paper's perturbations (section 4.3), exact to the pixel."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from iad_eval.perturbations import Perturbed
from iad_eval.pixels import as_shown

PADDING_PX = 20
STAMP = "2025-05-12"
FONT_PX = 30
OUTLINE_PX = 2
MARGIN_PX = 10


def original(image: Image.Image, mask: Image.Image | None) -> Perturbed:
    """The photograph as it is."""
    return Perturbed(as_shown(image), mask, _nothing(mask))


def rotated(image: Image.Image, mask: Image.Image | None) -> Perturbed:
    """Turned by 90 degrees counter-clockwise, no pixel lost or interpolated."""
    turn = Image.Transpose.ROTATE_90
    return Perturbed(as_shown(image).transpose(turn), mask.transpose(turn) if mask else None, _nothing(mask))


def padded(image: Image.Image, mask: Image.Image | None) -> Perturbed:
    """A white border of 20 px on each side; the mask gets 20 px of 0."""
    border = ImageOps.expand(as_shown(image), PADDING_PX, "white")
    return Perturbed(border, ImageOps.expand(mask, PADDING_PX, 0) if mask else None, _nothing(mask))


def timestamp(image: Image.Image, mask: Image.Image | None) -> Perturbed:
    """``2025-05-12`` in the top right corner, white with a black outline of 2 px, font size 30.

    The font is Pillow's own; text and outline keep 10 px from the top and right edges. On
    an image narrower than the text its left part is cut off. The mask stays as it is.
    """
    shown = as_shown(image).copy()
    stamp = _stamp()
    place = (shown.width - stamp.width - MARGIN_PX, MARGIN_PX)
    shown.paste(stamp.convert("RGB"), place, stamp.getchannel("A"))
    hidden = None
    if mask is not None:
        covered = Image.new("L", mask.size)
        covered.paste(255, place, stamp.getchannel("A").point(lambda alpha: 255 * (alpha > 0)))
        marked = np.asarray(mask) > 0
        hidden = float((np.asarray(covered)[marked] > 0).mean()) if marked.any() else 0.0
    return Perturbed(shown, mask, hidden)


def _nothing(mask: Image.Image | None) -> float | None:
    return None if mask is None else 0.0


@cache
def _stamp() -> Image.Image:
    font = ImageFont.load_default(FONT_PX)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(STAMP, stroke_width=OUTLINE_PX))
    stamp = Image.new("RGBA", (right - left, bottom - top), (0, 0, 0, 0))
    draw = ImageDraw.Draw(stamp)
    draw.text((-left, -top), STAMP, "white", font, stroke_width=OUTLINE_PX, stroke_fill="black")
    return stamp
