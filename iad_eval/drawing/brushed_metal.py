"""A sheet of brushed stainless steel, its grain running level."""

from __future__ import annotations

import math

import numpy as np

from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import ink, plane
from iad_eval.drawing.defects import covered, dented, hollow_of, scratched
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import look_up, smooth, table
from iad_eval.drawing.regions import blob, grow, line, scuff, somewhere
from iad_eval.drawing.scene import Looseness, Scene


def paint(scene: Scene) -> Part:
    """Good steel: long fine strokes, a broad sheen, slight clouds."""
    rng = scene.named("steel")
    v = scene.v + 150
    strokes = look_up(table(rng, 600), v * 2) * np.float32(0.55)
    strokes += smooth(rng, 9, 220) * np.float32(1.2)
    sheen = look_up(table(rng, 24, 4), v * np.float32(0.07)) * np.float32(0.022)
    clouds = smooth(rng, 4)
    tone = np.float32(0.55) + np.float32(0.036) * strokes + np.float32(0.012) * clouds + sheen
    colour = ink((0.98, 1.0, 1.015)) * tone
    relief = strokes * np.float32(0.10) + clouds * np.float32(0.5)
    gloss = np.float32(0.12) + strokes * np.float32(0.02)
    return Part(colour, plane(1), colour, relief, gloss, polish=3)


def _corrosion(part: Part, scene: Scene, fault: Fault) -> Part:
    """Rust bleeding into the grain."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.5) + smooth(rng, 20, 120) * np.float32(
        0.06 * fault.pixels**0.5
    )
    cover = grow(field, part.cover, fault.pixels, 4)
    return covered(part, cover, (0.42, 0.27, 0.16), 0.25, fault.between(0.12, 0.75), rng, 0.02)


def _dent(part: Part, scene: Scene, fault: Fault) -> Part:
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.10, 2.0)
    cover = grow(field, part.cover, fault.pixels)
    hollow = hollow_of(field, cover)
    depth = fault.between(0.05, 0.16) * fault.pixels**0.5
    return dented(part, hollow, depth, fault.between(0.06, 0.2))


def _scratch(part: Part, scene: Scene, fault: Fault) -> Part:
    """Against the grain, or along it; where large, a scuff of many strokes."""
    rng = fault.rng
    centre, turn = somewhere(rng, part.cover), float(rng.uniform(0, math.pi))
    if fault.pixels < 900:
        field = line(rng, centre, 8 * fault.pixels**0.5, turn, 0.1)
    else:
        field = scuff(rng, centre, fault.pixels, turn, 9.0) + smooth(rng, 80) * np.float32(0.8)
    cover = grow(field, part.cover, fault.pixels)
    grey = fault.between(0.46, 0.24) if rng.random() < 0.5 else fault.between(0.66, 0.88)
    return scratched(part, cover, (grey, grey, grey), fault.between(0.45, 0.9), fault.between(0.15, 0.6))


BRUSHED_METAL = Motif(
    "brushed_metal",
    "texture",
    paint,
    Looseness(),
    (
        Defect("corrosion", _corrosion, fringe_px=8),
        Defect("dent", _dent, fringe_px=-6),
        Defect("scratch", _scratch, largest=0.10, fringe_px=12),
    ),
)
