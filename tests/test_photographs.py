"""A photograph is decoded once for all its views, within bounds, and no view can change another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from parts import write_parts

from iad_eval import photographs as module
from iad_eval.asks import Ask
from iad_eval.datasets.folder import Folder
from iad_eval.errors import DataError
from iad_eval.perturbations import PAPER, perturbation
from iad_eval.photographs import Photographs
from iad_eval.views import Decoded, decode, load_view
from iad_eval.words import Case, Sample


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of what was decoded, in order."""
    found: list[str] = []

    def count(sample: Sample) -> Decoded:
        found.append(sample.id)
        return decode(sample)

    monkeypatch.setattr(module, "decode", count)
    return found


@pytest.fixture
def parts(tmp_path: Path) -> Folder:
    return Folder("parts", write_parts(tmp_path / "parts"))


def asks(parts: Folder, class_name: str, view: str = "original") -> list[Ask]:
    case, siblings = Case("m", "parts", class_name, view), parts.samples(class_name)
    return [
        Ask(
            case, sample, siblings, perturbation(view), f"image of {sample.id}", "mask", f"key of {sample.id}"
        )
        for sample in siblings.test
    ]


def test_all_views_of_a_photograph_come_from_one_decoding(parts: Folder, decoded: list[str]) -> None:
    photographs = Photographs()
    for view in PAPER:
        for ask in asks(parts, "cup", view):
            made = photographs.view(ask)
            fresh = load_view(ask.sample, ask.siblings, ask.perturbation, None, ask.key)
            assert made.image.tobytes() == fresh.image.tobytes()
            assert (made.mask_fraction, made.hidden_fraction) == (fresh.mask_fraction, fresh.hidden_fraction)
            assert (made.sample, made.key, made.perturbation) == (ask.sample, ask.key, view)
    assert decoded == [sample.id for sample in parts.samples("cup").test]


def test_who_paints_over_a_view_changes_no_other(parts: Folder) -> None:
    photographs, ask = Photographs(), asks(parts, "cup")[0]
    before = np.asarray(photographs.view(ask).image)
    painted = photographs.view(ask)
    painted.image.paste((255, 0, 0), (0, 0, *painted.image.size))
    assert (np.asarray(photographs.view(ask).image) == before).all()


def test_an_edited_file_is_decoded_anew(parts: Folder, decoded: list[str]) -> None:
    photographs, ask = Photographs(), asks(parts, "cup")[0]
    photographs.view(ask)
    photographs.view(replace(ask, image_digest="another"))
    photographs.view(replace(ask, mask_digest="another"))
    assert decoded == [ask.sample.id] * 3


def test_where_a_class_does_not_fit_its_first_photographs_stay(parts: Folder, decoded: list[str]) -> None:
    cup = asks(parts, "cup")
    room = sum(decode(ask.sample).bytes for ask in cup[:2])
    photographs = Photographs(room)
    for _ in range(2):
        for ask in cup:
            photographs.view(ask)
    assert decoded == [ask.sample.id for ask in [*cup, *cup[2:]]]


def test_another_class_takes_the_place_of_the_last_one(parts: Folder, decoded: list[str]) -> None:
    cup, lid = asks(parts, "cup"), asks(parts, "lid")
    photographs = Photographs(sum(decode(ask.sample).bytes for ask in lid))
    for ask in [*cup, *lid, *lid]:
        photographs.view(ask)
    assert decoded == [ask.sample.id for ask in [*cup, *lid]]


def test_what_was_forgotten_is_decoded_anew(parts: Folder, decoded: list[str]) -> None:
    photographs, ask = Photographs(), asks(parts, "cup")[0]
    for _ in range(2):
        photographs.view(ask)
        photographs.forget()
    assert len(decoded) == 2


def test_a_damaged_photograph_is_said_every_time(parts: Folder) -> None:
    photographs, ask = Photographs(), asks(parts, "cup")[0]
    ask.sample.image_path.write_bytes(b"\x89PNG and no more")
    for _ in range(2):
        with pytest.raises(DataError, match="not an image"):
            photographs.view(ask)
