"""The door to the datasets: names to datasets, and nothing read on the way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from parts import write_parts

from iad_eval.datasets import Dataset, DatasetEntry, open_dataset
from iad_eval.datasets.folder import Folder
from iad_eval.datasets.mvtec import MvtecAd
from iad_eval.datasets.visa import Visa
from iad_eval.errors import UsageError
from iad_eval.settings import DatasetSpec, Settings

_opened: list[str] | None = None


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _opened is not None:
        _opened.append(str(arguments[0]))


sys.addaudithook(_listen)  # Python tells of every file it opens


@contextmanager
def watched() -> Iterator[list[str]]:
    """The names of the files that are opened meanwhile."""
    global _opened
    _opened = names = list[str]()
    yield names
    _opened = None


def _mvtec(root: Path) -> None:
    for name in ("train/good/0.png", "test/good/0.png", "test/hole/0.png", "ground_truth/hole/0_mask.png"):
        path = root / "cup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _visa(root: Path) -> None:
    rows = ["cup,train,normal,n/0.JPG,", "cup,test,normal,n/1.JPG,", "cup,test,anomaly,a/0.JPG,m/0.png"]
    for name in ("n/0.JPG", "n/1.JPG", "a/0.JPG", "m/0.png", "split_csv/1cls.csv"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    (root / "split_csv" / "1cls.csv").write_text("\n".join(["object,split,label,image,mask", *rows]))


def _converted(root: Path) -> None:
    for name in ("train/good/0.JPG", "test/good/1.JPG", "test/bad/0.JPG", "ground_truth/bad/0.png"):
        path = root / "1cls" / "cup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _open(text: str, base: Path, settings: Settings | None = None) -> Dataset:
    return open_dataset(DatasetSpec.parse(text, base), settings or Settings())


@pytest.mark.parametrize(
    ("kind", "write"),
    [("mvtec", _mvtec), ("folder", _mvtec), ("visa", _visa), ("visa", _converted)],
    ids=["mvtec", "folder", "visa-native", "visa-converted"],
)
def test_listing_opens_no_photograph(tmp_path: Path, kind: str, write: Callable[[Path], None]) -> None:
    write(tmp_path)
    with watched() as opened:
        dataset = _open(f"{kind}:{tmp_path}", Path())
        assert dataset.classes() == ("cup",)
        listed = dataset.samples("cup")
        assert [len(listed.train), len(listed.test)] == [1, 2]
        assert [sample.is_anomalous for sample in listed.test].count(True) == 1
        listed.test[0].image_path.read_bytes()  # to see that watching works
    photographs = [name for name in opened if name.lower().endswith((".png", ".jpg"))]
    assert photographs == [str(listed.test[0].image_path)]


@pytest.mark.parametrize(("kind", "expected"), [("mvtec", MvtecAd), ("visa", Visa), ("folder", Folder)])
def test_each_kind_opens_its_own(tmp_path: Path, kind: str, expected: type) -> None:
    dataset = _open(f"line3={kind}:{tmp_path}", Path())
    assert type(dataset) is expected
    assert dataset.name == "line3"


def test_a_relative_path_starts_where_it_was_typed(tmp_path: Path) -> None:
    write_parts(tmp_path / "parts")
    assert _open("folder:parts", tmp_path).classes() == ("cup", "lid")
    assert _open("folder:../parts/./cup", tmp_path / "parts").classes() == ("cup",)


def test_a_home_folder_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write_parts(tmp_path / "parts")
    assert _open("mvtec:~/parts", Path()).classes() == ("cup", "lid")


def test_the_names_of_good_folders_reach_the_dataset(tmp_path: Path) -> None:
    dataset = _open("folder:x", tmp_path, Settings(good=("ok", "pass")))
    assert dataset.describe()["good"] == ["ok", "pass"]


def test_opening_alone_looks_at_no_folder(tmp_path: Path) -> None:
    dataset = _open("mvtec:nowhere", tmp_path)
    with pytest.raises(UsageError, match="nowhere does not exist"):
        dataset.classes()


@pytest.mark.parametrize("kind", ["mvtec", "visa", "folder"])
def test_a_folder_must_be_named(kind: str) -> None:
    with pytest.raises(UsageError, match=rf"needs the folder it lies in: type {kind}:PATH"):
        _open(kind, Path())


@pytest.mark.parametrize("seed", ["x", "-1", "1.5", "/data"])
def test_a_seed_is_a_whole_number(seed: str) -> None:
    with pytest.raises(UsageError, match="takes a whole number as its seed"):
        _open(f"synthetic:{seed}", Path())


def test_an_unknown_kind_comes_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown dataset 'mvtek'\. Did you mean 'mvtec'\?.*folder, mvtec,"):
        _open("mvtek:x", Path())


def test_others_may_add_kinds_and_replace_ours(tmp_path: Path) -> None:
    def own(spec: DatasetSpec, settings: Settings) -> Dataset:
        return Folder(f"own-{spec.name}", tmp_path)

    for kind in ("lab", "mvtec"):
        spec = DatasetSpec.parse(f"{kind}:x")
        assert open_dataset(spec, Settings(), [DatasetEntry(kind, own)]).name == f"own-{kind}"
