"""Photographs that lie among a class's own and are never evaluated: in a folder or a format not read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from iad_eval.datasets.layout import IMAGE_ENDINGS
from iad_eval.words import ClassSamples

OTHER_ENDINGS = frozenset(
    {".avif", ".dng", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".pgm", ".ppm", ".raw"}
)
"""Formats that cameras and people write, and no layout reads."""

_NAMED_AT_MOST = 3


def strays(samples: ClassSamples) -> Iterator[tuple[Path, str]]:
    """(folder, problem) for every folder that holds photographs which are no sample of the class.

    Looked into are ``train`` and ``test`` with all folders below them; where samples lie
    elsewhere (VisA by its split file), the folders that hold them.
    """
    claimed = {sample.image_path for sample in (*samples.train, *samples.test)}
    for folder in sorted(_folders(samples)):
        found = sorted(path.name for path in folder.iterdir() if _is_photograph(path) and path not in claimed)
        if found:
            names = ", ".join(found[:_NAMED_AT_MOST]) + (", ..." if len(found) > _NAMED_AT_MOST else "")
            are = "image here is" if len(found) == 1 else "images here are"
            yield folder, f"{len(found)} {are} never evaluated: {names}"


def _is_photograph(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in IMAGE_ENDINGS | OTHER_ENDINGS


def _folders(samples: ClassSamples) -> set[Path]:
    found: set[Path] = set()
    splits: set[Path] = set()
    for within, split, class_name in {
        (sample.image_path.parent, sample.split, sample.class_name)
        for sample in (*samples.train, *samples.test)
    }:
        split_folder = _split_folder(within, split, class_name)
        if split_folder is None:
            found.add(within)
        else:
            splits |= {split_folder.parent / name for name in ("train", "test")}
    for split_folder in splits:
        for place, inside, _ in os.walk(split_folder):
            inside[:] = [name for name in inside if not name.startswith(".")]
            found.add(Path(place))
    return found


def _split_folder(within: Path, split: str, class_name: str) -> Path | None:
    """The class's ``train`` or ``test`` above its photographs; None where the class has no such folder."""
    for folder in (within, *within.parents):
        if folder.parent.name == class_name:
            return folder if folder.name == split else None
    return None
