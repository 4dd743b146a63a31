"""What lens, light, sensor and file format do: every pixel stays in its place, no defect is covered."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from iad_eval.perturbations import Perturbed
from iad_eval.pixels import as_shown

FULL_WELL = 4000.0
"""Electrons of a white pixel in full light: what a small industrial sensor holds, roughly."""

READ_NOISE = 6.0
"""Standard deviation, in electrons, that the sensor adds whatever the light."""

GAMMA = 2.2


def blur(image: Image.Image, mask: Image.Image | None, sigma_px: float) -> Perturbed:
    """Out of focus: a Gaussian blur."""
    return _of(as_shown(image).filter(ImageFilter.GaussianBlur(sigma_px)), mask)


def noise(image: Image.Image, mask: Image.Image | None, std: float) -> Perturbed:
    """Grain: Gaussian noise of that standard deviation (full scale is 1) on every channel."""
    unit = _unit(image)
    return _of(_picture(unit + _generator(image).normal(0, std, unit.shape)), mask)


def brightness(image: Image.Image, mask: Image.Image | None, factor: float) -> Perturbed:
    """Every value times a factor, clipped at white."""
    return _of(_picture(_unit(image) * factor), mask)


def low_light(image: Image.Image, mask: Image.Image | None, fraction: float) -> Perturbed:
    """A fraction of the light at the same exposure: darker, with shot noise and read noise.

    Values are taken to linear light, turned into electrons of a sensor with
    :data:`FULL_WELL`, drawn as photons arrive (Poisson), read with :data:`READ_NOISE`.
    """
    electrons = _unit(image) ** GAMMA * FULL_WELL * fraction
    chance = _generator(image)
    seen = chance.poisson(electrons) + chance.normal(0, READ_NOISE, electrons.shape)
    return _of(_picture((seen / FULL_WELL).clip(0) ** (1 / GAMMA)), mask)


def jpeg(image: Image.Image, mask: Image.Image | None, quality: float) -> Perturbed:
    """Written as JPEG of that quality (whole number, colour at half resolution) and read again."""
    file = io.BytesIO()
    as_shown(image).save(file, "JPEG", quality=round(quality), subsampling="4:2:0")
    with Image.open(file) as written:
        return _of(written.convert("RGB"), mask)


def _of(image: Image.Image, mask: Image.Image | None) -> Perturbed:
    return Perturbed(image, mask, None if mask is None else 0.0)


def _unit(image: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(as_shown(image)).astype(np.float64) / 255


def _picture(unit: npt.NDArray[np.float64]) -> Image.Image:
    return Image.fromarray(np.rint(unit.clip(0, 1) * 255).astype(np.uint8))


def _generator(image: Image.Image) -> np.random.Generator:
    """Seeded by the photograph itself: the same again for it, another for every other."""
    digest = hashlib.sha256(as_shown(image).tobytes()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))
