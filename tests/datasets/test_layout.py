"""What a folder holds, read from names alone."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.datasets import layout
from iad_eval.errors import DataError, UsageError
from iad_eval.words import Sample

ENDINGS = (".png", ".PNG", ".jpg", ".JPG", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")


def _touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _sample(class_name: str, defect: str, stem: str) -> Sample:
    path = Path(class_name, defect, f"{stem}.png")
    return Sample("parts", class_name, "test", defect, stem, defect != "good", path)


def test_folders_are_sorted_without_files_and_hidden_ones(tmp_path: Path) -> None:
    _touch(tmp_path, "scratch/a.png", "good/a.png", ".cache/a.png", "readme.txt")
    assert layout.folders(tmp_path) == ["good", "scratch"]


def test_what_is_missing_or_a_file_holds_nothing(tmp_path: Path) -> None:
    _touch(tmp_path, "file")
    for place in (tmp_path / "nowhere", tmp_path / "file"):
        assert layout.folders(place) == []
        assert layout.paths(place) == []
        assert layout.images(place) == {}


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True), st.sampled_from(ENDINGS), max_size=6)
)
def test_every_photograph_is_listed_once_under_its_stem(written: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = _touch(Path(folder), *(stem + ending for stem, ending in written.items()))
        _touch(root, "Thumbs.db", "readme.txt", "noending", ".hidden.png", "._000.png")
        found = layout.images(root)
        assert {stem: path.suffix for stem, path in found.items()} == written
        assert layout.paths(root) == sorted(found.values())


def test_two_photographs_of_one_stem_are_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "000.png", "000.jpg")
    with pytest.raises(DataError, match=r"holds 000\.jpg and 000\.png.*rename or remove one"):
        layout.images(tmp_path)


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_class_holds_train_or_test(tmp_path: Path, name: str) -> None:
    _touch(tmp_path, f"zinc/{name}/good/0.png", f"axle/{name}/good/0.png", "docs/a.png", f"{name}.txt")
    assert layout.class_names(tmp_path) == ("axle", "zinc")


def test_a_root_that_is_no_folder_is_said_to_be_none(tmp_path: Path) -> None:
    _touch(tmp_path, "file")
    assert layout.existing_root(tmp_path, "mvtec") == tmp_path
    with pytest.raises(UsageError, match=r"nowhere does not exist; type mvtec:PATH"):
        layout.existing_root(tmp_path / "nowhere", "mvtec")
    with pytest.raises(UsageError, match=r"file is a file; type folder:PATH"):
        layout.existing_root(tmp_path / "file", "folder")


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        (["000_mask", "000", "001_mask"], "000_mask"),
        (["000", "001_mask"], "000"),
        (["001_mask", "0000", "00"], None),
        ([], None),
    ],
)
def test_the_mask_of_a_photograph(present: list[str], expected: str | None) -> None:
    masks = {stem: Path(f"{stem}.png") for stem in present}
    assert layout.mask_of("000", masks) == (None if expected is None else Path(f"{expected}.png"))


@settings(max_examples=30, deadline=None)
@given(st.sets(st.tuples(st.sampled_from(["good", "hole"]), st.integers(0, 20)), min_size=1), st.randoms())
def test_samples_stand_in_the_order_of_their_ids(pairs: set[tuple[str, int]], chance: random.Random) -> None:
    samples = [_sample("cup", defect, f"{number:03d}") for defect, number in pairs]
    chance.shuffle(samples)
    found = layout.in_order([], samples, Path("cup"))
    expected = sorted(f"parts/cup/test/{defect}/{number:03d}" for defect, number in pairs)
    assert [sample.id for sample in found.test] == expected


def test_two_samples_of_one_id_are_refused() -> None:
    one, other = _sample("cup", "good", "000"), _sample("cup", "good", "000")
    with pytest.raises(DataError, match=r"parts/cup/test/good/000.*rename or remove one"):
        layout.in_order([], [one, other], Path("cup"))


def test_a_class_without_test_photographs_is_refused() -> None:
    with pytest.raises(
        DataError, match=r"cup holds no test photographs; expected images .*\.png.* test/good"
    ):
        layout.in_order([_sample("cup", "good", "000")], [], Path("cup"))
