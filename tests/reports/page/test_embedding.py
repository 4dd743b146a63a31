"""Which pictures a page carries inside itself: the most telling first, as many as fit."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from page_runs import PageRun

from iad_eval.reports.page.columns import Gallery, Highlight, Photograph, View, Voice
from iad_eval.reports.page.embedding import embedded
from iad_eval.reports.page.gallery import gallery, outline_of, picture_of
from iad_eval.reports.page.map_ranges import MapFile
from iad_eval.reports.reading import Entrant
from iad_eval.words import Json

PLENTY = 1_000_000
GLASS = Entrant("glass")
REFERENCE = "parts/train/good/0"


def _gallery(verdicts: str, *, highlight: tuple[str, str] | None = None, oracle: str = "") -> Gallery:
    """Anomalous photographs ``0``, ``1`` ..., each original and rotated; two views have a map ``k<view>``."""
    views = [
        View(index // 2, ("original", "rotated")[index % 2], True, index == 0, None, None)
        for index in range(len(verdicts))
    ]
    maps = [MapFile(f"k{index}", 0.0, 1.0) if index in (1, 4) else None for index in range(len(views))]
    none: list[None] = [None] * len(views)
    said = [-1] * len(views)
    voices = [Voice(GLASS, False, "glass", {}, {}, verdicts, none, said, maps)]
    if oracle:
        voices.append(Voice(Entrant("oracle"), True, "oracle", {}, {}, oracle, none, said, none))
    return Gallery(
        ("original", "rotated"),
        [
            Photograph(str(index), "parts", "cap", "bent", True, str(index))
            for index in range(len(verdicts) // 2)
        ],
        views,
        voices,
        [],
        {("parts", "cap"): REFERENCE},
        [Highlight("parts", GLASS, *highlight, "missed", None, 1, 2)] if highlight else [],
    )


def _path(view: int) -> str:
    return picture_of(str(view // 2), ("original", "rotated")[view % 2])


def _write(run: Path, sizes: Mapping[str, int]) -> None:
    for path, size in sizes.items():
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        (run / path).write_bytes(bytes(size))


def _write_all(run: Path, shown: Gallery) -> None:
    sizes = dict.fromkeys([_path(index) for index in range(len(shown.views))], 30)
    _write(run, {**sizes, outline_of("0", "original"): 30, picture_of(REFERENCE, "original"): 30})
    _write(run, {"maps/glass/k1.png": 30, "maps/glass/k4.png": 30})


def test_pictures_come_in_the_order_in_which_they_tell_most(tmp_path: Path) -> None:
    shown = _gallery("aa" + "an" + "aa" + "na" + "aa", highlight=("4", "rotated"), oracle="n" * 10)
    _write_all(tmp_path, shown)
    summary: dict[str, Json] = {
        "mistakes": [{"sample": "2"}],  # of original views
        "examples": [{"sample": "2", "perturbation": "rotated"}],
        "sheets": [{"sample": "0", "perturbations": ["original", "rotated"]}],
    }
    assert list(embedded(tmp_path, shown, summary, PLENTY)) == [
        _path(9),  # the highlight
        _path(0),  # the sheet, its outline and map with it
        outline_of("0", "original"),
        _path(1),
        "maps/glass/k1.png",
        _path(5),  # the example
        _path(4),  # the mistake
        "maps/glass/k4.png",
        picture_of(REFERENCE, "original"),
        _path(3),  # wrong
        _path(6),
        _path(7),  # right, but its original was not
        _path(2),  # the others
        _path(8),
    ]


def test_maps_that_nothing_names_come_last_those_of_wrong_views_first(tmp_path: Path) -> None:
    shown = _gallery("aaaana")
    _write_all(tmp_path, shown)
    assert list(embedded(tmp_path, shown, {}, PLENTY))[-2:] == ["maps/glass/k4.png", "maps/glass/k1.png"]


@pytest.mark.parametrize(
    "summary",
    [{}, {"sheets": None}, {"mistakes": "none"}, {"examples": [3, {}, {"sample": "9", "perturbations": 4}]}],
)
def test_a_foreign_summary_names_nothing(tmp_path: Path, summary: dict[str, Json]) -> None:
    shown = _gallery("an")
    _write_all(tmp_path, shown)
    assert len(embedded(tmp_path, shown, summary, PLENTY)) == 5


def test_a_file_is_kept_as_it_is_under_its_own_type(tmp_path: Path) -> None:
    shown = _gallery("aa")
    _write(tmp_path, {_path(0): 0, outline_of("0", "original"): 0})
    (tmp_path / _path(0)).write_bytes(b"\xff\xd8 jpeg")
    (tmp_path / outline_of("0", "original")).write_bytes(b"\x89PNG")
    held = embedded(tmp_path, shown, {}, PLENTY)
    assert held[_path(0)].startswith("data:image/jpeg;base64,")
    assert held[outline_of("0", "original")] == "data:image/png;base64,iVBORw=="
    assert base64.b64decode(held[_path(0)].partition(",")[2]) == b"\xff\xd8 jpeg"


def test_missing_files_are_passed_over(tmp_path: Path) -> None:
    shown = _gallery("aaaa")
    (tmp_path / _path(0)).mkdir(parents=True)  # no file at all
    _write(tmp_path, {_path(3): 30})
    assert list(embedded(tmp_path, shown, {}, PLENTY)) == [_path(3)]


ENTRY = len(_path(0)) + len("data:image/jpeg;base64,") + 800 + 8
"""What a JPEG file of 600 bytes takes."""


@pytest.mark.parametrize(
    ("room", "held"),
    [
        (ENTRY, [0]),
        (ENTRY - 1, []),
        (2 * ENTRY, [0, 2]),  # rotated names are as long as original ones, less one letter
        (3 * ENTRY, [0, 2, 4]),
        (3 * ENTRY - 1, [0, 2]),
        (0, []),
        (-5, []),
    ],
)
def test_room_is_filled_to_the_last_byte_and_not_beyond(tmp_path: Path, room: int, held: list[int]) -> None:
    _write(tmp_path, dict.fromkeys((_path(0), _path(2), _path(4)), 600))
    assert list(embedded(tmp_path, _gallery("a" * 6), {}, room)) == [_path(view) for view in held]


def test_a_file_that_does_not_fit_gives_way_to_smaller_ones(tmp_path: Path) -> None:
    _write(tmp_path, {_path(0): 600, _path(2): 3000, _path(4): 600})
    held = embedded(tmp_path, _gallery("a" * 6), {}, 3 * ENTRY)
    assert list(held) == [_path(0), _path(4)]


@pytest.mark.parametrize("count", [1, 3, 9, 10, 30])
def test_a_page_grows_by_no_more_than_the_room_given(small_run: PageRun, count: int) -> None:
    shown = gallery(
        small_run.observations, small_run.training, small_run.summary, small_run.manifest, small_run.run
    )
    every = embedded(small_run.run, shown, small_run.summary, PLENTY)
    wanted = dict(list(every.items())[:count])
    room = sum(len(path) + len(uri) + 9 for path, uri in wanted.items())
    held = embedded(small_run.run, shown, small_run.summary, room)
    assert set(wanted) <= set(held)
    grown = len(small_run.page(embedded=held).encode()) - len(small_run.page(embedded={}).encode())
    assert 0 < grown <= room
