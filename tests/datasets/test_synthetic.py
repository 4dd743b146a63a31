"""The drawn dataset on disk: listed without a look, drawn whole or not at all, by however many processes."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from iad_eval.datasets import synthetic
from iad_eval.datasets.check import check
from iad_eval.datasets.mvtec import MvtecAd
from iad_eval.datasets.synthetic import Synthetic
from iad_eval.drawing import ClassEntry, Drawn, catalogue, draw, files
from iad_eval.errors import DataError, UsageError
from iad_eval.identity import FileDigests, digest_file

SMALL = (
    ClassEntry("hex_nut", "object", ("chipped", "rust"), train_good=3, test_good=2, per_defect=2),
    ClassEntry("weave", "texture", ("hole", "stain"), train_good=2, test_good=1, per_defect=1),
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "catalogue", lambda: SMALL)


def opened(cache: Path, seed: int = 0) -> Synthetic:
    return Synthetic("synthetic", seed, cache)


def prepared(cache: Path, seed: int = 0) -> Synthetic:
    data = opened(cache, seed)
    data.prepare("hex_nut")
    return data


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.png")}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def drawing_until(photograph: int, end: Callable[[], object]) -> Callable[..., Drawn]:
    numbers = itertools.count(1)

    def drawn(*names: Any) -> Drawn:
        if next(numbers) == photograph:
            end()
        return draw(*names)

    return drawn


def prepare_elsewhere(cache: Path, start: Barrier, dies_at: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthetic, "catalogue", lambda: SMALL)
        patch.setattr(files, "draw", drawing_until(dies_at, partial(os.kill, os.getpid(), signal.SIGKILL)))
        data = opened(cache)
        start.wait(30)
        data.prepare("hex_nut")


def exit_codes(count: int, cache: Path, dies_at: int = 0) -> list[int | None]:
    """Of processes that prepare a class at once and are killed before a photograph (0: not killed)."""
    spawn = multiprocessing.get_context("spawn")
    job = (cache, spawn.Barrier(count), dies_at)
    begun = [spawn.Process(target=prepare_elsewhere, args=job) for _ in range(count)]
    for process in begun:
        process.start()
    for process in begun:
        process.join(30)
    return [process.exitcode for process in begun]


def test_the_embedded_dataset_is_the_whole_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    data = opened(tmp_path)
    assert data.classes() == tuple(sorted(entry.name for entry in catalogue()))
    for entry in catalogue():
        listed = data.samples(entry.name)
        assert Counter(sample.defect for sample in listed.train) == {"good": entry.train_good}
        assert Counter(sample.defect for sample in listed.test) == {
            "good": entry.test_good,
            **dict.fromkeys(entry.defects, entry.per_defect),
        }


def test_listing_touches_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touched = Mock(side_effect=AssertionError("the disk was touched"))
    with monkeypatch.context() as patch:
        for name in ("stat", "lstat", "open", "mkdir", "listdir", "scandir"):
            patch.setattr(os, name, touched)
        patch.setattr("builtins.open", touched)
        patch.setattr("io.open", touched)
        data = opened(tmp_path / "cache")
        listed = {name: data.samples(name) for name in data.classes()}
    assert {name: len(samples.train) for name, samples in listed.items()} == {"hex_nut": 3, "weave": 2}
    assert list(tmp_path.iterdir()) == []


def test_prepared_files_are_those_listed_and_hold_what_is_drawn(tmp_path: Path) -> None:
    data = prepared(tmp_path, seed=5)
    listed = data.samples("hex_nut")
    paths: set[Path] = set()
    for sample in (*listed.train, *listed.test):
        drawn = draw(5, "hex_nut", sample.split, sample.defect, int(sample.stem))
        assert (drawn.mask is None) == (not sample.is_anomalous)
        for path, picture in ((sample.image_path, drawn.image), (sample.mask_path, drawn.mask)):
            if path is not None:
                assert np.array_equal(np.asarray(Image.open(path)), np.asarray(picture))
                paths.add(path)
    assert len(paths) == 3 + 2 + 2 * 2 * 2
    assert paths == {path for path in data.root.rglob("*") if path.is_file() and path.suffix != ".jsonl"}
    assert not (data.root / "weave").exists(), "a class is drawn when it is asked for"


@pytest.mark.parametrize("place", ["deep/new", "."])
def test_the_dataset_written_out_is_an_undamaged_mvtec_folder(place: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / place
    data = opened(tmp_path / "cache")
    data.write(target, lambda *counts: seen.append(counts))
    total = (3 + 2 + 4) + (2 + 1 + 2)
    assert seen == [(number, total) for number in range(1, total + 1)]
    native = MvtecAd("synthetic", target)
    assert native.classes() == data.classes()
    for name in data.classes():
        found, listed = native.samples(name), data.samples(name)
        assert [sample.id for sample in found.train] == [sample.id for sample in listed.train]
        assert [sample.id for sample in found.test] == [sample.id for sample in listed.test]
    assert check(native, {}).findings == ()


def test_writing_refuses_a_file_or_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine, too")
    refused = {"full": "full is not empty", "file": "file is a file", "file/below": "be written"}
    for place, why in refused.items():
        with pytest.raises(UsageError, match=why):
            opened(tmp_path).write(tmp_path / place)
    assert names_in(tmp_path) == ["file", "full"]
    assert (names_in(tmp_path / "full"), (tmp_path / "file").read_text()) == (["mine.txt"], "mine, too")


def test_another_seed_lies_elsewhere_and_is_said_to_be_another(tmp_path: Path) -> None:
    assert opened(tmp_path, 1).root != opened(tmp_path, 2).root
    assert [opened(tmp_path, seed).describe()["seed"] for seed in (1, 2)] == [1, 2]


def test_what_is_drawn_is_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(tmp_path)
    monkeypatch.setattr(files, "draw", Mock(side_effect=AssertionError("drawn again")))
    prepared(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left")])
def test_what_ends_in_the_midst_leaves_nothing_half(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = opened(tmp_path)
    monkeypatch.setattr(files, "draw", drawing_until(5, Mock(side_effect=error)))
    with pytest.raises((KeyboardInterrupt, DataError)):
        data.prepare("hex_nut")
    assert names_in(data.root) == []
    data.prepare("hex_nut")
    assert len(files_of(data.root / "hex_nut")) == 3 + 2 + 2 * 2 * 2
    assert names_in(data.root) == ["hex_nut"]


def test_a_kill_in_the_midst_leaves_nothing_half(tmp_path: Path) -> None:
    assert exit_codes(1, tmp_path, dies_at=5) == [-signal.SIGKILL]
    data = opened(tmp_path)
    assert not (data.root / "hex_nut").exists()
    data.prepare("hex_nut")
    assert files_of(data.root / "hex_nut") == files_of(prepared(tmp_path / "fresh").root / "hex_nut")


@pytest.mark.parametrize("missing", ["train/good/001.png", "ground_truth/rust/000_mask.png", "drawn.jsonl"])
def test_an_incomplete_folder_gives_way_to_a_complete_one(missing: str, tmp_path: Path) -> None:
    data = prepared(tmp_path)
    complete = files_of(data.root)
    (data.root / "hex_nut" / missing).unlink()
    (data.root / "hex_nut" / "train" / "good" / "stray.png").touch()
    prepared(tmp_path)
    assert files_of(data.root) == complete
    assert names_in(data.root) == ["hex_nut"]


def test_answers_are_found_where_the_same_photograph_is_packed_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digests(cache: Path) -> dict[str, str]:
        data = prepared(cache)
        found = FileDigests()
        found.stand(data.stand_ins("hex_nut"))
        return {str(path.relative_to(cache)): found(path) for path in sorted(data.root.rglob("*.png"))}

    here = digests(tmp_path / "here")
    plain = Image.Image.save
    monkeypatch.setattr(Image.Image, "save", lambda image, path, **_: plain(image, path, compress_level=9))
    there = digests(tmp_path / "there")
    one = "synthetic/seed0-v1/hex_nut/test/rust/001.png"
    assert (tmp_path / "here" / one).read_bytes() != (tmp_path / "there" / one).read_bytes()
    assert here == there
    assert len(set(here.values())) == len(here), "no two photographs or masks are taken for one"


def test_a_photograph_that_was_edited_stands_for_itself(tmp_path: Path) -> None:
    data = prepared(tmp_path)
    edited = data.root / "hex_nut" / "test" / "rust" / "000.png"
    Image.new("RGB", (4, 4)).save(edited)
    digests = FileDigests()
    digests.stand(data.stand_ins("hex_nut"))
    assert digests(edited) == digest_file(edited)


def test_another_seed_stands_for_itself(tmp_path: Path) -> None:
    one, other = (prepared(tmp_path, seed).stand_ins("hex_nut") for seed in (0, 1))
    assert set(one.values()).isdisjoint(other.values())


def test_the_copy_of_a_process_that_was_first_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers: list[int] = []

    def overtaken(*names: object) -> Drawn:
        monkeypatch.setattr(files, "draw", draw)
        numbers.append((prepared(tmp_path).root / "hex_nut").stat().st_ino)
        return Drawn(Image.new("RGB", (4, 4)), None)

    monkeypatch.setattr(files, "draw", overtaken)
    root = prepared(tmp_path).root
    assert [(root / "hex_nut").stat().st_ino] == numbers
    assert names_in(root) == ["hex_nut"]


@pytest.mark.parametrize("begun", [False, True])
def test_processes_at_once_end_with_one_complete_copy(begun: bool, tmp_path: Path) -> None:
    data = opened(tmp_path / "shared")
    if begun:
        (data.root / "hex_nut" / "train" / "good").mkdir(parents=True)
    assert exit_codes(3, tmp_path / "shared") == [0, 0, 0]
    assert files_of(data.root) == files_of(prepared(tmp_path / "alone").root)
    assert names_in(data.root) == ["hex_nut"]


def test_an_incomplete_folder_that_another_process_has_just_moved_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = opened(tmp_path)
    (data.root / "hex_nut" / "train" / "good").mkdir(parents=True)
    looks = itertools.count()

    def is_complete(self: Synthetic, name: str) -> bool:
        if next(looks) == 1:  # after the move was tried in vain
            (self.root / name).rename(tmp_path / "moved away")
        return False

    monkeypatch.setattr(files, "draw", lambda *names: Drawn(Image.new("RGB", (4, 4)), None))
    monkeypatch.setattr(Synthetic, "_is_complete", is_complete)
    data.prepare("hex_nut")
    assert names_in(data.root) == ["hex_nut"]
    assert list((data.root / "hex_nut" / "train" / "good").iterdir())


@pytest.mark.parametrize("blocked", ["cache", "cache/synthetic"])
def test_a_cache_that_cannot_be_written_names_the_option(blocked: str, tmp_path: Path) -> None:
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).touch()
    with pytest.raises(DataError, match="--iad-cache") as caught:
        opened(tmp_path / "cache").prepare("weave")
    assert "synthetic/weave" in str(caught.value)


def test_a_file_in_the_place_of_a_class_is_reported_and_kept(tmp_path: Path) -> None:
    data = opened(tmp_path)
    data.root.mkdir(parents=True)
    (data.root / "weave").write_text("mine")
    with pytest.raises(DataError, match="--iad-cache"):
        data.prepare("weave")
    assert names_in(data.root) == ["weave"]
    assert (data.root / "weave").read_text() == "mine"


def test_an_unknown_class_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    for ask in (opened(tmp_path).samples, opened(tmp_path).prepare):
        with pytest.raises(UsageError, match="hex_nut"):
            ask("hexnut")
