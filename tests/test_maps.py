from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from iad_eval.errors import UsageError
from iad_eval.maps import SIDE_PX, Maps, map_path, read_map, write_map


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(1, SIDE_PX), st.integers(1, SIDE_PX)),
        elements=st.floats(-1000, 1000, width=32),
    )
)
def test_a_map_is_kept_to_a_255th_of_its_range(
    tmp_path_factory: pytest.TempPathFactory, found: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> None:
    path = tmp_path_factory.mktemp("maps") / "a.png"
    write_map(path, found)
    span = float(found.max() - found.min())
    assert np.abs(read_map(path) - found).max() <= span / 255 / 2 + 1e-3


def test_a_large_map_shrinks_and_comes_back_at_the_photographs_size(tmp_path: Path) -> None:
    found = np.zeros((600, 900), np.float32)
    found[300:, 450:] = 8
    write_map(tmp_path / "a.png", found)
    assert read_map(tmp_path / "a.png").shape == (85, 128)
    large = read_map(tmp_path / "a.png", (900, 600))
    assert large.shape == (600, 900)
    assert np.abs(large - found).mean() < 0.1
    assert large[500, 800] == 8
    assert large[100, 100] == 0


@pytest.mark.parametrize("level", [0.0, -3.5, 1e-30])
def test_a_flat_map_stays_flat(tmp_path: Path, level: float) -> None:
    write_map(tmp_path / "a.png", np.full((4, 6), level, np.float32))
    assert np.all(read_map(tmp_path / "a.png") == np.float32(level))


def test_a_map_is_given_again_with_its_answer(tmp_path: Path) -> None:
    first, second = Maps(tmp_path / "run1", tmp_path / "cache"), Maps(tmp_path / "run2", tmp_path / "cache")
    first.keep("anomalib:Padim", "k1", np.ones((2, 2), np.float32))
    second.recall("anomalib:Padim", "k1")
    second.recall("anomalib:Padim", "never seen")
    assert map_path(tmp_path / "run2", "anomalib:Padim", "k1").is_file()
    assert [path.name for path in (tmp_path / "run2").rglob("*.png")] == ["k1.png"]
    second.recall("anomalib:Padim", "k1")


def test_a_folder_in_the_way_is_explained(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(UsageError, match=r"cannot keep the anomaly map .*k1\.png"):
        Maps(tmp_path / "run", tmp_path / "cache").keep("glass", "k1", np.ones((2, 2), np.float32))
