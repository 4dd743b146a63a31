"""What a case asks: its views, and where answers are drawn each of them again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from parts import write_parts

from iad_eval.asks import Ask, Asking, further_draws
from iad_eval.datasets.folder import Folder
from iad_eval.identity import FileDigests
from iad_eval.perturbations import perturbation
from iad_eval.predictors import Calibration, Reply
from iad_eval.views import View
from iad_eval.words import Case, ClassSamples, Json

CASE = Case("m", "parts", "cup", "rotated")


class Model:
    name = "m"

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        return {"model": self.name}

    def describe(self) -> Mapping[str, Json]:
        return {}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        return iter(())

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        return None

    def close(self) -> None:
        pass


class Drawing(Model):
    def redrawn_identity(self, repeat: int) -> Mapping[str, Json] | None:
        return {"repeat": repeat}


class Cold(Model):
    def redrawn_identity(self, repeat: int) -> Mapping[str, Json] | None:
        return None


def _asks(root: Path, model: Model, repeats: int) -> list[Ask]:
    views = {"rotated": perturbation("rotated", {})}
    asking = Asking({"parts": Folder("parts", root)}, views, 1, FileDigests(), repeats)
    return asking.asks(CASE, model)


def test_repeats_follow_the_first_answers_under_keys_of_their_own(tmp_path: Path) -> None:
    root = write_parts(tmp_path / "parts")
    once, thrice = (_asks(root, Drawing(), repeats) for repeats in (1, 3))
    good, holed = "parts/cup/test/good/000", "parts/cup/test/hole/000"
    assert [(ask.repeat, ask.sample.id) for ask in thrice] == [
        (repeat, sample) for repeat in (0, 1, 2) for sample in (good, holed)
    ]
    assert [ask.key for ask in thrice[:2]] == [ask.key for ask in once]
    assert len({ask.key for ask in thrice}) == len({ask.view for ask in thrice}) == 6
    assert {(ask.view.repeat, ask.view.perturbation) for ask in thrice} == {
        (repeat, "rotated") for repeat in (0, 1, 2)
    }


def test_the_keys_of_a_model_that_can_draw_are_those_of_one_that_cannot(tmp_path: Path) -> None:
    root = write_parts(tmp_path / "parts")
    keys = [[ask.key for ask in _asks(root, model, 1)] for model in (Model(), Drawing(), Cold())]
    assert keys[0] == keys[1] == keys[2]


@pytest.mark.parametrize("model", [Model(), Cold()], ids=["never draws", "does not draw now"])
def test_who_draws_nothing_is_asked_once(tmp_path: Path, model: Model) -> None:
    asks = _asks(write_parts(tmp_path / "parts"), model, 3)
    assert [ask.repeat for ask in asks] == [0, 0]
    assert further_draws(model, 3) == []


def test_a_photograph_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    root = write_parts(tmp_path / "parts")
    Folder("parts", root).samples("cup")
    mask = root / "cup" / "ground_truth" / "hole" / "000_mask.png"
    mask.unlink()
    mask.mkdir()
    asks = _asks(root, Drawing(), 3)
    assert [ask.sample.stem for ask in asks if ask.trouble is not None] == ["000"]
    assert [ask.repeat for ask in asks if ask.trouble is None] == [0, 1, 2]
