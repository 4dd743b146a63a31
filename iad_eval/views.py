"""A view: a sample under a perturbation, with the pixels that a model is shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from iad_eval.perturbations import Perturbation
from iad_eval.pixels import read_image, read_mask
from iad_eval.words import ClassSamples, Sample


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One photograph as it is shown: ``image`` is RGB, ``mask`` ``L`` (0 or 255) or None.

    ``siblings`` are all samples of the class (training images, reference); ``key`` is the
    identity of the answer that is asked for. ``mask_fraction`` (0..1) is the share of the
    view's pixels that the mask marks: 0 for a normal sample, None for an anomalous one
    without a mask. ``repeat`` counts the answers that are drawn about it.
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
    repeat: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """A photograph and its mask before any perturbation, as a :class:`View` holds them."""

    image: Image.Image
    mask: Image.Image | None

    @property
    def bytes(self) -> int:
        """How much memory the pixels take; Pillow holds RGB in four bytes each."""
        pixels = self.image.width * self.image.height
        return 4 * pixels + (0 if self.mask is None else pixels)


def decode(sample: Sample) -> Decoded:
    """Raises DataError where photograph or mask cannot be used."""
    image = read_image(sample.image_path)
    return Decoded(image, read_mask(sample.mask_path, image.size) if sample.mask_path is not None else None)


def load_view(
    sample: Sample,
    siblings: ClassSamples,
    perturbation: Perturbation,
    protocol: str | None,
    key: str,
    decoded: Decoded | None = None,
    repeat: int = 0,
) -> View:
    """Perturbs a sample, decoding it first where that was not done.

    Raises DataError where photograph or mask cannot be used.
    """
    if decoded is None:
        decoded = decode(sample)
    shown = perturbation.apply(decoded.image, decoded.mask)
    fraction = None if sample.is_anomalous else 0.0
    if shown.mask is not None:
        fraction = float(np.count_nonzero(np.asarray(shown.mask)) / (shown.mask.width * shown.mask.height))
    return View(
        sample,
        siblings,
        perturbation.name,
        protocol,
        key,
        shown.image,
        shown.mask,
        fraction,
        shown.hidden_fraction,
        repeat,
    )
