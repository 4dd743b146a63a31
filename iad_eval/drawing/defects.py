"""What goes wrong with any material: stains, deposits, grooves, dents, pieces gone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import RGB, Plane, ink, lay
from iad_eval.drawing.noise import cloudy, grain


def stained(
    part: Part, cover: Plane, colour: RGB, strength: float, rng: Generator, edge: float = 0.3
) -> Part:
    """Soaked with something see-through: darker where it dried, at the edge by ``edge`` more."""
    rim = cover * (1 - cover) * 4
    amount = cover * np.float32(strength) * (1 + 0.18 * cloudy(rng, 8)) + rim * np.float32(edge * strength)
    through = part.colour * ink(colour)
    return replace(part, colour=lay(part.colour, through, np.clip(amount, 0, 1)))


def covered(
    part: Part, cover: Plane, colour: RGB, mottle: float, strength: float, rng: Generator, gloss: float = 0.0
) -> Part:
    """A rough layer on top, such as rust: mottled, taking the shine away down to ``gloss``."""
    patches = cloudy(rng, 20, 3)
    uneven = 1 + np.float32(mottle) * (patches * 0.8 + grain(rng) * 0.35)
    layer = ink(colour) * uneven
    amount = np.clip(cover * np.float32(strength) * (1 + 0.35 * patches * (1 - strength)), 0, 1)
    return replace(
        part,
        colour=lay(part.colour, layer, amount),
        gloss=part.gloss + (np.float32(gloss) - part.gloss) * amount,
        relief=part.relief + amount * patches * np.float32(0.5 * mottle * 3),
    )


def scratched(part: Part, cover: Plane, bare: RGB, strength: float, depth: float) -> Part:
    """A groove of ``depth`` px that lays bare another colour."""
    return replace(
        part,
        colour=lay(part.colour, bare, cover * np.float32(strength)),
        relief=part.relief - cover * np.float32(depth),
    )


def dented(part: Part, hollow: Plane, depth: float, shade: float) -> Part:
    """Pressed in by ``depth`` px where ``hollow`` (0..1) is 1, and darker there by ``shade``."""
    return replace(
        part,
        relief=part.relief - hollow * np.float32(depth),
        colour=part.colour * (1 - np.float32(shade) * hollow),
    )


def broken_off(part: Part, gone: Plane) -> Part:
    """Nothing left where ``gone`` is 1: the ground shows, and the shadow follows."""
    return replace(part, cover=part.cover * (1 - gone))


def hollow_of(field: Plane, cover: Plane) -> Plane:
    """A bowl, 0 at the rim of a grown region and 1 at its deepest point."""
    inner = np.where(cover > 0, field, np.float32(np.inf))
    rim = np.float32(inner.min())
    depth = np.clip((field - rim) / max(float(field.max() - rim), 1e-3), 0, 1) * (cover > 0)
    bowl: Plane = depth * depth * (3 - 2 * depth)
    return bowl
