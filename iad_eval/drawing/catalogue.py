"""What there is to draw: eight classes, their defects, and how many photographs of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iad_eval.drawing.brushed_metal import BRUSHED_METAL
from iad_eval.drawing.capsule import CAPSULE
from iad_eval.drawing.connector import CONNECTOR
from iad_eval.drawing.crown_cap import CROWN_CAP
from iad_eval.drawing.gear import GEAR
from iad_eval.drawing.hex_nut import HEX_NUT
from iad_eval.drawing.motif import Motif
from iad_eval.drawing.tile import TILE
from iad_eval.drawing.weave import WEAVE
from iad_eval.errors import unknown

TRAIN_GOOD, TEST_GOOD, PER_DEFECT = 80, 24, 16
"""Photographs of each class; MVTec-AD has 242, 31 and 17 on average (paper, 4.1)."""

MOTIFS: dict[str, Motif] = {
    motif.name: motif for motif in (BRUSHED_METAL, CAPSULE, CONNECTOR, CROWN_CAP, GEAR, HEX_NUT, TILE, WEAVE)
}


@dataclass(frozen=True, slots=True)
class ClassEntry:
    """One class of the catalogue; ``per_defect`` counts the photographs of each kind of defect."""

    name: str
    kind: Literal["object", "texture"]
    defects: tuple[str, ...]
    train_good: int = TRAIN_GOOD
    test_good: int = TEST_GOOD
    per_defect: int = PER_DEFECT


def catalogue() -> tuple[ClassEntry, ...]:
    """All classes, sorted by name."""
    return tuple(
        ClassEntry(name, motif.kind, tuple(sorted(defect.name for defect in motif.defects)))
        for name, motif in sorted(MOTIFS.items())
    )


def motif_of(class_name: str) -> Motif:
    """The motif of a class. Raises UsageError for a name that is not in the catalogue."""
    if class_name not in MOTIFS:
        raise unknown("class", class_name, MOTIFS, "--iad-class")
    return MOTIFS[class_name]
