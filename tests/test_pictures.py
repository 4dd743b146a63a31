"""Small pictures of views: their size, the line around a defect, the cache that gives them again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from iad_eval.errors import UsageError
from iad_eval.pictures import SIDE_PX, Pictures, folder_of, outline, outline_path, picture_path, small

GREY = Image.new("RGB", (900, 600), (90, 90, 90))


def _mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return mask


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_a_picture_fits_and_never_grows(width: int, height: int) -> None:
    size = small(Image.new("RGB", (width, height))).size
    assert max(size) == min(SIDE_PX, max(width, height))
    assert size[0] <= width
    assert size[1] <= height


def test_the_line_lies_around_the_defect_and_leaves_it_visible() -> None:
    drawn = np.asarray(outline(_mask((900, 600), (300, 150, 449, 299)), (300, 200)))
    assert set(np.unique(drawn)) == {0, 1, 2}
    assert (drawn[50:100, 100:150] == 0).all()
    assert drawn[49, 120] == 1
    assert drawn[48, 120] == 2
    assert drawn[47, 120] == 0


def test_a_defect_of_one_pixel_has_a_line() -> None:
    assert np.asarray(outline(_mask((3000, 2000), (1500, 1000, 1500, 1000)), (300, 200))).any()


def test_pictures_come_again_from_the_cache_into_another_run(tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    pictures = Pictures(first, tmp_path / "cache")
    assert not pictures.recall("mvtec/bottle/test/bent/000", "rotate:15", "ab" * 16)
    mask = _mask((900, 600), (0, 0, 99, 99))
    pictures.keep("mvtec/bottle/test/bent/000", "rotate:15", "ab" * 16, GREY, mask)
    assert Pictures(second, tmp_path / "cache").recall("mvtec/bottle/test/bent/000", "rotate:15", "ab" * 16)
    for run in (first, second):
        path = picture_path(run, "mvtec/bottle/test/bent/000", "rotate:15")
        assert path.name == "rotate_15.jpg"
        with Image.open(path) as image, Image.open(path.with_suffix(".png")) as line:
            assert image.size == line.size == (320, 213)
            assert line.info["transparency"] == 0
    assert outline_path(second, "mvtec/bottle/test/bent/000", "rotate:15").exists()


def test_a_view_without_mask_has_no_line(tmp_path: Path) -> None:
    Pictures(tmp_path / "run", tmp_path / "cache").keep("d/c/test/good/1", "original", "cd" * 16, GREY, None)
    assert picture_path(tmp_path / "run", "d/c/test/good/1", "original").exists()
    assert not outline_path(tmp_path / "run", "d/c/test/good/1", "original").exists()


def test_no_room_is_said_with_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(UsageError, match="--iad-page no; what was observed is kept"):
        Pictures(tmp_path / "run", tmp_path / "cache").keep("d/c/test/good/1", "original", "k", GREY, None)


def test_photographs_have_folders_of_their_own() -> None:
    assert folder_of("a/b/test/good/1") != folder_of("a/b/test/good/2")
    assert len(folder_of("\udc80")) == 12
