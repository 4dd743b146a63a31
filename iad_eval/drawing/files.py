"""Drawn photographs as files, in MVTec-AD's native layout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from iad_eval.drawing import draw
from iad_eval.drawing.catalogue import ClassEntry
from iad_eval.words import GOOD


class Photograph(NamedTuple):
    """Which photograph of a class."""

    split: Literal["train", "test"]
    defect: str
    number: int

    @property
    def stem(self) -> str:
        """The file name without its ending."""
        return f"{self.number:03d}"

    def image_path(self, place: Path) -> Path:
        """Where it lies below the class's folder."""
        return place / self.split / self.defect / f"{self.stem}.png"

    def mask_path(self, place: Path) -> Path | None:
        """Where its mask lies; None for a good part."""
        if self.defect == GOOD:
            return None
        return place / "ground_truth" / self.defect / f"{self.stem}_mask.png"


def photographs(entry: ClassEntry) -> Iterator[Photograph]:
    """All of a class: training, good, then defect by defect."""
    yield from (Photograph("train", GOOD, index) for index in range(entry.train_good))
    yield from (Photograph("test", GOOD, index) for index in range(entry.test_good))
    for defect in entry.defects:
        yield from (Photograph("test", defect, index) for index in range(entry.per_defect))


def write_class(seed: int, entry: ClassEntry, place: Path) -> Iterator[Photograph]:
    """Draws a class into the folder ``place``; yields each photograph when its files are there."""
    for photograph in photographs(entry):
        drawn = draw(seed, entry.name, photograph.split, photograph.defect, photograph.number)
        image_path, mask_path = photograph.image_path(place), photograph.mask_path(place)
        image_path.parent.mkdir(parents=True, exist_ok=True)
        drawn.image.save(image_path, compress_level=1)
        if drawn.mask is not None and mask_path is not None:
            mask_path.parent.mkdir(parents=True, exist_ok=True)
            drawn.mask.save(mask_path, compress_level=1)
        yield photograph
