"""Files to pixels: what is shown to a model, and which pixels a mask marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from iad_eval.errors import DataError

_WHOLE_RANGE_16 = 257  # 65535 / 255: the full range, never the image's own minimum and maximum


def as_shown(image: Image.Image) -> Image.Image:
    """The 8-bit RGB picture that a model is shown, upright.

    EXIF orientation is applied; grey is repeated in the three channels; palettes are looked
    up; transparency lies over white, as a viewer shows it. 16-bit and wider integers are scaled from the full
    16-bit range: stretching each image to its own extremes would hide that a
    photograph is dark. Floats are taken as 0..1.
    """
    image = ImageOps.exif_transpose(image)
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    if image.mode in {"I", "I;16", "I;16B", "I;16L", "I;16N"}:
        wide = np.asarray(image).astype(np.float64).clip(0, 65535)
        return Image.fromarray(np.rint(wide / _WHOLE_RANGE_16).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        unit = np.nan_to_num(np.asarray(image)).clip(0, 1)
        return Image.fromarray(np.rint(unit * 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return image.convert("RGB")


def read_image(path: Path) -> Image.Image:
    """The photograph as :func:`as_shown`. Raises DataError where it cannot be decoded to its last pixel."""
    return as_shown(_decoded(path))


def read_mask(path: Path, size: tuple[int, int]) -> Image.Image:
    """A mask as mode ``L`` with 255 where the file's value is above 0, else 0.

    Any colour channel counts, transparency does not. Raises DataError where it cannot be
    decoded or is not of the photograph's ``size`` (width, height).
    """
    mask = _decoded(path)
    if mask.size != size:
        raise DataError(
            f"{path} is {mask.size[0]}x{mask.size[1]}, its photograph {size[0]}x{size[1]}; "
            "a mask has the photograph's size"
        )
    if mask.mode == "P":
        values = np.asarray(mask)
    elif mask.mode in {"RGBA", "LA", "RGB", "CMYK", "YCbCr", "La", "RGBa"}:
        values = np.asarray(mask.convert("RGB")).max(axis=2)
    else:
        values = np.asarray(mask)
    return Image.fromarray(np.where(values > 0, 255, 0).astype(np.uint8))


def _decoded(path: Path) -> Image.Image:
    try:
        if path.stat().st_size == 0:
            raise DataError(f"{path} is an empty file (0 bytes); put the photograph back")
        with Image.open(path) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return image
    except UnidentifiedImageError:
        raise DataError(
            f"{path} is not an image, whatever its ending says; remove it or put the photograph back"
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise DataError(f"cannot decode {path}: {error}; put an intact copy in its place") from error
