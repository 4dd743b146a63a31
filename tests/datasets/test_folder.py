"""A user's own parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from parts import write_parts

from iad_eval.datasets.folder import Folder
from iad_eval.errors import DataError, UsageError


def _touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _test(dataset: Folder, class_name: str) -> dict[str, bool]:
    return {sample.id: sample.is_anomalous for sample in dataset.samples(class_name).test}


def test_folders_of_test_are_the_names_of_defects(tmp_path: Path) -> None:
    _touch(
        tmp_path, "pin/train/good/a.png", "pin/test/good/a.png", "pin/test/bent/a.JPG", "pin/test/rust/a.tif"
    )
    dataset = Folder("parts", tmp_path)
    assert dataset.classes() == ("pin",)
    assert _test(dataset, "pin") == {
        "parts/pin/test/bent/a": True,
        "parts/pin/test/good/a": False,
        "parts/pin/test/rust/a": True,
    }


def test_masks_are_optional_one_by_one(tmp_path: Path) -> None:
    root = write_parts(tmp_path, ("cup",))
    place = root / "cup" / "ground_truth" / "hole"
    (place / "001_mask.png").unlink()
    (place / "002_mask.png").rename(place / "002.png")
    holes = [sample for sample in Folder("parts", root).samples("cup").test if sample.is_anomalous]
    assert [sample.mask_path for sample in holes] == [place / "000_mask.png", None, place / "002.png"]


def test_no_masks_at_all(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/good/a.png", "pin/test/good/a.png", "pin/test/bent/a.png")
    listed = Folder("parts", tmp_path).samples("pin")
    assert [sample.mask_path for sample in (*listed.train, *listed.test)] == [None, None, None]


def test_the_good_folder_is_called_as_the_user_likes(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/ok/a.png", "pin/test/ok/a.png", "pin/test/bent/a.png")
    dataset = Folder("parts", tmp_path, ("ok",))
    assert [sample.id for sample in dataset.samples("pin").train] == ["parts/pin/train/good/a"]
    assert _test(dataset, "pin") == {"parts/pin/test/good/a": False, "parts/pin/test/bent/a": True}
    assert dataset.describe() == {"kind": "folder", "root": str(tmp_path), "good": ["ok"]}


def test_several_good_folders_keep_their_photographs_apart(tmp_path: Path) -> None:
    names = ["train/ok/a", "train/pass/a", "train/pass/b", "test/ok/a", "test/pass/a", "test/bent/a"]
    _touch(tmp_path, *(f"pin/{name}.png" for name in names))
    listed = Folder("parts", tmp_path, ("ok", "pass")).samples("pin")
    assert [sample.is_anomalous for sample in listed.train] == [False] * 3
    assert sum(not sample.is_anomalous for sample in listed.test) == 2
    everything = (*listed.train, *listed.test)
    assert len({sample.id for sample in everything}) == len(names)
    assert {sample.image_path for sample in everything} == {
        tmp_path / "pin" / f"{name}.png" for name in names
    }


def test_a_defect_may_not_be_called_good(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/ok/a.png", "pin/test/ok/a.png", "pin/test/good/b.png")
    with pytest.raises(DataError, match=r"test.* good .*--iad-good ok --iad-good good"):
        Folder("parts", tmp_path, ("ok",)).samples("pin")


def test_training_photographs_may_lie_in_train_itself(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/b.png", "pin/train/a.png", "pin/test/good/a.png")
    train = Folder("parts", tmp_path).samples("pin").train
    assert [sample.id for sample in train] == ["parts/pin/train/good/a", "parts/pin/train/good/b"]


def test_defects_are_never_trained_on(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/good/a.png", "pin/train/bent/b.png", "pin/test/good/a.png")
    train = Folder("parts", tmp_path).samples("pin").train
    assert [sample.id for sample in train] == ["parts/pin/train/good/a"]


def test_a_root_that_is_one_part_is_that_part(tmp_path: Path) -> None:
    root = write_parts(tmp_path, ("cup", "lid"))
    one, all_of_them = Folder("parts", root / "cup"), Folder("parts", root)
    assert one.classes() == ("cup",)
    assert one.samples("cup") == all_of_them.samples("cup")


def test_the_folder_that_is_trained_on_is_taken_for_the_good_one(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/ok/a.png", "pin/test/bent/a.png", "pin/test/ok/a.png")
    with pytest.raises(DataError, match=r"seen: bent, ok\. .*--iad-good ok$"):
        Folder("parts", tmp_path).samples("pin")


def test_a_test_folder_without_good_parts_asks_for_their_name(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/good/a.png", "pin/test/in_order/a.png", "pin/test/rust/a.png")
    with pytest.raises(DataError, match=r"no folder called good; seen: in_order, rust.*--iad-good in_order"):
        Folder("parts", tmp_path).samples("pin")
    with pytest.raises(DataError, match="no folder called ok or pass"):
        Folder("parts", tmp_path, ("ok", "pass")).samples("pin")


def test_a_root_without_parts_says_what_is_expected(tmp_path: Path) -> None:
    _touch(tmp_path, "photos/a.png")
    with pytest.raises(DataError, match=r"no parts; expected <part>/train/ok and .*seen: photos"):
        Folder("parts", tmp_path, ("ok",)).classes()
    with pytest.raises(UsageError, match="does not exist"):
        Folder("parts", tmp_path / "nowhere").classes()


def test_a_part_without_test_photographs_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "pin/train/good/a.png", "pin/test/good/readme.txt")
    with pytest.raises(DataError, match="pin holds no test photographs"):
        Folder("parts", tmp_path).samples("pin")
