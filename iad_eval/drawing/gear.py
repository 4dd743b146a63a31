"""A brass spur gear on a milled table."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.blueprint import Blueprint, once
from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Plane, ink, inside, lay, rise
from iad_eval.drawing.defects import broken_off, covered, stained
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.grounds import milled_table
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import look_up, smooth, table
from iad_eval.drawing.regions import blob, cut, grow, somewhere
from iad_eval.drawing.scene import Looseness, Scene
from iad_eval.drawing.shapes import box, radius

_TEETH, _ROOT, _TIP = 18, 94.0, 114.0
_HUB, _BORE, _HOLES, _HOLE_AT = 40.0, 22.0, 6, 63.0
_BRASS = (0.74, 0.56, 0.27)


@once
def _wheel(u: Plane, v: Plane) -> Blueprint:
    """Hub with keyway, six lightening holes, eighteen teeth."""
    far, angle = radius(u, v), np.arctan2(v, u)
    tooth = np.clip(np.cos(angle * np.float32(_TEETH)) * np.float32(2.4) + np.float32(0.35), -1, 1)
    outline = far - (np.float32((_ROOT + _TIP) / 2) + tooth * np.float32((_TIP - _ROOT) / 2))
    bore = np.minimum(far - np.float32(_BORE), box(u, v + np.float32(_BORE), 6, 8))
    solid = np.maximum(outline, -np.minimum(_holes(far, angle), bore))
    groove = inside(np.abs(far - np.float32(_HUB)) - 2, 3)
    relief = -rise(solid, -3.5, 0.5) * 3
    relief -= groove * 2
    relief -= inside(np.abs(far - 86) - np.float32(1.2), 2)
    return Blueprint(inside(solid), ink(_BRASS) * (1 - groove * np.float32(0.35)), relief, 0.22 + u * 0)


def paint(scene: Scene) -> Part:
    """A good gear on a milled table."""
    wheel = _wheel().laid(scene)
    rng = scene.named("turning")
    marks = look_up(table(rng, 260, 2), radius(scene.u, scene.v) * 2)
    uneven = smooth(rng, 6)
    relief = wheel.relief + marks * np.float32(0.10)
    relief += uneven * np.float32(0.3)
    colour = wheel.colour * (np.float32(0.92) + np.float32(0.035) * marks + np.float32(0.03) * uneven)
    gloss = wheel.gloss + np.float32(0.03) * marks
    ground = milled_table(scene, (0.33, 0.36, 0.40))
    return Part(ground, wheel.cover, colour, relief, gloss, polish=4, stands=11)


def _holes(far: Plane, angle: Plane) -> Plane:
    """Distance to the nearest of the holes around the hub."""
    step = np.float32(2 * math.pi / _HOLES)
    fold = angle - np.floor(angle / step) * step - step / 2
    x, y = far * np.cos(fold) - np.float32(_HOLE_AT), far * np.sin(fold)
    return radius(x, y) - np.float32(12.5)


def _broken(part: Part, scene: Scene, fault: Fault) -> Part:
    """Teeth sheared off, one or several side by side, down into the rim where many are gone."""
    rng = fault.rng
    far = radius(scene.u, scene.v)
    turn = (int(rng.integers(_TEETH)) + 0.5 * int(rng.integers(2))) * 2 * math.pi / _TEETH
    middle_u, middle_v = math.cos(turn) * 110, math.sin(turn) * 110
    beside = radius(scene.u - np.float32(middle_u), scene.v - np.float32(middle_v))
    teeth = part.cover * rise(far, _ROOT - 3, _ROOT - 1)
    rough = smooth(rng, 60) * np.float32(1.5)
    field = rough - beside + np.minimum(far - np.float32(_ROOT), 0) * 4
    gone = cut(field, part.cover, fault.pixels)
    torn = grow(field, part.cover, fault.pixels * 1.2 + 60, 2) * (1 - teeth * np.float32(0.3))
    tone = fault.between(0.8, 1.15)
    bare = ink((0.80 * tone, 0.66 * tone, 0.40 * tone)) * (1 + 0.22 * smooth(rng, 100))
    return broken_off(replace(part, colour=lay(part.colour, bare, torn)), gone)


def _grease(part: Part, scene: Scene, fault: Fault) -> Part:
    """A dark smear over part and table, shiny where it is thick."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.35, 3.0)
    cover = grow(field, np.ones_like(part.cover), fault.pixels, 5)
    dark, strength = (0.30, 0.24, 0.20), fault.between(0.15, 0.9)
    greasy = stained(part, cover, dark, strength, rng)
    ground = lay(part.ground, part.ground * ink((0.45, 0.40, 0.36)), cover * np.float32(strength))
    thick = cover * np.maximum(smooth(rng, 30), 0)
    return replace(greasy, ground=ground, gloss=part.gloss + thick * 0.12, relief=part.relief + thick * 1.5)


def _tarnish(part: Part, scene: Scene, fault: Fault) -> Part:
    """Verdigris: a blue-green crust, blooming in patches."""
    rng = fault.rng
    cover = grow(blob(rng, somewhere(rng, part.cover), fault.pixels, 0.6), part.cover, fault.pixels, 3)
    return covered(part, cover, (0.26, 0.46, 0.40), 0.16, fault.between(0.12, 0.85), rng, 0.02)


GEAR = Motif(
    "gear",
    "object",
    paint,
    Looseness(turn_deg=2.5),
    (
        Defect("broken_teeth", _broken, largest=0.14, fringe_px=42),
        Defect("grease", _grease),
        Defect("tarnish", _tarnish),
    ),
)
