"""A plain weave of blue and white threads."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Plane, ink, lay, plane, rise
from iad_eval.drawing.defects import stained
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import grain, look_up, smooth, table
from iad_eval.drawing.regions import blob, grow, line, somewhere
from iad_eval.drawing.scene import Looseness, Scene

_PITCH = 13.0
_WARP, _WEFT = (0.20, 0.29, 0.46), (0.72, 0.70, 0.64)


def paint(scene: Scene) -> Part:
    """Good cloth: each thread over one and under the next, none of them quite straight."""
    rng = scene.named("cloth")
    shift = np.float32(rng.uniform(0, 1)), np.float32(rng.uniform(0, 1))
    pull = smooth(rng, 5) * np.float32(0.10)
    u = scene.u * np.float32(1 / _PITCH) + shift[0] + pull
    v = scene.v * np.float32(1 / _PITCH) + shift[1] + pull.T
    column: Plane = np.floor(u)
    row: Plane = np.floor(v)
    across, along = u - column - np.float32(0.5), v - row - np.float32(0.5)
    over = (column + row) * np.float32(0.5)
    warp_up = (over - np.floor(over)) * 4 - 1  # 1 where the warp runs above, -1 below
    hump_v = 1 - along * along * 4
    hump_u = 1 - across * across * 4
    warp = hump_u * np.float32(0.9) + warp_up * hump_v * np.float32(0.8)
    weft = hump_v * np.float32(0.9) - warp_up * hump_u * np.float32(0.8)
    front = rise(warp - weft, -0.12, 0.12)
    top = np.maximum(warp, weft)
    # Yarn: each thread a little different, fibres run along it.
    warp_yarn, weft_yarn = look_up(table(rng, 48), column + 24), look_up(table(rng, 48), row + 24)
    yarn: Plane = warp_yarn * front + weft_yarn * (1 - front)
    fibres = grain(rng)
    twisted = (fibres + np.roll(fibres, 1, axis=0)) * front + (fibres + np.roll(fibres, 1, axis=1)) * (
        1 - front
    )
    tone: Plane = 1 + np.float32(0.045) * yarn
    tone += np.float32(0.05) * twisted
    tone *= np.float32(0.45) + np.float32(0.55) * rise(top, -0.1, 1.1)
    colour = lay(ink(_WEFT) + plane(0), _WARP, front) * tone
    relief = top * np.float32(2.0) + twisted * np.float32(0.12) + smooth(rng, 4) * np.float32(0.8)
    return Part(colour, plane(1), colour, relief, plane(0.05), polish=2)


def _hole(part: Part, scene: Scene, fault: Fault) -> Part:
    """Torn through to the dark below, with frayed ends around."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.25, 2.2) + smooth(rng, 64) * np.float32(2)
    gone = grow(field, part.cover, fault.pixels * 0.8, 2.5)
    frayed = grow(field, part.cover, fault.pixels * 1.1 + 60, 6) - gone
    below = ink((0.10, 0.09, 0.09)) * (1 + 0.2 * grain(rng))
    fluff = np.clip(np.abs(frayed) * (0.4 + 0.5 * np.roll(grain(rng), 1, axis=0)), 0, 1) * np.float32(0.5)
    colour = lay(
        lay(part.colour, (0.60, 0.60, 0.60), fluff), below, gone * np.float32(fault.between(0.30, 0.96))
    )
    return replace(part, colour=colour, relief=part.relief * (1 - gone) - gone * 3)


def _loose_thread(part: Part, scene: Scene, fault: Fault) -> Part:
    """A thread lying on the cloth, with its shadow."""
    rng = fault.rng
    length = min(330.0, 7.5 * fault.pixels**0.5)
    field = line(rng, somewhere(rng, part.cover), length, float(rng.uniform(0, math.pi)), 0.35, 0.5)
    cover = grow(field, part.cover, fault.pixels * 0.7)
    shadow = np.roll(grow(field, part.cover, fault.pixels * 0.9, 4), (2, 2), axis=(0, 1)) * (1 - cover)
    tone = fault.between(0.5, 0.9) if rng.random() < 0.6 else fault.between(0.3, 0.08)
    thread = ink((tone, tone * 0.95, tone * 0.85)) * (1 + 0.12 * grain(rng))
    colour = part.colour * (1 - shadow * np.float32(fault.between(0.15, 0.5)))
    colour = lay(colour, thread, cover * np.float32(fault.between(0.5, 0.95)))
    return replace(part, colour=colour, relief=part.relief + (2 - part.relief) * cover * np.float32(0.7))


def _stain(part: Part, scene: Scene, fault: Fault) -> Part:
    """Oil or coffee soaked in, darker at its rim."""
    rng = fault.rng
    field = blob(rng, somewhere(rng, part.cover), fault.pixels, 0.22)
    cover = grow(field, part.cover, fault.pixels, 5)
    brown = (0.55, 0.40, 0.24) if rng.random() < 0.5 else (0.35, 0.35, 0.36)
    return stained(part, cover, brown, fault.between(0.15, 0.8), rng)


WEAVE = Motif(
    "weave",
    "texture",
    paint,
    Looseness(zoom=0.02),
    (
        Defect("hole", _hole, largest=0.20),
        Defect("loose_thread", _loose_thread, largest=0.04, fringe_px=26),
        Defect("stain", _stain),
    ),
)
