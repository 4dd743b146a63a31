from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from iad_eval.errors import ModelError
from iad_eval.predictors.trained_fits import Arrays, FitFiles

ARRAYS: Arrays = {"scores": np.arange(7, dtype=np.float64), "map": np.ones((3, 4), np.float32)}


def _same(found: Arrays | None, arrays: Arrays = ARRAYS) -> bool:
    return (
        found is not None
        and found.keys() == arrays.keys()
        and all(
            found[name].dtype == array.dtype and np.array_equal(found[name], array)
            for name, array in arrays.items()
        )
    )


def _archive() -> bytes:
    file = io.BytesIO()
    np.savez(file, **ARRAYS)  # type: ignore[arg-type]  # names are the test's
    return file.getvalue()


WHOLE = _archive()


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    files = FitFiles(tmp_path / "fits")
    assert files.load("a") is None
    files.save("a", ARRAYS)
    assert _same(files.load("a"))
    assert files.load("b") is None
    assert [path.name for path in (tmp_path / "fits").iterdir()] == ["a.npz"]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "half": lambda whole: whole[: len(whole) // 2],
    "its end lost": lambda whole: whole[:-1],
    "text": lambda whole: b"not an archive",
    "one array": lambda whole: whole[whole.index(b"\x93NUMPY") :],
    "pickle": lambda whole: b"\x80\x04K\x01.",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_files_are_as_good_as_none(tmp_path: Path, damage: str) -> None:
    files = FitFiles(tmp_path)
    files.path("a").write_bytes(DAMAGES[damage](WHOLE))
    assert files.load("a") is None
    files.save("a", ARRAYS)
    assert _same(files.load("a"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(WHOLE) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_never_crashes(tmp_path: Path, place: int, bit: int) -> None:
    files = FitFiles(tmp_path)
    damaged = bytearray(WHOLE)
    damaged[place] ^= 1 << bit
    files.path("a").write_bytes(damaged)
    found = files.load("a")
    if found is not None and found.keys() == ARRAYS.keys():
        assert all(
            np.array_equal(array, ARRAYS[name])
            for name, array in found.items()
            if array.dtype == ARRAYS[name].dtype and array.shape == ARRAYS[name].shape
        )


def test_a_folder_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "fits").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"cannot keep a fit as .*fits"):
        FitFiles(tmp_path / "fits").save("a", ARRAYS)


def test_nothing_is_left_of_a_save_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(ModelError, match=r"No space left on device.*Make room"):
        FitFiles(tmp_path).save("a", ARRAYS)
    assert list(tmp_path.iterdir()) == []


def test_objects_are_not_kept(tmp_path: Path) -> None:
    objects: NDArray[np.object_] = np.array([object()])
    with pytest.raises(TypeError, match="odd"):
        FitFiles(tmp_path).save("a", {"odd": objects})


def test_readers_never_meet_half_a_file(tmp_path: Path) -> None:
    files = FitFiles(tmp_path)
    files.save("a", ARRAYS)
    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(files.save, "a", ARRAYS) for _ in range(30)]
        reading = [threads.submit(files.load, "a") for _ in range(60)]
    assert all(done.exception() is None for done in writing)
    assert all(_same(done.result()) for done in reading)
