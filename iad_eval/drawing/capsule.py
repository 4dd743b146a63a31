"""A hard capsule of two colours, with an imprint, on a light tray."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.blueprint import Blueprint, once
from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Plane, ink, inside, lay, rise
from iad_eval.drawing.defects import covered, dented, hollow_of, scratched
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.grounds import paper
from iad_eval.drawing.lettering import lettering
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import smooth
from iad_eval.drawing.regions import blob, grow, line, somewhere
from iad_eval.drawing.scene import Looseness, Scene
from iad_eval.drawing.shapes import radius, stadium

_AXIS, _BODY, _CAP, _SEAM = 62.0, 50.0, 53.0, 6.0
_GREEN, _CREAM, _INK = (0.10, 0.36, 0.30), (0.90, 0.84, 0.68), (0.16, 0.14, 0.16)


@once
def _shell(u: Plane, v: Plane) -> Blueprint:
    """The cap (left) is a little wider than the body (right)."""
    cap = inside(u - np.float32(_SEAM), 1.2)
    wider = np.float32(_CAP - _BODY) * cap
    off_axis = radius(np.maximum(np.abs(u) - np.float32(_AXIS), 0), v)
    girth = np.float32(_BODY) + wider
    relief = np.sqrt(np.maximum(girth * girth - off_axis * off_axis, 4)) * np.float32(0.62)
    for ring in (-14, -22):  # the two halves lock here
        relief -= inside(np.abs(u - ring) - 2, 3) * np.float32(0.8)
    colour = lay(ink(_CREAM) + u * 0, _GREEN, cap)
    colour = lay(colour, _INK, lettering(u - 50, v, "500", 21) * np.float32(0.85))
    colour = lay(colour, _CREAM, lettering(u + 56, v + 1, "KM 20", 17) * cap * np.float32(0.8))
    colour *= 1 - rise(off_axis, 25, _CAP) * np.float32(0.22)
    colour *= 1 - inside(np.abs(u - np.float32(_SEAM + 1.2)) - np.float32(0.8), 1.5) * np.float32(0.35)
    return Blueprint(inside(stadium(u, v, _AXIS, _BODY) - wider, 1.4), colour, relief, 0.55 + u * 0)


def paint(scene: Scene) -> Part:
    """A good capsule on a light tray."""
    shell = _shell().laid(scene)
    uneven = smooth(scene.named("gelatine"), 9)
    relief = shell.relief + uneven * np.float32(0.12)
    colour = shell.colour * (1 + uneven * np.float32(0.015))
    ground = paper(scene, (0.66, 0.69, 0.72))
    return Part(ground, shell.cover, colour, relief, shell.gloss, polish=6, stands=16)


def _crack(part: Part, scene: Scene, fault: Fault) -> Part:
    """A dark line with a side branch; larger ones gape."""
    rng = fault.rng
    centre = somewhere(rng, part.cover * inside(stadium(scene.u, scene.v, _AXIS, _BODY - 12)))
    turn, length = float(rng.uniform(0, math.pi)), min(130.0, 5.5 * fault.pixels**0.5)
    field = line(rng, centre, length, turn, 0.1, 1.0)
    at = float(rng.uniform(-0.3, 0.3)) * length
    fork = (centre[0] + at * math.cos(turn), centre[1] + at * math.sin(turn))
    field = np.maximum(field, line(rng, fork, length * 0.55, turn + float(rng.choice([-0.8, 0.8])), 0.1, 1.0))
    cover = grow(field, part.cover, fault.pixels)
    dark = scratched(part, cover, (0.10, 0.07, 0.06), fault.between(0.25, 0.85), fault.between(0.2, 1.2))
    return replace(dark, gloss=part.gloss * (1 - cover))


def _squeezed(part: Part, scene: Scene, fault: Fault) -> Part:
    """The shell pressed in and crumpled."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.15, 2.0)
    cover = grow(field, part.cover, fault.pixels)
    depth = fault.between(0.10, 0.24) * fault.pixels**0.5
    hollow = hollow_of(field, cover)
    pressed = dented(part, hollow, depth, fault.between(0.12, 0.32))
    folds = smooth(rng, 14) * hollow * np.float32(fault.between(0.3, 1.2))
    return replace(pressed, relief=pressed.relief + folds)


def _powder(part: Part, scene: Scene, fault: Fault) -> Part:
    """Filling leaked over the shell and the tray."""
    rng = fault.rng
    everywhere = np.ones_like(part.cover)
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.5, 1.6) + smooth(rng, 100) * np.float32(3)
    cover = grow(field, everywhere, fault.pixels, 3)
    tone = fault.between(0.60, 0.93)
    colour = (tone, tone * 0.93, tone * 0.74)
    strength = fault.between(0.35, 0.95)
    spilt = covered(part, cover, colour, 0.12, strength, rng)
    return replace(spilt, ground=lay(part.ground, ink(colour) * _crumbs(scene), cover * np.float32(strength)))


def _crumbs(scene: Scene) -> Plane:
    return 0.86 + np.float32(0.10) * smooth(scene.named("crumbs"), 110)


CAPSULE = Motif(
    "capsule",
    "object",
    paint,
    Looseness(shift_px=4, turn_deg=4),
    (
        Defect("crack", _crack, largest=0.05, fringe_px=22),
        Defect("powder", _powder),
        Defect("squeezed", _squeezed, largest=0.25, fringe_px=-8),
    ),
)
