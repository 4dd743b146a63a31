"""Small pictures of the views of a run, for whoever looks at its report."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iad_eval.errors import UsageError
from iad_eval.maps import take
from iad_eval.store import drafted, file_name

FOLDER: Final = "pictures"
SIDE_PX: Final = 320
"""A picture's longer side: a defect can be seen, and ten thousand views stay below 200 MB."""

_QUALITY = 78
_BRIGHT, _DARK = 1, 2  # a bright line around the defect, a dark one around that
_COLOURS = (0, 0, 0, 255, 40, 200, 20, 20, 20)  # transparent, the bright line, the dark line


def folder_of(sample: str) -> str:
    """The name of the folder of a photograph's pictures: 12 hexadecimal digits of its id's SHA-256."""
    return hashlib.sha256(sample.encode("utf-8", "backslashreplace")).hexdigest()[:12]


def picture_path(run: Path, sample: str, perturbation: str) -> Path:
    """Where a view's picture lies in a run's directory (JPEG, at most :data:`SIDE_PX` on its longer side)."""
    return run / FOLDER / folder_of(sample) / f"{file_name(perturbation)}.jpg"


def outline_path(run: Path, sample: str, perturbation: str) -> Path:
    """Where the outline of a view's defect lies: a transparent PNG of the picture's size."""
    return picture_path(run, sample, perturbation).with_suffix(".png")


def small(image: Image.Image) -> Image.Image:
    """The RGB picture of a view, never larger than the view itself."""
    picture = image.convert("RGB")
    picture.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return picture


def outline(mask: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A line around what a mask (mode ``L``, 0 or 255) marks, transparent elsewhere, of a picture's ``size``.

    The line lies outside the defect; a defect smaller than a pixel of the picture has one, too.
    """
    within = np.asarray(mask.resize(size, Image.Resampling.BOX)) > 0
    near = _grown(within)
    far = _grown(near)
    line = np.zeros(within.shape, np.uint8)
    line[far] = _DARK
    line[near] = _BRIGHT
    line[within] = 0
    drawn = Image.fromarray(line)
    drawn.putpalette(_COLOURS)
    return drawn


class Pictures:
    """Pictures of one run, and of the cache that gives them again to other runs."""

    def __init__(self, run: Path, cache: Path) -> None:
        self._run = run
        self._cache = cache

    def recall(self, sample: str, perturbation: str, key: str) -> bool:
        """Whether the run has the picture from now on: it had it already, or the cache does."""
        wanted = picture_path(self._run, sample, perturbation)
        if wanted.exists():
            return True
        kept = self._kept(key)
        with contextlib.suppress(OSError):
            _give(kept.with_suffix(".png"), wanted.with_suffix(".png"))
        try:
            _give(kept, wanted)
        except OSError:
            return False
        return True

    def keep(
        self, sample: str, perturbation: str, key: str, image: Image.Image, mask: Image.Image | None
    ) -> None:
        """Stores a view's picture in both, the outline first. Raises UsageError without room for it."""
        kept = self._kept(key)
        picture = small(image)
        try:
            if mask is not None:
                _write(kept.with_suffix(".png"), outline(mask, picture.size), transparency=0)
            _write(kept, picture, quality=_QUALITY)
        except OSError as error:
            raise UsageError(
                f"cannot keep the picture {kept}: {error.strerror or error}. Make room, or leave them out "
                "with --iad-page no; what was observed is kept"
            ) from error
        self.recall(sample, perturbation, key)

    def _kept(self, key: str) -> Path:
        return self._cache / FOLDER / key[:2] / f"{key}.jpg"


def _grown(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """One pixel more in each of the eight directions."""
    tall = marked.copy()
    tall[1:] |= marked[:-1]
    tall[:-1] |= marked[1:]
    grown = tall.copy()
    grown[:, 1:] |= tall[:, :-1]
    grown[:, :-1] |= tall[:, 1:]
    return grown


def _write(path: Path, image: Image.Image, **how: int) -> None:
    with drafted(path) as draft:
        image.save(draft, "JPEG" if path.suffix == ".jpg" else "PNG", **how)


def _give(kept: Path, wanted: Path) -> None:
    if not wanted.exists():
        take(kept, wanted)
