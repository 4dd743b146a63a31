"""A motif: one class of the drawn dataset, how it is painted and what can go wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from iad_eval.drawing.camera import Part
from iad_eval.drawing.faults import Defect
from iad_eval.drawing.scene import Looseness, Scene


@dataclass(frozen=True, slots=True)
class Motif:
    """A class: ``paint`` makes a good part, lying and lit as the scene says."""

    name: str
    kind: Literal["object", "texture"]
    paint: Callable[[Scene], Part]
    looseness: Looseness
    defects: tuple[Defect, ...]
    most_dust: float = 17.0
