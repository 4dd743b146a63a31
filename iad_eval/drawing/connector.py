"""A surface-mounted connector on a circuit board, seen from above."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from iad_eval.drawing.blueprint import Blueprint, once
from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Colours, Plane, ink, inside, lay, rise
from iad_eval.drawing.defects import covered
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.lettering import lettering
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import grain, smooth
from iad_eval.drawing.regions import blob, grow, somewhere
from iad_eval.drawing.scene import Looseness, Scene
from iad_eval.drawing.shapes import box, radius

_PINS, _PITCH = 9, 20.0
_PIN_WIDTH, _PIN_LENGTH, _PIN_AT = 5.0, 14.0, 72.0
_PIN_PIXELS = 560  # what changes where a pin is missing
_HOUSING = (60.0, 98.0)
_BOARD, _TRACE, _TIN, _GOLD = (0.05, 0.27, 0.14), (0.10, 0.40, 0.22), (0.72, 0.72, 0.70), (0.80, 0.62, 0.26)
_PLASTIC, _PRINT, _DRILL = (0.085, 0.085, 0.095), (0.86, 0.88, 0.84), (0.03, 0.03, 0.03)


@once
def _complete(u: Plane, v: Plane) -> Blueprint:
    return _connector(u, v, pins=True)


@once
def _without_pins(u: Plane, v: Plane) -> Blueprint:
    return _connector(u, v, pins=False)


def _connector(u: Plane, v: Plane, pins: bool) -> Blueprint:
    """Board, pads, housing, and a row of pins on its left and its right."""
    in_row, exists = _rows(v)
    beside = np.abs(u) - np.float32(_PIN_AT)
    pads = inside(box(beside - 4, in_row, 15, 7, 2)) * exists
    colour, relief = _board(u, v)
    colour = lay(colour, _TIN, pads * np.float32(0.55))
    relief += pads * np.float32(0.8)
    gloss = np.float32(0.10) + pads * np.float32(0.12)
    if pins:
        outline = box(beside, in_row, _PIN_LENGTH, _PIN_WIDTH, 2)
        metal = inside(outline) * exists
        shaded = inside(outline - 3, 6) * exists * (1 - metal)
        colour = lay(colour * (1 - shaded * np.float32(0.45)), _TIN, metal)
        bend = rise(beside, 2, 9) * np.float32(2.2)
        relief += metal * (3 - bend - in_row * in_row * np.float32(0.045))
        gloss += metal * np.float32(0.45)
    outline = box(u, v, *_HOUSING, 5)
    body = inside(outline)
    shade = inside(outline - 7, 16) * (1 - body) * np.float32(0.5)
    plastic, plastic_relief, plastic_gloss = _housing(u, v, outline)
    colour = lay(colour * (1 - shade), plastic, body)
    relief += (plastic_relief + 4 - relief) * body
    gloss += (plastic_gloss - gloss) * body
    return Blueprint(u * 0 + 1, colour, relief, gloss)


def _rows(v: Plane) -> tuple[Plane, Plane]:
    """Height above the middle of the nearest pin's row, and whether that row exists (0 or 1)."""
    row = np.floor(v * np.float32(1 / _PITCH) + np.float32(0.5))
    return v - row * np.float32(_PITCH), (np.abs(row) <= _PINS // 2).astype(np.float32)


def _board(u: Plane, v: Plane) -> tuple[Colours, Plane]:
    """Solder mask over copper: traces from the pins outward, plated holes, a printed name."""
    in_row, exists = _rows(v)
    kink = np.clip(np.abs(u) - 98, 0, 9) * np.where(v > -_PITCH / 2, np.float32(0.8), np.float32(-0.8))
    traces = inside(np.abs(in_row - kink) - np.float32(2.2), 1.4) * exists * (np.abs(u) > 80)
    hole = radius(np.abs(u) - 112, np.abs(v) - 112)
    ring = inside(hole - 8)
    frame = inside(np.abs(box(u, v, _HOUSING[0] + 38, _HOUSING[1] + 7)) - np.float32(0.8), 1.2)
    print_ = frame * (np.abs(u) < 62) + lettering(u + 84, v + 111, "J 4", 11)
    print_ += inside(radius(u + 92, v + 92) - np.float32(3.5))
    colour = lay(ink(_BOARD) + u * 0, _TRACE, traces * np.float32(0.8))
    colour = lay(lay(colour, _GOLD, ring), _DRILL, inside(hole - 4))
    return lay(colour, _PRINT, np.clip(print_, 0, 1)), traces * np.float32(0.5) + ring * np.float32(0.6)


def _housing(u: Plane, v: Plane, outline: Plane) -> tuple[Colours, Plane, Plane]:
    """Black plastic with a slot in which gold blades stand; colour, relief and gloss."""
    deep = inside(box(u, v, 22, 80, 3), 2)
    key = inside(box(u, v - 91, 12, 4, 1))
    row = v - np.floor(v * np.float32(1 / 16) + np.float32(0.5)) * 16
    blades = inside(box(np.abs(u) - 11, row, 6, 3.2)) * (np.abs(v) < 72) * deep
    words = lettering(-v, u - 42, "AB-15", 12)
    colour = ink(_PLASTIC) * (1 - deep * np.float32(0.75)) * (1 - key * np.float32(0.6))
    colour = lay(lay(colour, _PRINT, words * np.float32(0.75)), _GOLD, blades * np.float32(0.9))
    relief = -rise(outline, -4, 0) * 3 - deep * 4 - key * 2
    return colour, relief, (np.float32(0.20) + blades * np.float32(0.3)) * (1 - deep * (1 - blades))


def paint(scene: Scene) -> Part:
    """A good connector with all its pins."""
    return _made_of(_complete().laid(scene), scene)


def _made_of(laid: Blueprint, scene: Scene) -> Part:
    rng = scene.named("board")
    texture = grain(rng) * np.float32(0.06)
    relief = laid.relief + smooth(rng, 8) * np.float32(0.15)
    relief += texture
    return Part(laid.colour, laid.cover, laid.colour, relief, laid.gloss, polish=4)


def _missing_pin(part: Part, scene: Scene, fault: Fault) -> Part:
    """Neighbouring pins of one row, or of that and the other, that were never there."""
    rng = fault.rng
    count = max(1, min(2 * _PINS, round(fault.pixels / _PIN_PIXELS)))
    first = min(count, _PINS)
    start = int(rng.integers(_PINS - first + 1))
    side = np.float32(rng.choice([-1, 1]))
    row = np.floor(scene.v * np.float32(1 / _PITCH) + np.float32(0.5)) + _PINS // 2
    here = (row >= start) & (row < start + first) & (scene.u * side > 0)
    there = (row >= 0) & (row < count - first) & (scene.u * side < 0)
    gone = (here | there).astype(np.float32)
    bare = _made_of(_without_pins().laid(scene), scene)
    return replace(
        part,
        colour=lay(part.colour, bare.colour, gone),
        relief=part.relief + (bare.relief - part.relief) * gone,
        gloss=part.gloss + (bare.gloss - part.gloss) * gone,
    )


def _burn(part: Part, scene: Scene, fault: Fault) -> Part:
    """Charred around a hot spot: brown at the edge, black within."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.3)
    cover = grow(field, part.cover, fault.pixels, 10)
    core = grow(field, part.cover, fault.pixels * 0.45, 14)
    strength = fault.between(0.16, 0.9)
    brown = lay(part.colour, (0.20, 0.13, 0.07), cover * np.float32(strength * 0.8))
    colour = lay(brown, ink((0.03, 0.028, 0.026)) * (1 + 0.4 * smooth(rng, 60)), core * np.float32(strength))
    return replace(part, colour=colour, gloss=part.gloss * (1 - cover * np.float32(0.8)))


def _flux(part: Part, scene: Scene, fault: Fault) -> Part:
    """Whitish residue of soldering flux, crusted at its edge."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.35, 2.0)
    cover = grow(field, part.cover, fault.pixels, 3)
    rim = cover - grow(field, part.cover, fault.pixels * 0.8, 6)
    strength = fault.between(0.10, 0.55)
    cloud = np.clip(
        (cover * (0.7 + 0.25 * smooth(rng, 30)) + rim * np.float32(0.6)) * np.float32(strength), 0, 1
    )
    return covered(part, cloud, (0.78, 0.74, 0.58), 0.08, 1.0, rng, 0.25)


CONNECTOR = Motif(
    "connector",
    "object",
    paint,
    Looseness(turn_deg=2),
    (
        Defect("burn", _burn),
        Defect("flux_residue", _flux),
        Defect("missing_pin", _missing_pin, smallest=0.0075, largest=0.085, fringe_px=0),
    ),
)
