"""What happens to a photograph before it is shown: one lazy door to all perturbations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iad_eval.errors import UsageError, unknown
from iad_eval.words import Json

if TYPE_CHECKING:
    from PIL import Image

PAPER = ("original", "rotated", "padded", "timestamp")
"""The paper's views, in its order (section 4.3; Tables 3 and 4)."""


@dataclass(frozen=True, slots=True)
class Perturbed:
    """An RGB image, its mask (mode ``L``, 0 or 255; None without one), and what became of the defect.

    ``hidden_fraction`` (0..1) is the share of the mask's pixels that the perturbation paints
    over or moves out of the frame; None without a mask.
    """

    image: Image.Image
    mask: Image.Image | None
    hidden_fraction: float | None


Apply = Callable[["Image.Image", "Image.Image | None"], Perturbed]


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A named pure function on (image of any mode, mask of the same size or None).

    ``version`` grows whenever the pixels change: with ``parameters`` it is part of the
    identity of every answer.
    """

    name: str
    apply: Apply
    version: int = 1
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """Perturbations ``name:severity``; ``make`` turns a severity within the bounds into one's function."""

    name: str
    unit: str
    low: float
    high: float
    example: float
    make: Callable[[float], Apply]

    def member(self, severity: str) -> Perturbation:
        """Raises UsageError for a severity that is no number within the bounds."""
        usage = (
            f"{self.name} takes {self.unit} from {self.low:g} to {self.high:g}: "
            f"type --iad-perturbation {self.name}:{self.example:g}"
        )
        try:
            value = float(f"{float(severity):g}") + 0.0  # what the name can say; never -0
        except ValueError:
            raise UsageError(
                f"perturbation {self.name}:{severity} has no number after the colon; {usage}"
            ) from None
        if not self.low <= value <= self.high:
            raise UsageError(f"perturbation {self.name}:{severity} is out of range; {usage}")
        return Perturbation(f"{self.name}:{value:g}", self.make(value), parameters={"severity": value})


def perturbation(name: str, others: Mapping[str, Perturbation] | None = None) -> Perturbation:
    """The perturbation of a name; ``others`` are those that third parties registered.

    Names of families are made canonical: ``rotate:15.0`` is ``rotate:15``, and a severity
    has the six digits that its name shows. Raises UsageError for an unknown name, with the
    nearest known ones.
    """
    if others and name in others:
        return others[name]
    if name in PAPER:
        return Perturbation(name, _paper(name))
    families = {family.name: family for family in FAMILIES}
    stem, colon, severity = name.partition(":")
    if stem in families and colon:
        return families[stem].member(severity)
    if stem in families:
        return families[stem].member("")
    known = [*PAPER, *(others or ()), *(f"{family.name}:{family.example:g}" for family in FAMILIES)]
    raise unknown("perturbation", name, known, "--iad-perturbation")


def _paper(name: str) -> Apply:
    def apply(image: Image.Image, mask: Image.Image | None) -> Perturbed:
        from iad_eval.perturbations import paper

        function: Apply = getattr(paper, name)
        return function(image, mask)

    return apply


def _lazy(room: str, function: str) -> Callable[[float], Apply]:
    """The function of a camera's perturbation, imported when the first image meets it."""

    def make(severity: float) -> Apply:
        def apply(image: Image.Image, mask: Image.Image | None) -> Perturbed:
            from importlib import import_module

            perturbed: Perturbed = getattr(import_module(f"iad_eval.perturbations.{room}"), function)(
                image, mask, severity
            )
            return perturbed

        return apply

    return make


FAMILIES = (
    Family("rotate", "degrees counter-clockwise", -360, 360, 15, _lazy("pose", "rotate")),
    Family("shift", "a fraction of the width and height, right and down", -1, 1, 0.1, _lazy("pose", "shift")),
    Family("scale", "a zoom factor", 0.25, 10, 1.2, _lazy("pose", "scale")),
    Family("blur", "a Gaussian's sigma in pixels", 0, 50, 2, _lazy("sensor", "blur")),
    Family("noise", "a standard deviation in units of full scale", 0, 1, 0.05, _lazy("sensor", "noise")),
    Family("brightness", "a factor on the values", 0, 10, 1.3, _lazy("sensor", "brightness")),
    Family("low-light", "a fraction of the light", 0.001, 1, 0.2, _lazy("sensor", "low_light")),
    Family("jpeg", "a quality", 1, 95, 20, _lazy("sensor", "jpeg")),
)
"""What cameras do to photographs, each with a severity."""
