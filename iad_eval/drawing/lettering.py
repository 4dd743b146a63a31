"""Printed and embossed text, from small hand-set letters."""

from __future__ import annotations

import numpy as np
from PIL import Image

from iad_eval.drawing.canvas import Plane, rise

_FINER = 8
_HEIGHT = 7
_LETTERS = {
    " ": "00000 00000 00000 00000 00000 00000 00000",
    "-": "00000 00000 00000 11111 00000 00000 00000",
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
}


def lettering(u: Plane, v: Plane, text: str, height: float) -> Plane:
    """Coverage 0..1 of a line of text around the origin of (u, v); a letter is ``height`` px high."""
    sheet = _sheet(text)
    finer = np.float32(_HEIGHT * _FINER / height)
    rows, columns = sheet.shape
    column = np.clip(u * finer + np.float32(columns / 2), 0, columns - 1).astype(np.intp)
    row = np.clip(v * finer + np.float32(rows / 2), 0, rows - 1).astype(np.intp)
    return rise(sheet[row, column], 0.3, 0.7)


def _sheet(text: str) -> Plane:
    """The text with a margin of a dot around it, eight times finer than its dots."""
    rows: list[list[float]] = [[] for _ in range(_HEIGHT)]
    for letter in text:
        for row, dots in zip(rows, _LETTERS[letter].split(), strict=True):
            row.extend(float(dot) for dot in dots + "0")
    dots_ = np.pad(np.asarray(rows, dtype=np.float32)[:, :-1], 1)
    height, width = dots_.shape
    finer = Image.fromarray(dots_).resize((width * _FINER, height * _FINER), Image.Resampling.BICUBIC)
    return np.asarray(finer)
