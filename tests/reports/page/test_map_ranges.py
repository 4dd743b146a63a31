"""The ranges of stored anomaly maps, from the texts before their pixels; nothing of a broken file."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from iad_eval.maps import map_path, write_map
from iad_eval.reports.page.map_ranges import MapFile, MapFolders, png_texts, shared_scale

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


HEADER = _chunk(b"IHDR", bytes(13))
LOW, HIGH = _chunk(b"tEXt", b"iad-low\x00-1.5"), _chunk(b"tEXt", b"iad-high\x00" + b"2e3")
PIXELS = _chunk(b"IDAT", b"")
WHOLE = SIGNATURE + HEADER + LOW + HIGH + PIXELS


def _found(run: Path, content: bytes) -> MapFile | None:
    path = map_path(run, "glass", "k")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return MapFolders(run).find("glass", "k")


def test_the_range_of_a_map_is_read_without_its_pixels(tmp_path: Path) -> None:
    write_map(map_path(tmp_path, "org/glass", "k"), np.array([[-0.25, 3.5], [1.0, 2.0]], np.float32))
    assert MapFolders(tmp_path).find("org/glass", "k") == MapFile("k", -0.25, 3.5)
    assert _found(tmp_path, WHOLE) == MapFile("k", -1.5, 2000.0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no image",
        SIGNATURE,
        SIGNATURE[:-1] + b"x" + HEADER + LOW + HIGH + PIXELS,
        SIGNATURE + HEADER + PIXELS + LOW + HIGH,  # what follows the pixels is not ours
        SIGNATURE + HEADER + LOW + PIXELS,
        WHOLE[: len(SIGNATURE + HEADER + LOW) + 18],  # cut within a figure
        SIGNATURE + b"\xff\xff\xff\xff" + HEADER[4:] + LOW + HIGH,
        SIGNATURE + HEADER + LOW + _chunk(b"tEXt", b"iad-high"),
        SIGNATURE + HEADER + LOW + _chunk(b"tEXt", b"iad-high\x00much"),
        SIGNATURE + HEADER + LOW + _chunk(b"tEXt", b"iad-high\x00nan"),
        SIGNATURE + HEADER + LOW + _chunk(b"tEXt", b"iad-high\x00inf"),
        SIGNATURE + HEADER + LOW + _chunk(b"tEXt", b"iad-high\x00\xff\xfe"),
    ],
)
def test_a_file_that_holds_no_range_is_no_map(tmp_path: Path, content: bytes) -> None:
    assert _found(tmp_path, content) is None


def test_other_texts_and_chunks_are_passed_over(tmp_path: Path) -> None:
    others = _chunk(b"gAMA", bytes(4)) + _chunk(b"tEXt", b"Software\x00x\x00y") + _chunk(b"tEXt", b"")
    assert _found(tmp_path, SIGNATURE + HEADER + others + LOW + HIGH) == MapFile("k", -1.5, 2000.0)
    assert png_texts(map_path(tmp_path, "glass", "k")) == {
        "Software": "x\0y",
        "": "",
        "iad-low": "-1.5",
        "iad-high": "2e3",
    }


def test_texts_beyond_the_first_512_bytes_are_not_looked_for(tmp_path: Path) -> None:
    def padded(count: int) -> bytes:
        return SIGNATURE + HEADER + _chunk(b"tEXt", b"a" * count) + LOW + HIGH

    room = 512 - len(padded(0))
    assert _found(tmp_path, padded(room)) is not None
    assert _found(tmp_path, padded(room + 20)) is None


def test_the_texts_of_any_png_are_read_as_pillow_reads_them(tmp_path: Path) -> None:
    facts = PngInfo()
    facts.add_text("iad-low", "0.1")
    facts.add_text("Author", "é")
    Image.new("L", (300, 300)).save(tmp_path / "a.png", pnginfo=facts, dpi=(72, 72))
    assert png_texts(tmp_path / "a.png") == {"iad-low": "0.1", "Author": "é"}


def test_what_is_not_there_has_no_map(tmp_path: Path) -> None:
    folders = MapFolders(tmp_path)
    assert folders.find("glass", "k") is None
    assert png_texts(tmp_path) == {}  # a folder
    (tmp_path / "maps" / "knn" / "k.png").mkdir(parents=True)
    assert folders.find("knn", "k") is None
    outside = map_path(tmp_path, "glass", "k")
    outside.parent.mkdir(parents=True)
    outside.write_bytes(WHOLE)
    assert MapFolders(tmp_path).find("knn", "../glass/k") is None  # a key is a name, not a path


def test_one_outlier_does_not_stretch_the_scale_of_a_class() -> None:
    maps = [MapFile("a", 0.0, 1.0), MapFile("b", 0.25, 2.0), MapFile("c", 0.5, 900.0)]
    assert shared_scale(maps) == (0.25, 2.0)
    assert shared_scale(maps[:2]) == (0.125, 1.5)
