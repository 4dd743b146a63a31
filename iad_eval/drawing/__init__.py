"""Photographs of manufactured parts, drawn from a seed: five objects, three textures, with defects and masks.

Every picture depends on (seed, class, split, defect, index) alone: it is the same in any order and
any process. It is painted in float32 with numpy; where the arithmetic of another machine rounds
differently, single pixels may differ by a grey level.

:func:`draw` draws one photograph, :func:`catalogue` says which there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from iad_eval.drawing.camera import develop, photograph
from iad_eval.drawing.catalogue import ClassEntry, catalogue, motif_of
from iad_eval.drawing.dust import dusty
from iad_eval.drawing.faults import asked, spoilt
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.scene import set_scene
from iad_eval.drawing.streams import stream
from iad_eval.errors import UsageError, unknown
from iad_eval.words import GOOD

__all__ = ["VERSION", "ClassEntry", "Drawn", "catalogue", "draw"]

VERSION = 1
"""Grows whenever the pixels of a photograph change."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A photograph (256 x 256 RGB) and its mask (``L``, 0 or 255); None for a good part."""

    image: Image.Image
    mask: Image.Image | None


def draw(seed: int, class_name: str, split: str, defect: str, index: int) -> Drawn:
    """Draws one photograph.

    ``split`` is ``train`` or ``test``, ``defect`` ``good`` or one of the class's kinds, ``index``
    counts from 0. The mask marks exactly the pixels in which the photograph, before sensor noise,
    differs from that of the same part without the defect by more than
    :data:`~iad_eval.drawing.faults.TOLERANCE`, gaps of a pixel or two closed: between 0.2 % and
    30 % of the picture, spread evenly over the logarithm of the area within each 16 photographs
    of a kind. Raises UsageError for a name that is not in the catalogue or an index below 0.
    """
    motif = motif_of(class_name)
    _check(motif, split, defect, index)
    names = (class_name, split, defect, str(index))
    scene = set_scene(lambda purpose: stream(seed, *names, purpose), motif.looseness)
    part = dusty(motif.paint(scene), scene, motif.most_dust)
    if defect == GOOD:
        return Drawn(develop(photograph(part, scene), scene, scene.named("sensor")), None)
    kind = next(kind for kind in motif.defects if kind.name == defect)
    pixels, visibility = asked(kind, index, scene.named("asked"))
    picture, mask = spoilt(part, scene, kind, pixels, visibility)
    return Drawn(develop(picture, scene, scene.named("sensor")), mask)


def _check(motif: Motif, split: str, defect: str, index: int) -> None:
    if split not in ("train", "test"):
        raise UsageError(f"unknown split {split!r}: choose 'train' or 'test'")
    kinds = {GOOD} if split == "train" else {GOOD, *(kind.name for kind in motif.defects)}
    if defect not in kinds:
        raise unknown(f"defect of {motif.name}/{split}", defect, kinds, "defect")
    if index < 0:
        raise UsageError(f"photographs are counted from 0, not {index}")
