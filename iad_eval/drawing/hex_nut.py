"""A zinc-plated hexagon nut, seen from above."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from iad_eval.drawing.camera import Part
from iad_eval.drawing.canvas import Plane, ink, inside, lay, rise
from iad_eval.drawing.defects import broken_off, covered, scratched
from iad_eval.drawing.faults import Fault
from iad_eval.drawing.grounds import rubber_mat
from iad_eval.drawing.lettering import lettering
from iad_eval.drawing.motif import Defect, Motif
from iad_eval.drawing.noise import cloudy, look_up, smooth, table
from iad_eval.drawing.regions import blob, grow, line, side, somewhere
from iad_eval.drawing.scene import Looseness, Scene
from iad_eval.drawing.shapes import hexagon, radius

_APOTHEM, _CHAMFER, _MOUTH, _BORE = 101.0, 99.0, 52.0, 40.0


def paint(scene: Scene) -> Part:
    """A good nut on a rubber mat."""
    far = radius(scene.u, scene.v)
    outline = hexagon(scene.u, scene.v, _APOTHEM)
    rng = scene.named("turning")
    marks = look_up(table(rng, 140, 2), far) + look_up(table(rng, 560, 3), far * 4) * np.float32(0.6)
    # Turned metal mirrors the lamp in two opposite wedges.
    wedges = _wedges(scene, far, math.radians(float(rng.uniform(35, 55))))
    grey = 0.50 + 0.016 * marks + 0.075 * wedges + 0.018 * cloudy(rng, 6)
    stamp = lettering(scene, "8", (0.0, -76.0), 24.0) + lettering(scene, "M10", (0.0, 76.0), 20.0)
    relief = -np.maximum(far - np.float32(_CHAMFER), 0) * np.float32(0.75)
    relief -= np.maximum(np.float32(_MOUTH) - far, 0) * np.float32(0.8)
    relief -= rise(outline, -3.0, 0.5) * 2
    relief -= stamp * np.float32(1.1)
    relief += smooth(rng, 60) * np.float32(0.05)
    thread = _thread(scene, far)
    relief += thread * rise(far, _BORE - 6, _BORE) * inside(far - np.float32(_MOUTH - 4), 3) * np.float32(1.2)
    deep = inside(far - np.float32(_BORE - 4), 5)
    grey = grey * (1 - 0.93 * deep) * (1 - 0.25 * stamp) * (1 - 0.3 * rise(-far, -_MOUTH - 1, -_BORE))
    colour = grey * ink((0.98, 1.0, 1.03))
    gloss = (0.30 + 0.03 * marks) * (1 - deep)
    ground = rubber_mat(scene, (0.16, 0.17, 0.19))
    return Part(ground, inside(outline), colour, relief, gloss, polish=4, stands=9)


def _wedges(scene: Scene, far: Plane, turn: float) -> Plane:
    """cos 2(angle - turn), by the addition theorem: two bright wedges opposite each other."""
    u, v = scene.u, scene.v
    double = (u * u - v * v) * np.float32(math.cos(2 * turn)) + u * v * np.float32(2 * math.sin(2 * turn))
    return double / (far * far + 1)


def _thread(scene: Scene, far: Plane) -> Plane:
    """Turns of the thread seen at the mouth of the bore: sin(1.9 radius + angle)."""
    phase = far * np.float32(1.9)
    return (np.sin(phase) * scene.u + np.cos(phase) * scene.v) / (far + np.float32(0.1))


def _metal(part: Part, scene: Scene) -> Plane:
    return part.cover * rise(radius(scene.u, scene.v), _MOUTH - 8, _MOUTH)


def _scratch(part: Part, scene: Scene, fault: Fault) -> Part:
    rng, metal = fault.rng, _metal(part, scene)
    centre, turn = somewhere(rng, metal), float(rng.uniform(0, math.pi))
    count = 1 + round((fault.pixels / 900) ** 0.75)
    length = min(170.0, 9.0 * fault.pixels**0.5 / count**0.4)
    field = line(rng, centre, length, turn, 0.08)
    for _ in range(count - 1):
        off = (centre[0] + float(rng.normal(0, 9 + 2 * count)), centre[1] + float(rng.normal(0, 9 + 2 * count)))
        field = np.maximum(field, line(rng, off, length * float(rng.uniform(0.5, 1)), turn + float(rng.normal(0, 0.12)), 0.08))
    cover = grow(field, metal, fault.pixels)
    grey = fault.between(0.42, 0.16) if rng.random() < 0.5 else fault.between(0.60, 0.95)
    return scratched(part, cover, (grey, grey, grey), fault.between(0.5, 0.95), fault.between(0.2, 0.7))


def _rust(part: Part, scene: Scene, fault: Fault) -> Part:
    rng, metal = fault.rng, _metal(part, scene)
    cover = grow(blob(rng, somewhere(rng, metal), fault.pixels, 0.5), metal, fault.pixels, 4)
    return covered(part, cover, (0.40, 0.21, 0.10), 0.30, fault.between(0.25, 0.95), rng, 0.03)


def _chipped(part: Part, scene: Scene, fault: Fault) -> Part:
    """A piece of the rim gone, with a bright fracture beside the gap."""
    rng = fault.rng
    turn = float(rng.uniform(-math.pi, math.pi))
    field = side(rng, (0.0, 0.0), turn, 3 + 0.03 * fault.pixels**0.5)
    gone = grow(field, part.cover, fault.pixels)
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
        Defect("chipped", _chipped, largest=0.25),
        Defect("rust", _rust),
        Defect("scratch", _scratch, largest=0.08),
    ),
)
