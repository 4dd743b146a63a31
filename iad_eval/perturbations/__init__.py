"""What happens to a photograph before it is shown: one lazy door to all perturbations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PIL import Image

from iad_eval.words import Json


@dataclass(frozen=True, slots=True)
class Perturbed:
    """An RGB image, its mask (mode ``L``, 0 or 255; None without one), and what became of the defect.

    ``hidden_fraction`` (0..1) is the share of the mask's pixels that the perturbation paints
    over or moves out of the frame; None without a mask.
    """

    image: Image.Image
    mask: Image.Image | None
    hidden_fraction: float | None


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A named pure function on (RGB image, mask of the same size or None).

    ``version`` grows whenever the pixels change: with ``parameters`` it is part of the
    identity of every answer.
    """

    name: str
    apply: Callable[[Image.Image, Image.Image | None], Perturbed]
    version: int = 1
    parameters: Mapping[str, Json] = field(default_factory=dict)
