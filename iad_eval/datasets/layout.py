"""What the layouts on disk share: listing a folder once, pairing photographs with masks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from iad_eval.errors import DataError, UsageError
from iad_eval.words import ClassSamples, Sample

IMAGE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})


def folders(folder: Path) -> list[str]:
    """The names of the folders in a folder, sorted, hidden ones left out; none where it is missing."""
    try:
        with os.scandir(folder) as found:
            return sorted(each.name for each in found if not each.name.startswith(".") and each.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _cannot_list(folder, error) from error


def paths(folder: Path) -> list[Path]:
    """The images of a folder, sorted: no hidden files, no other endings; none where it is missing."""
    try:
        inside = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _cannot_list(folder, error) from error
    return [path for path in inside if not path.name.startswith(".") and path.suffix.lower() in IMAGE_ENDINGS]


def _cannot_list(folder: Path, error: OSError) -> DataError:
    return DataError(
        f"cannot list {folder}: {error.strerror or error}; make it readable or leave its class out"
    )


def images(folder: Path) -> dict[str, Path]:
    """The images of a folder by stem, as :func:`paths` lists them.

    Raises DataError where two images share a stem: they would be one sample.
    """
    found: dict[str, Path] = {}
    for path in paths(folder):
        if path.stem in found:
            raise DataError(
                f"{folder} holds {found[path.stem].name} and {path.name}: two images of one name would be "
                "one sample; rename or remove one"
            )
        found[path.stem] = path
    return found


def existing_root(root: Path, kind: str) -> Path:
    """The root itself. Raises UsageError where it is no folder."""
    if not root.is_dir():
        seen = "is a file" if root.exists() else "does not exist"
        raise UsageError(f"{root} {seen}; type {kind}:PATH with the folder that holds the classes")
    return root


def class_names(root: Path) -> tuple[str, ...]:
    """The folders below ``root`` that hold ``train`` or ``test``, sorted."""
    return tuple(name for name in folders(root) if {"train", "test"} & set(folders(root / name)))


def in_order(train: Iterable[Sample], test: Iterable[Sample], place: Path) -> ClassSamples:
    """Both splits sorted by id.

    Raises DataError where the class at ``place`` has no test photograph, or two of one id.
    """

    def by_id(sample: Sample) -> str:
        return sample.id

    found = ClassSamples(tuple(sorted(train, key=by_id)), tuple(sorted(test, key=by_id)))
    if not found.test:
        raise DataError(
            f"{place} holds no test photographs; expected images ({', '.join(sorted(IMAGE_ENDINGS))}) in "
            "test/good and test/<defect>"
        )
    for one, other in pairwise((*found.train, *found.test)):
        if one.id == other.id:
            raise DataError(
                f"{one.image_path} and {other.image_path} would both be the sample {one.id}; "
                "rename or remove one"
            )
    return found


def mask_of(stem: str, masks: Mapping[str, Path]) -> Path | None:
    """The mask of a photograph: ``000_mask`` as in MVTec-AD, or a mask of the photograph's own name."""
    return masks.get(f"{stem}_mask") or masks.get(stem)
