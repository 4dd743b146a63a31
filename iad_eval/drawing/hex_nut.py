"""A zinc-plated hexagon nut, seen from above."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.blueprint import Blueprint, once
from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Plane, ink, inside, lay, rise
from iad_eval.drawing.defects import broken_off, covered, scratched
from iad_eval.drawing.faults import Defect, Fault
from iad_eval.drawing.grounds import rubber_mat
from iad_eval.drawing.lettering import lettering
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.noise import look_up, smooth, table
from iad_eval.drawing.regions import blob, cut, grow, line, scuff, side, somewhere
from iad_eval.drawing.scene import Looseness, Scene
from iad_eval.drawing.shapes import hexagon, radius

_APOTHEM, _CHAMFER, _MOUTH, _BORE = 101.0, 99.0, 52.0, 40.0


@once
def _nut(u: Plane, v: Plane) -> Blueprint:
    """``marks``: how strongly the turning shows (not in the bore)."""
    far, outline = radius(u, v), hexagon(u, v, _APOTHEM)
    stamp = lettering(u, v + 76, "8", 24) + lettering(u, v - 76, "M10", 20)
    thread = np.sin(far * np.float32(1.9) + np.arctan2(v, u))
    relief = -np.maximum(far - np.float32(_CHAMFER), 0) * np.float32(0.75)
    relief -= np.maximum(np.float32(_MOUTH) - far, 0) * np.float32(0.8)
    relief -= rise(outline, -3.0, 0.5) * 2
    relief -= stamp * np.float32(1.1)
    relief += thread * rise(far, _BORE - 6, _BORE) * inside(far - np.float32(_MOUTH - 4), 3) * np.float32(1.2)
    deep = inside(far - np.float32(_BORE - 4), 5)
    tone = (1 - 0.93 * deep) * (1 - 0.25 * stamp) * (1 - 0.3 * rise(-far, -_MOUTH - 1, -_BORE))
    colour = ink((0.49, 0.50, 0.515)) * tone
    return Blueprint(inside(outline), colour, relief, 0.30 * (1 - deep), (1 - deep,))


def paint(scene: Scene) -> Part:
    """A good nut on a rubber mat."""
    nut = _nut().laid(scene)
    rng = scene.named("turning")
    far = radius(scene.u, scene.v)
    marks: Plane = look_up(table(rng, 140, 2), far) + look_up(table(rng, 560, 3), far * 4) * np.float32(0.6)
    shades = marks * np.float32(0.032)
    shades += _wedges(scene, far, math.radians(float(rng.uniform(35, 55)))) * np.float32(0.15)
    shades += smooth(rng, 8) * np.float32(0.04)
    shades += 1
    marks *= nut.marks[0]
    gloss = nut.gloss + marks * np.float32(0.03)
    relief = nut.relief + marks * np.float32(0.04)
    ground = rubber_mat(scene, (0.16, 0.17, 0.19))
    return Part(ground, nut.cover, nut.colour * shades, relief, gloss, polish=4, stands=9)


def _wedges(scene: Scene, far: Plane, turn: float) -> Plane:
    """Turned metal mirrors the lamp in two opposite wedges: cos 2(angle - turn)."""
    u, v = scene.u, scene.v
    double = (u * u - v * v) * np.float32(math.cos(2 * turn)) + u * v * np.float32(2 * math.sin(2 * turn))
    wedges: Plane = double / (far * far + 1)
    return wedges


def _face(part: Part, scene: Scene) -> Plane:
    return part.cover * rise(radius(scene.u, scene.v), _MOUTH - 8, _MOUTH)


def _scratch(part: Part, scene: Scene, fault: Fault) -> Part:
    rng, face = fault.rng, _face(part, scene)
    centre, turn = somewhere(rng, face), float(rng.uniform(0, math.pi))
    if fault.pixels < 700:
        field = line(rng, centre, 7 * fault.pixels**0.5, turn, 0.08)
    else:
        field = scuff(rng, centre, fault.pixels, turn, 9.0) + smooth(rng, 80) * np.float32(0.8)
    cover = grow(field, face, fault.pixels)
    grey = fault.between(0.42, 0.18) if rng.random() < 0.5 else fault.between(0.60, 0.85)
    return scratched(part, cover, (grey, grey, grey), fault.between(0.4, 0.85), fault.between(0.15, 0.6))


def _rust(part: Part, scene: Scene, fault: Fault) -> Part:
    rng, face = fault.rng, _face(part, scene)
    cover = grow(blob(rng, somewhere(rng, face), fault.pixels, 0.5), face, fault.pixels, 4)
    return covered(part, cover, (0.40, 0.21, 0.10), 0.30, fault.between(0.13, 0.85), rng, 0.03)


def _chipped(part: Part, scene: Scene, fault: Fault) -> Part:
    """A piece of the rim gone, with a bright fracture beside the gap."""
    rng = fault.rng
    turn = float(rng.uniform(-math.pi, math.pi))
    field = side(rng, (0.0, 0.0), turn, 3 + 0.03 * fault.pixels**0.5)
    gone = cut(field, part.cover, fault.pixels)
    fracture = grow(field, part.cover, fault.pixels * 1.12 + 40, 3)
    grey = fault.between(0.38, 0.62)
    rough = 1 + 0.25 * smooth(rng, 90)
    bare = ink((grey, grey, grey)) * rough
    torn = replace(part, colour=lay(part.colour, bare, fracture), relief=part.relief - fracture * 2)
    return broken_off(torn, gone)


HEX_NUT = Motif(
    "hex_nut",
    "object",
    paint,
    Looseness(),
    (
        Defect("chipped", _chipped, largest=0.25, fringe_px=30),
        Defect("rust", _rust),
        Defect("scratch", _scratch, largest=0.08, fringe_px=10),
    ),
)
