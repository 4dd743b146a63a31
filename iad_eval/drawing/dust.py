"""What settles on good parts, too: specks and fluff, smaller than any defect. It is no fault."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import SIZE, Colours, Plane
from iad_eval.drawing.scene import Scene

_REACH = 8
_STEPS = np.arange(-_REACH, _REACH + 1, dtype=np.float32)
_TONES = (0.08, 0.75)


def dusty(part: Part, scene: Scene, most: float) -> Part:
    """The part with up to about ``most`` specks; usually far fewer."""
    rng = scene.named("dust")
    colour = part.colour.copy()
    ground = colour if part.ground is part.colour else part.ground.copy()
    for _ in range(int(rng.poisson(most * float(rng.random()) ** 2))):
        column, row = (int(place) for place in rng.integers(_REACH, SIZE - _REACH - 1, size=2))
        fleck = _fleck(
            turn=float(rng.uniform(0, math.pi)),
            half_length=float(rng.exponential(1.6)),
            width=float(rng.uniform(0.5, 1.5)),
        )
        tone, strength = _TONES[int(rng.integers(2))], float(rng.uniform(0.1, 0.65))
        fleck *= np.float32(strength)
        _settle(colour, fleck, tone, column, row)
        if ground is not colour:
            _settle(ground, fleck, tone, column, row)
    return replace(part, colour=colour, ground=ground)


def _fleck(turn: float, half_length: float, width: float) -> Plane:
    """Coverage of a speck or, where ``half_length`` is larger than ``width``, of a fibre (17 x 17)."""
    x, y = _STEPS[None, :], _STEPS[:, None]
    along = np.abs(x * math.cos(turn) + y * math.sin(turn))
    across = y * math.cos(turn) - x * math.sin(turn)
    beyond = np.maximum(along - min(half_length, _REACH - 2), 0)
    fleck = np.clip(width + 0.5 - np.sqrt(across * across + beyond * beyond), 0, 1)
    return np.asarray(fleck, dtype=np.float32)


def _settle(picture: Colours, fleck: Plane, tone: float, column: int, row: int) -> None:
    there = picture[:, row - _REACH : row + _REACH + 1, column - _REACH : column + _REACH + 1]
    there += (np.float32(tone) - there) * fleck
