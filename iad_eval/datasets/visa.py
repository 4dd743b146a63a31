"""VisA (Zou et al., 2022): native by its split file, or converted to ``1cls/<class>/...``."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from iad_eval.datasets import layout
from iad_eval.datasets.visa_split import SplitRow, read_split
from iad_eval.errors import DataError
from iad_eval.words import GOOD, ClassSamples, Json, Sample

BAD = "bad"
"""VisA does not say which defect a photograph shows; both layouts call all of them this."""

SPLIT_FILE = Path("split_csv") / "1cls.csv"


class Visa:
    """The same samples with the same ids from either layout.

    Native: ``split_csv/1cls.csv`` names photographs and masks. Converted:
    ``1cls/<class>/{train,test}/{good,bad}`` with masks in ``ground_truth/bad``; the root
    is the folder above ``1cls`` or ``1cls`` itself.
    """

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.root = root
        self._listed: dict[str, ClassSamples] = {}

    def classes(self) -> tuple[str, ...]:
        """Sorted. Raises DataError where the root holds neither layout, or the split file is wrong."""
        layout.existing_root(self.root, "visa")
        if self._is_native:
            return tuple(sorted(self._rows))
        names = layout.class_names(self._converted)
        if not names:
            seen = ", ".join(layout.folders(self.root)[:5]) or "no folder at all"
            raise DataError(
                f"{self.root} holds neither {SPLIT_FILE} nor 1cls/<class>/train and test; seen: {seen}"
            )
        return names

    def samples(self, class_name: str) -> ClassSamples:
        """Lists one class. Raises DataError where it has no test photograph."""
        if class_name not in self._listed:
            self._listed[class_name] = (
                self._by_split_file(class_name) if self._is_native else self._by_folders(class_name)
            )
        return self._listed[class_name]

    def prepare(self, class_name: str) -> None:
        """The files are there already."""

    def describe(self) -> dict[str, Json]:
        """Kind, root and layout."""
        return {"kind": "visa", "root": str(self.root), "layout": "native" if self._is_native else "1cls"}

    @cached_property
    def _is_native(self) -> bool:
        return (self.root / SPLIT_FILE).is_file()

    @property
    def _converted(self) -> Path:
        return self.root / "1cls" if (self.root / "1cls").is_dir() else self.root

    @cached_property
    def _rows(self) -> dict[str, list[SplitRow]]:
        rows: dict[str, list[SplitRow]] = {}
        for row in read_split(self.root / SPLIT_FILE, self.root):
            rows.setdefault(row.class_name, []).append(row)
        return rows

    def _by_split_file(self, class_name: str) -> ClassSamples:
        split: dict[str, list[Sample]] = {"train": [], "test": []}
        for row in self._rows[class_name]:
            split[row.split].append(
                self._sample(class_name, row.split, row.is_anomalous, row.image.stem, row.image, row.mask)
            )
        return layout.in_order(split["train"], split["test"], self.root / class_name)

    def _by_folders(self, class_name: str) -> ClassSamples:
        place = self._converted / class_name
        others = sorted({*layout.folders(place / "train"), *layout.folders(place / "test")} - {GOOD, BAD})
        if others:
            raise DataError(
                f"{place} has folders called {', '.join(others)}; VisA's 1cls layout has train and test with "
                f"{GOOD} and {BAD} alone. Parts with other names: folder:{self.root}"
            )
        masks = layout.images(place / "ground_truth" / BAD)
        split: dict[str, list[Sample]] = {"train": [], "test": []}
        for name, found in split.items():
            for kind in (GOOD, BAD):
                for stem, path in layout.images(place / name / kind).items():
                    mask = None
                    if kind == BAD:
                        mask = layout.mask_of(stem, masks) or place / "ground_truth" / BAD / f"{stem}.png"
                    found.append(self._sample(class_name, name, kind == BAD, stem, path, mask))
        return layout.in_order(split["train"], split["test"], place)

    def _sample(
        self, class_name: str, split: str, is_anomalous: bool, stem: str, image: Path, mask: Path | None
    ) -> Sample:
        return Sample(
            self.name,
            class_name,
            "train" if split == "train" else "test",
            BAD if is_anomalous else GOOD,
            stem,
            is_anomalous,
            image,
            mask,
        )
