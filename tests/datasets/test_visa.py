"""VisA from either of its layouts."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from real_data import visa_split

from iad_eval.datasets.published import VISA, Counts
from iad_eval.datasets.visa import Visa
from iad_eval.errors import DataError, UsageError

ROWS = [
    ("pcb1", "train", "normal", "0002.JPG", ""),
    ("candle", "train", "normal", "0001.JPG", ""),
    ("candle", "test", "anomaly", "000.JPG", "000.png"),
    ("pcb1", "test", "anomaly", "000.JPG", "000.png"),
    ("candle", "train", "normal", "0000.JPG", ""),
    ("candle", "test", "normal", "0003.JPG", ""),
    ("pcb1", "test", "normal", "0000.JPG", ""),
]


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def _native(root: Path) -> Path:
    lines = ["object,split,label,image,mask"]
    for class_name, split, label, image, mask in ROWS:
        kind = "Anomaly" if label == "anomaly" else "Normal"
        image_cell = f"{class_name}/Data/Images/{kind}/{image}"
        mask_cell = f"{class_name}/Data/Masks/{kind}/{mask}" if mask else ""
        lines.append(f"{class_name},{split},{label},{image_cell},{mask_cell}")
        for cell in filter(None, (image_cell, mask_cell)):
            _touch(root / cell)
    _touch(root / "split_csv" / "1cls.csv")
    (root / "split_csv" / "1cls.csv").write_text("\n".join(lines) + "\n")
    return root


def _converted(root: Path) -> Path:
    for class_name, split, label, image, mask in ROWS:
        _touch(root / "1cls" / class_name / split / ("bad" if label == "anomaly" else "good") / image)
        if mask:
            _touch(root / "1cls" / class_name / "ground_truth" / "bad" / mask)
    return root


def _seen(dataset: Visa) -> list[tuple[object, ...]]:
    return [
        (
            each.id,
            each.split,
            each.is_anomalous,
            each.image_path.name,
            each.mask_path.name if each.mask_path else None,
        )
        for name in dataset.classes()
        for listed in [dataset.samples(name)]
        for each in (*listed.train, *listed.test)
    ]


EXPECTED = [
    ("visa/candle/train/good/0000", "train", False, "0000.JPG", None),
    ("visa/candle/train/good/0001", "train", False, "0001.JPG", None),
    ("visa/candle/test/bad/000", "test", True, "000.JPG", "000.png"),
    ("visa/candle/test/good/0003", "test", False, "0003.JPG", None),
    ("visa/pcb1/train/good/0002", "train", False, "0002.JPG", None),
    ("visa/pcb1/test/bad/000", "test", True, "000.JPG", "000.png"),
    ("visa/pcb1/test/good/0000", "test", False, "0000.JPG", None),
]


def test_the_native_layout_follows_the_split_file(tmp_path: Path) -> None:
    dataset = Visa("visa", _native(tmp_path))
    assert dataset.classes() == ("candle", "pcb1")
    assert _seen(dataset) == EXPECTED
    bad = dataset.samples("candle").test[0]
    assert bad.image_path == tmp_path / "candle" / "Data" / "Images" / "Anomaly" / "000.JPG"
    assert bad.mask_path == tmp_path / "candle" / "Data" / "Masks" / "Anomaly" / "000.png"
    assert dataset.describe()["layout"] == "native"


def test_the_converted_layout_gives_the_same_samples(tmp_path: Path) -> None:
    dataset = Visa("visa", _converted(tmp_path))
    assert _seen(dataset) == EXPECTED
    assert dataset.describe()["layout"] == "1cls"


def test_the_folder_1cls_itself_may_be_named(tmp_path: Path) -> None:
    assert _seen(Visa("visa", _converted(tmp_path) / "1cls")) == EXPECTED


def test_the_native_layout_is_preferred_where_both_are_there(tmp_path: Path) -> None:
    dataset = Visa("visa", _converted(_native(tmp_path)))
    assert _seen(dataset) == EXPECTED
    assert dataset.samples("candle").test[0].image_path.parent.name == "Anomaly"


def test_photographs_that_the_split_file_does_not_name_are_left_out(tmp_path: Path) -> None:
    _native(tmp_path)
    _touch(tmp_path / "candle" / "Data" / "Images" / "Normal" / "9999.JPG")
    assert _seen(Visa("visa", tmp_path)) == EXPECTED


def test_two_photographs_that_would_be_one_sample_are_refused(tmp_path: Path) -> None:
    _touch(_native(tmp_path) / "candle" / "Data" / "More" / "0003.JPG")
    with (tmp_path / "split_csv" / "1cls.csv").open("a") as split:
        split.write("candle,test,normal,candle/Data/More/0003.JPG,\n")
    with pytest.raises(DataError, match=r"would both be the sample visa/candle/test/good/0003"):
        Visa("visa", tmp_path).samples("candle")


def test_a_missing_mask_of_the_converted_layout_is_named(tmp_path: Path) -> None:
    mask = _converted(tmp_path) / "1cls" / "candle" / "ground_truth" / "bad" / "000.png"
    mask.unlink()
    assert Visa("visa", tmp_path).samples("candle").test[0].mask_path == mask


def test_a_folder_of_another_name_is_not_passed_over(tmp_path: Path) -> None:
    _touch(_converted(tmp_path) / "1cls" / "candle" / "test" / "melted" / "000.JPG")
    with pytest.raises(DataError, match=r"candle has folders called melted; .* folder:"):
        Visa("visa", tmp_path).samples("candle")


def test_a_root_of_neither_layout_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "candle").mkdir()
    with pytest.raises(DataError, match=r"neither split_csv.1cls\.csv nor 1cls/<class>.*seen: candle"):
        Visa("visa", tmp_path).classes()
    with pytest.raises(UsageError, match="does not exist"):
        Visa("visa", tmp_path / "nowhere").classes()


def test_a_class_that_is_only_trained_on_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path / "1cls" / "candle" / "train" / "good" / "0000.JPG")
    with pytest.raises(DataError, match="candle holds no test photographs"):
        Visa("visa", tmp_path).samples("candle")


@pytest.mark.parametrize("class_name", ["capsules", "pcb3"])
def test_a_whole_class_by_the_real_split_file(tmp_path: Path, class_name: str) -> None:
    lines = visa_split().read_text().splitlines()
    chosen = [lines[0], *(line for line in lines if line.startswith(f"{class_name},"))]
    cells = [cell for row in csv.DictReader(chosen) for cell in (row["image"], row["mask"]) if cell]
    for folder in {Path(cell).parent for cell in cells}:
        (tmp_path / folder).mkdir(parents=True)
    for cell in cells:
        (tmp_path / cell).touch()
    (tmp_path / "split_csv").mkdir()
    (tmp_path / "split_csv" / "1cls.csv").write_text("\n".join(chosen))
    dataset = Visa("visa", tmp_path)
    assert dataset.classes() == (class_name,)
    listed = dataset.samples(class_name)
    everything = (*listed.train, *listed.test)
    bad = [sample for sample in listed.test if sample.is_anomalous]
    assert Counts(len(listed.train), len(listed.test) - len(bad), len(bad)) == VISA[class_name]
    assert len({sample.id for sample in everything}) == len(everything) == len(chosen) - 1
    assert all((sample.mask_path is not None) == sample.is_anomalous for sample in everything)
