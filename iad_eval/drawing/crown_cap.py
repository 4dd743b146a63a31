"""A crown cap for bottles, seen from above: printed lid, crimped skirt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.blueprint import Blueprint, once
from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Colours, Plane, ink, inside, lay, rise
from iad_eval.drawing.defects import dented, hollow_of, scratched
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.grounds import belt
from iad_eval.drawing.lettering import lettering
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import smooth
from iad_eval.drawing.regions import blob, grow, scuff, somewhere
from iad_eval.drawing.scene import Looseness, Scene
from iad_eval.drawing.shapes import radius, star

_LID, _RIM, _TEETH = 84.0, 106.0, 21
_PAINT, _CREAM, _GOLD = (0.62, 0.07, 0.08), (0.88, 0.84, 0.74), (0.80, 0.58, 0.20)
_TIN = (0.62, 0.62, 0.60)


@once
def _cap(u: Plane, v: Plane) -> Blueprint:
    """Red paint with a cream ring, a gold star and two words. ``marks``: where any print is."""
    far = radius(u, v)
    flute = np.cos(np.arctan2(v, u) * np.float32(_TEETH))
    skirt = rise(far, _LID - 2, _RIM - 4)
    outline = far - (np.float32(_RIM) + flute * np.float32(2.6))
    relief = -(far * far) * np.float32(0.0016)
    relief -= np.maximum(far - np.float32(_LID), 0) * np.float32(0.85)
    relief += flute * skirt * np.float32(3.2)
    relief -= rise(outline, -4, 0.5) * 1.5
    ring = inside(np.abs(far - 72) - np.float32(3.5), 1.5) + inside(np.abs(far - 64) - np.float32(0.9), 1.2)
    words = lettering(u, v - 46, "BM-25", 13) + lettering(u, v + 47, "K", 14)
    cream, gold = np.clip(ring + words, 0, 1), inside(star(u, v, 5, 37, 16), 1.5)
    colour = lay(lay(ink(_PAINT) + far * 0, _CREAM, cream), _GOLD, gold) * (1 - skirt * np.float32(0.12))
    return Blueprint(inside(outline), colour, relief, 0.34 + far * 0, (np.maximum(cream, gold),))


def paint(scene: Scene) -> Part:
    """A good cap on a conveyor belt."""
    cap = _cap().laid(scene)
    uneven = smooth(scene.named("sheet"), 7)
    relief = cap.relief + uneven * np.float32(0.25)
    colour = cap.colour * (1 + uneven * np.float32(0.012))
    ground = belt(scene, (0.30, 0.31, 0.30))
    return Part(ground, cap.cover, colour, relief, cap.gloss, polish=5, stands=12)


def _dent(part: Part, scene: Scene, fault: Fault) -> Part:
    rng = fault.rng
    lid = part.cover * inside(radius(scene.u, scene.v) - np.float32(_LID + 12))
    field = blob(rng, somewhere(rng, lid), fault.pixels, 0.12, 2.2)
    cover = grow(field, part.cover, fault.pixels)
    depth = fault.between(0.11, 0.24) * fault.pixels**0.5
    return dented(part, hollow_of(field, cover), depth, fault.between(0.10, 0.3))


def _misprint(part: Part, scene: Scene, fault: Fault) -> Part:
    """The print smeared: its ink is missing here, and thinly spread over the paint beside it."""
    rng = fault.rng
    lid = part.cover * inside(radius(scene.u, scene.v) - np.float32(_LID))
    cover = grow(blob(rng, somewhere(rng, lid), fault.pixels, 0.25, 2.5), lid, fault.pixels, 2)
    (printed,) = _cap().laid(scene).marks
    blank = lay(part.colour, _PAINT, printed * np.float32(fault.between(0.15, 0.8)))
    blur = _smeared(blank, round(fault.between(3, 9)))
    haze = lay(
        blur, _CREAM, np.clip(np.float32(fault.between(0.05, 0.3)) * (1 + 0.25 * smooth(rng, 24)), 0, 1)
    )
    return replace(part, colour=lay(part.colour, haze, cover))


def _smeared(colour: Colours, steps: int) -> Colours:
    reach = range(-steps, steps + 1, 2)
    total = np.zeros_like(colour)
    for step in reach:
        total += np.roll(colour, step, axis=2)
    return total / np.float32(len(reach))


def _scraped(part: Part, scene: Scene, fault: Fault) -> Part:
    """Paint scraped off down to the tin, in parallel strokes."""
    rng = fault.rng
    centre, turn = somewhere(rng, part.cover), float(rng.uniform(0, math.pi))
    field = scuff(rng, centre, fault.pixels, turn, 4.0) + smooth(rng, 80) * np.float32(0.8)
    cover = grow(field, part.cover, fault.pixels)
    return scratched(part, cover, _TIN, fault.between(0.13, 0.85), fault.between(0.1, 0.4))


CROWN_CAP = Motif(
    "crown_cap",
    "object",
    paint,
    Looseness(),
    (
        Defect("dent", _dent, fringe_px=-6),
        Defect("misprint", _misprint, largest=0.25, fringe_px=3),
        Defect("scraped", _scraped, largest=0.10, fringe_px=17),
    ),
)
