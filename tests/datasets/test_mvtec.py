"""MVTec-AD in its native layout."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations
from pathlib import Path

import pytest
from real_data import mvtec

from iad_eval.datasets.mvtec import MvtecAd
from iad_eval.errors import DataError, UsageError

CLASSES = ("bottle", "cable", "grid")
SUBSETS = list(chain.from_iterable(combinations(CLASSES, count) for count in (1, 2, 3)))


def _write(root: Path, *classes: str) -> MvtecAd:
    for class_name in classes:
        for name in (
            "train/good/001.png",
            "train/good/000.png",
            "test/good/000.png",
            "test/crack/000.png",
            "test/crack/001.png",
            "test/bent_wire/000.png",
            "ground_truth/crack/000_mask.png",
            "ground_truth/crack/001_mask.png",
            "ground_truth/bent_wire/000_mask.png",
        ):
            path = root / class_name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return MvtecAd("mvtec", root)


@pytest.mark.parametrize("subset", SUBSETS, ids="-".join)
def test_any_subset_of_the_classes_is_a_dataset(tmp_path: Path, subset: tuple[str, ...]) -> None:
    dataset = _write(tmp_path, *reversed(subset))
    (tmp_path / "license.txt").touch()
    assert dataset.classes() == subset
    for class_name in subset:
        listed = dataset.samples(class_name)
        assert {sample.class_name for sample in (*listed.train, *listed.test)} == {class_name}
        assert (len(listed.train), len(listed.test)) == (2, 4)


def test_ids_truths_and_masks_of_a_class(tmp_path: Path) -> None:
    listed = _write(tmp_path, "bottle").samples("bottle")
    truth = tmp_path / "bottle" / "ground_truth"
    assert [sample.id for sample in listed.train] == [
        "mvtec/bottle/train/good/000",
        "mvtec/bottle/train/good/001",
    ]
    assert {sample.id: (sample.is_anomalous, sample.mask_path) for sample in listed.test} == {
        "mvtec/bottle/test/bent_wire/000": (True, truth / "bent_wire" / "000_mask.png"),
        "mvtec/bottle/test/crack/000": (True, truth / "crack" / "000_mask.png"),
        "mvtec/bottle/test/crack/001": (True, truth / "crack" / "001_mask.png"),
        "mvtec/bottle/test/good/000": (False, None),
    }
    assert listed.reference is not None
    assert listed.reference.image_path == tmp_path / "bottle" / "train" / "good" / "000.png"
    for sample in (*listed.train, *listed.test):
        parts = (sample.class_name, sample.split, sample.defect, f"{sample.stem}.png")
        assert sample.image_path == tmp_path.joinpath(*parts)


def test_good_photographs_never_have_a_mask(tmp_path: Path) -> None:
    dataset = _write(tmp_path, "bottle")
    blank = tmp_path / "bottle" / "ground_truth" / "good" / "000_mask.png"
    blank.parent.mkdir()
    blank.touch()
    good = [sample for sample in dataset.samples("bottle").test if sample.defect == "good"]
    assert [(sample.is_anomalous, sample.mask_path) for sample in good] == [(False, None)]


def test_only_the_good_folder_is_trained_on(tmp_path: Path) -> None:
    dataset = _write(tmp_path, "bottle")
    odd = tmp_path / "bottle" / "train" / "crack" / "000.png"
    odd.parent.mkdir()
    odd.touch()
    assert {sample.defect for sample in dataset.samples("bottle").train} == {"good"}


def test_a_missing_mask_is_named_so_that_reading_it_says_so(tmp_path: Path) -> None:
    dataset = _write(tmp_path, "bottle")
    mask = tmp_path / "bottle" / "ground_truth" / "crack" / "001_mask.png"
    mask.unlink()
    listed = {sample.id: sample for sample in dataset.samples("bottle").test}
    assert listed["mvtec/bottle/test/crack/001"].mask_path == mask


def test_an_alias_begins_the_ids(tmp_path: Path) -> None:
    _write(tmp_path, "bottle")
    dataset = MvtecAd("line3", tmp_path)
    assert {sample.id.split("/")[0] for sample in dataset.samples("bottle").test} == {"line3"}
    assert dataset.describe() == {"kind": "mvtec", "root": str(tmp_path)}


def test_a_root_that_is_one_class_is_told_how_to_type_it(tmp_path: Path) -> None:
    _write(tmp_path, "bottle")
    with pytest.raises(DataError) as error:
        MvtecAd("mvtec", tmp_path / "bottle").classes()
    assert f"type --iad-dataset mvtec:{tmp_path} --iad-class bottle" in str(error.value)


def test_a_root_without_classes_says_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="seen: no folder at all"):
        MvtecAd("mvtec", tmp_path).classes()
    (tmp_path / "photos").mkdir()
    with pytest.raises(DataError, match=r"no class folders \(with train and test inside\); seen: photos"):
        MvtecAd("mvtec", tmp_path).classes()
    with pytest.raises(UsageError, match="does not exist"):
        MvtecAd("mvtec", tmp_path / "nowhere").classes()


def test_a_class_without_test_photographs_is_refused(tmp_path: Path) -> None:
    dataset = _write(tmp_path, "bottle")
    for path in (tmp_path / "bottle" / "test").rglob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match="bottle holds no test photographs"):
        dataset.samples("bottle")


def test_two_photographs_of_one_name_are_refused(tmp_path: Path) -> None:
    dataset = _write(tmp_path, "bottle")
    (tmp_path / "bottle" / "test" / "crack" / "000.jpg").touch()
    with pytest.raises(DataError, match=r"000\.jpg and 000\.png"):
        dataset.samples("bottle")


def test_the_real_bottles() -> None:
    dataset = MvtecAd("mvtec", mvtec())
    assert "bottle" in dataset.classes()
    test = dataset.samples("bottle").test
    published = {"good": 20, "broken_large": 20, "broken_small": 22, "contamination": 21}
    assert Counter(sample.defect for sample in test) == published
    for sample in test:
        assert (sample.mask_path is not None) == (sample.defect != "good")
        if sample.mask_path is not None:
            assert sample.mask_path.is_file()
            assert sample.mask_path.name == f"{sample.image_path.stem}_mask.png"
            assert sample.mask_path.parent.name == sample.image_path.parent.name
