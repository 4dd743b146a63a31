"""Reads one class's files to their last pixel and says what is wrong with each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iad_eval.errors import DataError
from iad_eval.pixels import read_image, read_mask
from iad_eval.words import ClassSamples, Sample


@dataclass(frozen=True, slots=True)
class Inspected:
    """One sample: (path, problem) of its files, and digests of its photograph's bytes and pixels.

    ``size`` is (width, height); None and empty digests where the photograph cannot be read.
    """

    sample: Sample
    problems: tuple[tuple[Path, str], ...]
    file_digest: str
    pixel_digest: str
    size: tuple[int, int] | None
    files: int


def inspect(samples: ClassSamples) -> list[Inspected]:
    """All samples of a class, decoded side by side; memory holds a few photographs at a time."""
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(_inspect, (*samples.train, *samples.test)))
    sizes = Counter(each.size for each in found if each.size is not None)
    return [_with_odd_size(each, sizes) for each in found]


def _inspect(sample: Sample) -> Inspected:
    problems: list[tuple[Path, str]] = []
    file_digest = pixel_digest = ""
    size: tuple[int, int] | None = None
    try:
        file_digest = hashlib.sha256(sample.image_path.read_bytes()).hexdigest()
        image = read_image(sample.image_path)
        size = image.size
        pixel_digest = hashlib.sha256(f"{size}".encode() + image.tobytes()).hexdigest()
    except DataError as error:
        problems.append((sample.image_path, str(error)))
    except OSError as error:
        problems.append((sample.image_path, f"cannot be read: {error.strerror or error}"))
    if sample.mask_path is not None:
        problems += [(sample.mask_path, problem) for problem in _mask_problems(sample.mask_path, size)]
    return Inspected(
        sample, tuple(problems), file_digest, pixel_digest, size, 1 + (sample.mask_path is not None)
    )


def _mask_problems(path: Path, size: tuple[int, int] | None) -> Iterator[str]:
    if not path.exists():
        yield "the mask is missing"
        return
    try:
        if size is not None and not np.asarray(read_mask(path, size)).any():
            yield "the mask marks nothing"
    except DataError as error:
        yield str(error)


def _with_odd_size(each: Inspected, sizes: Counter[tuple[int, int]]) -> Inspected:
    """A single photograph of another size than all others of a class is likely a stranger."""
    if each.size is None or len(sizes) != 2 or sizes[each.size] != 1 or sizes.total() < 5:
        return each
    (usual, _), _ = sizes.most_common(2)
    problem = f"is {each.size[0]}x{each.size[1]}, all others of its class are {usual[0]}x{usual[1]}"
    return Inspected(
        each.sample,
        (*each.problems, (each.sample.image_path, problem)),
        each.file_digest,
        each.pixel_digest,
        each.size,
        each.files,
    )
