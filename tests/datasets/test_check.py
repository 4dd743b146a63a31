"""Every kind of damage is found, and nothing is found where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from parts import write_parts, write_photo
from PIL import Image

from iad_eval.datasets.check import DamageReport, Finding, check
from iad_eval.datasets.folder import Folder
from iad_eval.datasets.mvtec import MvtecAd
from iad_eval.datasets.published import Counts
from iad_eval.datasets.visa import Visa

COMPLETE = {"cup": Counts(3, 3, 3), "lid": Counts(3, 3, 3), "pan": Counts(9, 9, 9)}
PHOTO = "cup/test/hole/001.png"
MASK = "cup/ground_truth/hole/001_mask.png"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two classes with three training, three good and three holed photographs each."""
    return write_parts(tmp_path)


def _checked(root: Path) -> DamageReport:
    return check(MvtecAd("parts", root), COMPLETE)


def _only(report: DamageReport) -> Finding:
    (finding,) = report.findings
    return finding


def test_an_intact_dataset_has_no_finding(root: Path) -> None:
    report = _checked(root)
    assert report.findings == ()
    assert report.files == len(list(root.rglob("*.png"))) == 2 * (9 + 3)
    assert [(each.class_name, each.counts, each.published, each.findings) for each in report.classes] == [
        ("cup", Counts(3, 3, 3), Counts(3, 3, 3), 0),
        ("lid", Counts(3, 3, 3), Counts(3, 3, 3), 0),
    ]


def test_nothing_to_compare_with_is_no_finding(root: Path) -> None:
    report = check(Folder("parts", root), {})
    assert report.findings == ()
    assert [each.published for each in report.classes] == [None, None]


@pytest.mark.parametrize(
    ("folder", "words"),
    [("train/good", "train"), ("test/good", "test normal"), ("test/hole", "test anomalous")],
)
def test_a_photograph_more_or_less_than_published(root: Path, folder: str, words: str) -> None:
    masks = root / "lid" / "ground_truth" / "hole"
    write_photo(root / "lid" / folder / "777.png", 777)
    if folder == "test/hole":
        shutil.copy(masks / "000_mask.png", masks / "777_mask.png")
    finding = _only(_checked(root))
    assert (finding.class_name, finding.problem) == ("lid", f"4 {words} photographs, published are 3")
    for number in ("777", "002"):
        (root / "lid" / folder / f"{number}.png").unlink()
        if folder == "test/hole":
            (masks / f"{number}_mask.png").unlink()
    finding = _only(_checked(root))
    assert (finding.class_name, finding.problem) == ("lid", f"2 {words} photographs, published are 3")


def test_a_class_that_is_not_published(root: Path) -> None:
    (root / "lid").rename(root / "lit")
    finding = _only(_checked(root))
    assert finding.class_name == "lit"
    assert "the published dataset does not have" in finding.problem


@pytest.mark.parametrize("name", [PHOTO, "cup/train/good/001.png", "cup/test/good/001.png", MASK])
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b""), "0 bytes"),
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "cannot decode"),
        (lambda path: path.write_text("not a photograph"), "is not an image"),
        (lambda path: (path.unlink(), path.mkdir()), "directory"),
    ],
    ids=["empty", "truncated", "text", "folder"],
)
def test_a_file_that_cannot_be_read(
    root: Path, name: str, damage: Callable[[Path], object], says: str
) -> None:
    damage(root / name)
    finding = _only(_checked(root))
    assert (finding.class_name, finding.path) == ("cup", str(root / name))
    assert says in finding.problem.lower()
    assert finding.remedy == "put an intact copy in its place"


def test_a_mask_of_another_size(root: Path) -> None:
    Image.new("L", (24, 23), 255).save(root / MASK)
    finding = _only(_checked(root))
    assert finding.path == str(root / MASK)
    assert "24x23" in finding.problem
    assert "24x24" in finding.problem


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "I;16"])
def test_a_mask_that_marks_nothing(root: Path, mode: str) -> None:
    Image.new(mode, (24, 24), 0).save(root / MASK)
    finding = _only(_checked(root))
    assert (finding.path, finding.problem) == (str(root / MASK), "the mask marks nothing")


@pytest.mark.parametrize("value", [1, 128, 255])
def test_one_marked_pixel_is_a_mask(root: Path, value: int) -> None:
    marked = np.zeros((24, 24), np.uint8)
    marked[23, 0] = value
    Image.fromarray(marked).save(root / MASK)
    assert _checked(root).findings == ()


def test_a_missing_mask(root: Path) -> None:
    (root / MASK).unlink()
    finding = _only(_checked(root))
    assert (finding.path, finding.problem) == (str(root / MASK), "the mask is missing")
    assert check(Folder("parts", root), {}).findings == ()


@pytest.mark.parametrize(
    "orphan", ["cup/ground_truth/hole/777_mask.png", "cup/ground_truth/scratch/000_mask.png"]
)
def test_a_mask_without_a_photograph(root: Path, orphan: str) -> None:
    (root / orphan).parent.mkdir(exist_ok=True)
    shutil.copy(root / MASK, root / orphan)
    for dataset in (MvtecAd("parts", root), Folder("parts", root)):
        finding = _only(check(dataset, {}))
        assert (finding.class_name, finding.path) == ("cup", str(root / orphan))
        assert finding.problem == "no photograph for this mask"


def test_misnamed_masks_of_own_parts_are_not_passed_over(root: Path) -> None:
    place = root / "cup" / "ground_truth" / "hole"
    for path in sorted(place.iterdir()):
        path.rename(path.with_name(path.name.replace("_mask", "-mask")))
    findings = check(Folder("parts", root), {}).findings
    assert [finding.path for finding in findings] == [str(place / f"00{n}-mask.png") for n in range(3)]


def test_blank_masks_of_good_parts_are_no_orphans(root: Path) -> None:
    blank = root / "cup" / "ground_truth" / "good"
    blank.mkdir()
    for number in range(3):
        Image.new("L", (24, 24)).save(blank / f"00{number}_mask.png")
    assert _checked(root).findings == ()


def test_a_stranger_among_photographs_of_one_size(root: Path) -> None:
    Image.new("RGB", (30, 20), "red").save(root / "cup" / "test" / "good" / "000.png")
    finding = _only(_checked(root))
    assert finding.path == str(root / "cup" / "test" / "good" / "000.png")
    assert finding.problem == "is 30x20, all others of its class are 24x24"


def test_a_class_without_training_photographs(root: Path) -> None:
    shutil.rmtree(root / "cup" / "train")
    finding = _only(check(MvtecAd("parts", root), {}))
    assert (finding.class_name, finding.problem) == ("cup", "no training photographs")


def test_one_damaged_class_does_not_hide_another(root: Path) -> None:
    shutil.rmtree(root / "cup" / "test")
    (root / "lid" / "test" / "good" / "000.png").write_bytes(b"")
    report = _checked(root)
    assert [finding.class_name for finding in report.findings] == ["cup", "lid"]
    assert "holds no test photographs" in report.findings[0].problem
    assert [(each.class_name, each.counts, each.findings) for each in report.classes] == [
        ("cup", None, 1),
        ("lid", Counts(3, 3, 3), 1),
    ]


def test_all_findings_are_told_at_once(root: Path) -> None:
    (root / "cup/train/good/000.png").write_bytes(b"")
    Image.new("L", (24, 24)).save(root / MASK)
    shutil.copy(root / "lid/test/good/000.png", root / "cup/test/good/000.png")
    (root / "lid/test/hole/000.png").unlink()
    problems = [finding.problem for finding in _checked(root).findings]
    for words in ("0 bytes", "marks nothing", "wrong class", "no photograph for", "published are 3"):
        assert sum(words in problem for problem in problems) == 1
    assert len(problems) == 5


@pytest.mark.parametrize("rows", [[], ["pin,train,normal,pin/0.JPG,"], ["pin,train,normal,../0.JPG,"]])
def test_a_wrong_split_file_is_a_finding(tmp_path: Path, rows: list[str]) -> None:
    (tmp_path / "split_csv").mkdir()
    text = "\n".join(["object,split,label,image,mask", *rows, ""])
    (tmp_path / "split_csv" / "1cls.csv").write_text(text)
    report = check(Visa("visa", tmp_path), {})
    assert "1cls.csv" in _only(report).problem
    assert report.classes == ()


@pytest.mark.parametrize("place", ["train", "train/bent", "test", "test/good/more"])
def test_photographs_that_no_layout_reads(root: Path, place: str) -> None:
    for number in range(2):
        write_photo(root / "cup" / place / f"77{number}.png", 770 + number)
    (root / "cup" / place / "notes.txt").write_text("not a photograph")
    for dataset in (MvtecAd("parts", root), Folder("parts", root)):
        finding = _only(check(dataset, {}))
        assert (finding.class_name, finding.path) == ("cup", str(root / "cup" / place))
        assert finding.problem == "2 images here are never evaluated: 770.png, 771.png"


def test_photographs_in_a_format_that_is_not_read(root: Path) -> None:
    (root / "lid" / "test" / "good" / "777.HEIC").write_bytes(b"as a telephone writes it")
    finding = _only(_checked(root))
    assert finding.problem == "1 image here is never evaluated: 777.HEIC"


def test_photographs_that_the_split_file_passes_over(tmp_path: Path) -> None:
    write_photo(tmp_path / "test" / "unrelated.png", 9)
    tmp_path /= "test/visa"
    place = tmp_path / "pin" / "Data" / "Images" / "Normal"
    for number in range(3):
        write_photo(place / f"{number}.png", number)
    (tmp_path / "split_csv").mkdir(parents=True)
    rows = ["pin,train,normal,pin/Data/Images/Normal/0.png,", "pin,test,normal,pin/Data/Images/Normal/1.png,"]
    text = "\n".join(["object,split,label,image,mask", *rows, ""])
    (tmp_path / "split_csv" / "1cls.csv").write_text(text)
    finding = _only(check(Visa("visa", tmp_path), {}))
    assert (finding.path, finding.problem) == (str(place), "1 image here is never evaluated: 2.png")
