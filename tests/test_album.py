"""Every view of a run gets its picture, whether a model had to be shown it or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from parts import write_parts

from iad_eval.album import Album
from iad_eval.asks import Ask
from iad_eval.datasets.folder import Folder
from iad_eval.errors import UsageError
from iad_eval.perturbations import perturbation
from iad_eval.photographs import Photographs
from iad_eval.pictures import Pictures, outline_path, picture_path
from iad_eval.words import Case


@pytest.fixture
def asks(tmp_path: Path) -> list[Ask]:
    """Three good and three holed cups, padded."""
    siblings = Folder("parts", write_parts(tmp_path / "parts")).samples("cup")
    case = Case("m", "parts", "cup", "padded")
    return [
        Ask(case, sample, siblings, perturbation("padded"), f"image of {sample.id}", "mask", "key")
        for sample in siblings.test
    ]


def _album(tmp_path: Path, run: str = "run") -> Album:
    return Album(Photographs(), Pictures(tmp_path / run, tmp_path / "cache"))


def _pictured(tmp_path: Path, asks: list[Ask], run: str = "run") -> int:
    return sum(picture_path(tmp_path / run, ask.sample.id, "padded").exists() for ask in asks)


def test_a_view_that_is_made_has_its_picture(tmp_path: Path, asks: list[Ask]) -> None:
    album = _album(tmp_path)
    view = album.view(asks[0])
    assert view.sample == asks[0].sample
    assert _pictured(tmp_path, asks) == 1


def test_views_that_nobody_was_shown_are_drawn_once_and_then_recalled(
    tmp_path: Path, asks: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    _album(tmp_path).complete(asks)
    assert _pictured(tmp_path, asks) == len(asks)
    holed = [ask for ask in asks if ask.sample.mask_path is not None]
    assert holed
    assert all(outline_path(tmp_path / "run", ask.sample.id, "padded").exists() for ask in holed)
    monkeypatch.setattr(Photographs, "view", None)
    _album(tmp_path, "another").complete(asks)
    assert _pictured(tmp_path, asks, "another") == len(asks)


def test_a_photograph_that_cannot_be_decoded_has_no_picture(tmp_path: Path, asks: list[Ask]) -> None:
    asks[0].sample.image_path.write_bytes(b"no image")
    troubled = replace(asks[1], trouble="the server went away")
    _album(tmp_path).complete([asks[0], troubled, *asks[2:]])
    assert _pictured(tmp_path, asks) == len(asks) - 2


def test_no_room_for_a_picture_costs_no_view_and_is_said_at_the_end(tmp_path: Path, asks: list[Ask]) -> None:
    (tmp_path / "cache").write_text("a file")
    album = _album(tmp_path)
    assert album.view(asks[0]).sample == asks[0].sample
    with pytest.raises(UsageError, match="cannot keep the picture"):
        album.complete(asks)


def test_a_session_without_a_page_keeps_none(tmp_path: Path, asks: list[Ask]) -> None:
    album = Album(Photographs(), None)
    assert album.view(asks[0]).sample == asks[0].sample
    album.complete(asks)
    assert _pictured(tmp_path, asks) == 0
