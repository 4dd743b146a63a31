from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from iad_eval.errors import DataError
from iad_eval.predictors.trained_images import decoded

PATHS = [Path(f"{number:02d}.png") for number in range(40)]


def test_images_come_in_order_and_few_are_waiting() -> None:
    read: list[Path] = []
    lock = threading.Lock()

    def slow(path: Path) -> Image.Image:
        time.sleep(0.002 if int(path.stem) % 3 else 0)
        with lock:
            read.append(path)
        return Image.new("RGB", (1 + int(path.stem), 1))

    for number, image in enumerate(decoded(PATHS, slow)):
        assert image.width == 1 + number
        assert len(read) <= number + 4
    assert len(read) == len(PATHS)


def test_an_unreadable_image_is_raised_in_its_turn() -> None:
    def read(path: Path) -> Image.Image:
        if path == PATHS[3]:
            raise DataError(f"cannot decode {path}")
        return Image.new("RGB", (1, 1))

    images = decoded(PATHS, read)
    assert [next(images).size for _ in range(3)] == [(1, 1)] * 3
    with pytest.raises(DataError, match="03"):
        next(images)


def test_leaving_early_ends_the_threads() -> None:
    images = decoded(PATHS, lambda path: Image.new("RGB", (1, 1)))
    next(images)
    images.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("iad-train")]


def test_no_images_are_no_images() -> None:
    assert list(decoded([], lambda path: Image.new("RGB", (1, 1)))) == []
