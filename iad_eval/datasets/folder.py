"""A user's own parts, in MVTec-AD's layout: masks optional, the good folder called as the user likes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from iad_eval.datasets import layout
from iad_eval.errors import DataError
from iad_eval.words import GOOD, ClassSamples, Json, Sample


class Folder:
    """``<class>/train/<good>``, ``<class>/test/{<good>, <defect>...}``, masks in ``ground_truth/<defect>``.

    ``good`` are the folders' names that hold good parts; every other folder of ``test`` is
    a defect. ``train`` may hold its images directly. A root that is itself one class is
    taken as that class.
    """

    def __init__(self, name: str, root: Path, good: Sequence[str] = (GOOD,)) -> None:
        self.name = name
        self.root = root
        self.good = tuple(good)
        self._listed: dict[str, ClassSamples] = {}

    def classes(self) -> tuple[str, ...]:
        """Sorted. Raises DataError where the root holds no class."""
        root = layout.existing_root(self.root, "folder")
        names = (root.name,) if self._is_one_class else layout.class_names(root)
        if not names:
            seen = ", ".join(layout.folders(root)[:5]) or "no folder at all"
            raise DataError(
                f"{root} holds no parts; expected <part>/train/{self.good[0]} and <part>/test/..., "
                f"seen: {seen}"
            )
        return names

    def samples(self, class_name: str) -> ClassSamples:
        """Lists one class. Raises DataError where ``test`` is empty or leaves open which parts are good."""
        if class_name not in self._listed:
            place = self.root if self._is_one_class else self.root / class_name
            kinds = layout.folders(place / "test")
            if kinds and not set(kinds) & set(self.good):
                likely = [kind for kind in kinds if kind in layout.folders(place / "train")] or kinds
                raise DataError(
                    f"{place / 'test'} has no folder called {' or '.join(self.good)}; seen: "
                    f"{', '.join(kinds)}. Name the folder of good parts: --iad-good {likely[0]}"
                )
            if GOOD in kinds and GOOD not in self.good:
                raise DataError(
                    f"{place / 'test'} has a folder called {GOOD} that holds no good parts by --iad-good; "
                    f"rename it after its defect, or add it: "
                    f"{' '.join(f'--iad-good {name}' for name in (*self.good, GOOD))}"
                )
            test = [sample for kind in kinds for sample in self._kind(class_name, place, "test", kind)]
            self._listed[class_name] = layout.in_order(self._train(class_name, place), test, place)
        return self._listed[class_name]

    def prepare(self, class_name: str) -> None:
        """The files are there already."""

    def describe(self) -> dict[str, Json]:
        """Kind, root and the names of good folders."""
        return {"kind": "folder", "root": str(self.root), "good": list(self.good)}

    @property
    def _is_one_class(self) -> bool:
        return {"train", "test"} & set(layout.folders(self.root)) != set()

    def _train(self, class_name: str, place: Path) -> list[Sample]:
        inside = [kind for kind in layout.folders(place / "train") if kind in self.good]
        if inside:
            return [sample for kind in inside for sample in self._kind(class_name, place, "train", kind)]
        return [
            Sample(self.name, class_name, "train", GOOD, stem, False, path)
            for stem, path in layout.images(place / "train").items()
        ]

    def _kind(self, class_name: str, place: Path, split: Literal["train", "test"], kind: str) -> list[Sample]:
        is_anomalous = kind not in self.good
        masks = layout.images(place / "ground_truth" / kind) if is_anomalous else {}
        several = not is_anomalous and len(self.good) > 1  # 000 in "ok" and 000 in "pass" are two samples
        return [
            Sample(
                self.name,
                class_name,
                split,
                kind if is_anomalous else GOOD,
                f"{kind}_{stem}" if several else stem,
                is_anomalous,
                path,
                layout.mask_of(stem, masks),
            )
            for stem, path in layout.images(place / split / kind).items()
        ]
