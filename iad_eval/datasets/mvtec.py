"""MVTec-AD in its native layout (Bergmann et al., 2019); any subset of its classes."""

from __future__ import annotations

from pathlib import Path

from iad_eval.datasets import layout
from iad_eval.errors import DataError
from iad_eval.words import GOOD, ClassSamples, Json, Sample


class MvtecAd:
    """``<class>/{train/good, test/good, test/<defect>, ground_truth/<defect>}``, masks ``NNN_mask.png``."""

    kind = "mvtec"

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        self.root = root
        self._listed: dict[str, ClassSamples] = {}

    def classes(self) -> tuple[str, ...]:
        """Sorted. Raises DataError where the root holds no class, naming what it holds."""
        root = layout.existing_root(self.root, self.kind)
        names = layout.class_names(root)
        if names:
            return names
        inside = layout.folders(root)
        if {"train", "test"} & set(inside):
            raise DataError(
                f"{root} is one class, not a folder of classes; type --iad-dataset {self.kind}:{root.parent}"
                f" --iad-class {root.name}"
            )
        seen = ", ".join(inside[:5]) or "no folder at all"
        raise DataError(f"{root} holds no class folders (with train and test inside); seen: {seen}")

    def samples(self, class_name: str) -> ClassSamples:
        """Lists one class. Raises DataError where it holds no test photograph.

        A mask that is missing is named all the same: reading the view then says so.
        """
        if class_name not in self._listed:
            place = self.root / class_name
            train = self._split(class_name, "train", [GOOD])
            test = self._split(class_name, "test", layout.folders(place / "test"))
            self._listed[class_name] = layout.in_order(train, test, place)
        return self._listed[class_name]

    def prepare(self, class_name: str) -> None:
        """The files are there already."""

    def describe(self) -> dict[str, Json]:
        """Kind and root."""
        return {"kind": self.kind, "root": str(self.root)}

    def _split(self, class_name: str, split: str, kinds: list[str]) -> list[Sample]:
        place = self.root / class_name
        found: list[Sample] = []
        for kind in kinds:
            is_anomalous = kind != GOOD
            masks = layout.images(place / "ground_truth" / kind) if is_anomalous else {}
            for stem, path in layout.images(place / split / kind).items():
                mask = layout.mask_of(stem, masks) if is_anomalous else None
                if is_anomalous and mask is None:  # named here, missed when it is read
                    mask = place / "ground_truth" / kind / f"{stem}_mask.png"
                found.append(
                    Sample(
                        self.name,
                        class_name,
                        "train" if split == "train" else "test",
                        kind,
                        stem,
                        is_anomalous,
                        path,
                        mask,
                    )
                )
        return found
