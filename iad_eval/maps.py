"""Anomaly maps on disk: where in a view a model's score comes from, for whoever looks at a run."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from iad_eval.errors import UsageError
from iad_eval.store import drafted, file_name

SIDE_PX: Final = 128
"""A stored map's longer side: the networks' own grids are coarser."""

_LOW, _HIGH = "iad-low", "iad-high"


def map_path(root: Path, model: str, key: str) -> Path:
    """Where the map of the answer ``key`` lies, in a run's directory or in the answer cache."""
    return root / "maps" / file_name(model) / f"{key}.png"


def write_map(path: Path, found: NDArray[np.float32]) -> None:
    """Stores a map (height, width) as a grey picture of at most :data:`SIDE_PX`, its range beside it.

    Values are kept to 1/255 of the map's range. Raises OSError where the file cannot be written.
    """
    image = Image.fromarray(np.ascontiguousarray(found, np.float32))
    image.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    values = np.nan_to_num(np.asarray(image, np.float64))
    low, high = float(values.min()), float(values.max())
    grey = np.rint((values - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)
    facts = PngInfo()
    facts.add_text(_LOW, repr(low))
    facts.add_text(_HIGH, repr(high))
    with drafted(path) as draft:
        Image.fromarray(grey).save(draft, "PNG", pnginfo=facts, compress_level=3)


def read_map(path: Path, size: tuple[int, int] | None = None) -> NDArray[np.float32]:
    """A stored map, float32 (height, width), on a grid of ``size`` (width, height) where that is given.

    Raises OSError, KeyError or ValueError for a file that holds no map.
    """
    with Image.open(path) as image:
        low, high = float(image.info[_LOW]), float(image.info[_HIGH])
        grey = np.asarray(image.convert("L"), np.float32)
    found = np.asarray(low + grey * ((high - low) / 255), np.float32)
    if size is None:
        return found
    return np.asarray(Image.fromarray(found).resize(size, Image.Resampling.BILINEAR), np.float32)


class Maps:
    """Maps of one run, of the answer cache that gives them again with its answers, and of an earlier run."""

    def __init__(self, run: Path, cache: Path, earlier: Path | None = None) -> None:
        self._run = run
        self._sources = [cache, *([earlier] if earlier is not None else [])]

    def keep(self, model: str, key: str, found: NDArray[np.float32]) -> None:
        """Stores a view's map in both. Raises UsageError where there is no room for it."""
        kept = map_path(self._sources[0], model, key)
        try:
            write_map(kept, found)
            self._give(kept, map_path(self._run, model, key))
        except OSError as error:
            raise UsageError(
                f"cannot keep the anomaly map {kept}: {error.strerror or error}. Make room, then run the "
                "same command again: what was observed is kept"
            ) from error

    def recall(self, model: str, key: str) -> None:
        """Brings a map into the run, with its answer; nothing where none is kept."""
        for source in self._sources:
            with contextlib.suppress(OSError):
                self._give(map_path(source, model, key), map_path(self._run, model, key))

    def _give(self, kept: Path, wanted: Path) -> None:
        if not wanted.exists():
            take(kept, wanted)


def take(source: Path, target: Path) -> None:
    """The same file at another place: a second name for it where the file system has such, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError:
        if not source.exists():
            raise
        shutil.copyfile(source, target)
