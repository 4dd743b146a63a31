"""The same photograph in two places, by bytes or by pixels."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from parts import write_parts, write_photo
from PIL import Image

from iad_eval.datasets.duplicates import Found, duplicates
from iad_eval.datasets.folder import Folder
from iad_eval.datasets.inspection import Inspected, inspect


def _inspected(root: Path) -> list[Inspected]:
    dataset = Folder("parts", root)
    return [each for name in dataset.classes() for each in inspect(dataset.samples(name))]


def _copies(root: Path) -> list[Found]:
    return list(duplicates(_inspected(root)))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes with three training, three good and three holed photographs each."""
    return write_parts(tmp_path)


def test_different_photographs_are_no_duplicates(root: Path) -> None:
    assert _copies(root) == []


def test_digests_are_those_of_the_files_and_of_the_pixels(root: Path) -> None:
    for each in _inspected(root):
        content = each.sample.image_path.read_bytes()
        assert each.file_digest == hashlib.sha256(content).hexdigest()
        assert each.size == (24, 24)
    photo = root / "cup" / "test" / "good" / "000.png"
    before = {each.sample.id: each for each in _inspected(root)}
    Image.open(photo).save(photo.with_suffix(".bmp"))
    photo.unlink()
    after = {each.sample.id: each for each in _inspected(root)}
    changed = [name for name in before if before[name].file_digest != after[name].file_digest]
    assert changed == ["parts/cup/test/good/000"]
    assert all(before[name].pixel_digest == after[name].pixel_digest for name in before)


def test_one_file_in_training_and_test(root: Path) -> None:
    leaked = root / "cup" / "test" / "good" / "002.png"
    leaked.write_bytes((root / "cup" / "train" / "good" / "001.png").read_bytes())
    assert _copies(root) == [
        (
            "cup",
            str(leaked),
            "the same file as parts/cup/train/good/001: a training photograph is tested on",
            "remove it from one of the two",
        )
    ]


@pytest.mark.parametrize("ending", [".bmp", ".tif", ".webp"])
def test_one_picture_in_another_file_format(root: Path, ending: str) -> None:
    leaked = (root / "cup" / "test" / "good" / "777").with_suffix(ending)
    Image.open(root / "cup" / "train" / "good" / "001.png").save(leaked, lossless=True)
    ((name, path, problem, _),) = _copies(root)
    assert (name, path) == ("cup", str(leaked))
    assert problem == "the same picture as parts/cup/train/good/001: a training photograph is tested on"


@pytest.mark.parametrize(
    ("one", "other", "meaning"),
    [
        ("cup/train/good/000", "lid/train/good/777", "filed under the wrong class"),
        ("cup/test/hole/000", "lid/test/good/777", "filed under the wrong class"),
        ("cup/test/good/000", "cup/test/hole/777", "one photograph with two truths"),
        ("cup/test/good/000", "cup/test/good/777", "it counts twice"),
        ("cup/train/good/000", "cup/train/good/777", "it counts twice"),
    ],
)
def test_what_a_duplicate_means(root: Path, one: str, other: str, meaning: str) -> None:
    copy = root / f"{other}.png"
    copy.write_bytes((root / f"{one}.png").read_bytes())
    ((name, path, problem, remedy),) = _copies(root)
    assert (name, path) == (other.partition("/")[0], str(copy))
    assert problem.startswith(f"the same file as parts/{one}: ")
    assert meaning in problem
    assert "remove" in remedy


def test_a_third_copy_is_named_too(root: Path) -> None:
    for target in ("cup/test/good/777", "lid/train/good/888"):
        (root / f"{target}.png").write_bytes((root / "cup" / "train" / "good" / "000.png").read_bytes())
    assert [problem.partition(":")[0] for _, _, problem, _ in _copies(root)] == [
        "the same file as parts/cup/train/good/000"
    ] * 2


def test_one_pixel_makes_another_picture(root: Path) -> None:
    path = root / "cup" / "test" / "good" / "777.png"
    write_photo(path, 0)
    assert len(_copies(root)) == 1
    with Image.open(path) as image:
        red, green, blue = image.getpixel((0, 0))  # type: ignore[misc]  # an RGB pixel is three numbers
        image.putpixel((0, 0), (red, green, blue ^ 1))
        image.save(path)
    assert _copies(root) == []


def test_the_same_bytes_in_another_shape_are_another_picture(root: Path) -> None:
    pixels = bytes(range(96)) * 2
    for name, size in (("777", (8, 8)), ("888", (16, 4))):
        Image.frombytes("RGB", size, pixels).save(root / "cup" / "test" / "good" / f"{name}.png")
    assert _copies(root) == []


def test_two_files_that_cannot_be_read_are_no_duplicates(root: Path) -> None:
    for name in ("000", "001"):
        (root / "cup" / "test" / "good" / f"{name}.png").write_bytes(b"")
    assert _copies(root) == []
