"""A view: a sample under a perturbation, with the pixels that a model is shown."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from iad_eval.words import ClassSamples, Sample


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One photograph as it is shown: ``image`` is RGB, ``mask`` ``L`` (0 or 255) or None.

    ``siblings`` are all samples of the class (training images, reference); ``key`` is the
    identity of the answer that is asked for.
    """

    sample: Sample
    siblings: ClassSamples
    perturbation: str
    protocol: str | None
    key: str
    image: Image.Image
    mask: Image.Image | None
    mask_fraction: float | None
    hidden_fraction: float | None
