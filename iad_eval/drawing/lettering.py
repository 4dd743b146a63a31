"""Printed and embossed text, from small hand-set letters."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image

from iad_eval.drawing.canvas import SIZE, Plane, rise
from iad_eval.drawing.scene import Scene

_FINER = 8
_HEIGHT = 7
_LETTERS = {
    "0": "01110 10001 10011 10101 11001 10001 01110",
    "1": "00100 01100 00100 00100 00100 00100 01110",
    "2": "01110 10001 00001 00110 01000 10000 11111",
    "4": "00010 00110 01010 10010 11111 00010 00010",
    "5": "11111 10000 11110 00001 00001 10001 01110",
    "8": "01110 10001 10001 01110 10001 10001 01110",
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "B": "11110 10001 10001 11110 10001 10001 11110",
    "J": "00111 00010 00010 00010 00010 10010 01100",
    "K": "10001 10010 10100 11000 10100 10010 10001",
    "M": "10001 11011 10101 10101 10001 10001 10001",
    "-": "00000 00000 00000 11111 00000 00000 00000",
    ".": "00000 00000 00000 00000 00000 01100 01100",
}


def lettering(scene: Scene, text: str, at: tuple[float, float], height: float, turn: float = 0.0) -> Plane:
    """Coverage 0..1 of a line of text centred at ``at`` (u, v) on the part.

    ``height`` is that of a letter in px, ``turn`` in radians, clockwise.
    """
    sheet = _sheet(text)
    per_px = _HEIGHT * _FINER / height
    cos, sin = math.cos(turn) * per_px, math.sin(turn) * per_px
    part_cos, part_sin = math.cos(scene.turn) / scene.zoom, math.sin(scene.turn) / scene.zoom
    # sheet = turned(part - at) + middle, part = turned(picture - centre): one affine map.
    a, b = cos * part_cos - sin * part_sin, cos * part_sin + sin * part_cos
    d, e = -sin * part_cos - cos * part_sin, -sin * part_sin + cos * part_cos
    off_u, off_v = cos * at[0] + sin * at[1], -sin * at[0] + cos * at[1]
    x0, y0 = (SIZE - 1) / 2 + scene.centre[0] + 0.5, (SIZE - 1) / 2 + scene.centre[1] + 0.5
    c = sheet.width / 2 - off_u - a * x0 - b * y0
    f = sheet.height / 2 - off_v - d * x0 - e * y0
    drawn = sheet.transform(
        (SIZE, SIZE), Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR
    )
    return rise(np.asarray(drawn), 0.3, 0.7)


@lru_cache(maxsize=32)
def _sheet(text: str) -> Image.Image:
    """The text in float mode, a margin of two dots around it, eight times finer than its dots."""
    rows = [[] for _ in range(_HEIGHT)]  # type: list[list[float]]
    for letter in text:
        for row, dots in zip(rows, _LETTERS[letter].split(), strict=True):
            row.extend(float(dot) for dot in dots + "0")
    dots = np.pad(np.asarray(rows, dtype=np.float32)[:, :-1], 2)
    height, width = dots.shape
    return Image.fromarray(dots).resize((width * _FINER, height * _FINER), Image.Resampling.BICUBIC)
