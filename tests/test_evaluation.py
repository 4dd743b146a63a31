"""The evaluation: views asked ahead of their tests, models put away after their last case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from parts import write_parts

from iad_eval.album import Album
from iad_eval.answers import AnswerCache
from iad_eval.asks import Asking
from iad_eval.datasets.folder import Folder
from iad_eval.evaluation import CaseResult, Evaluation
from iad_eval.identity import FileDigests
from iad_eval.ledger import Ledger
from iad_eval.maps import Maps
from iad_eval.perturbations import perturbation
from iad_eval.photographs import Photographs
from iad_eval.pictures import Pictures
from iad_eval.pixels import read_image
from iad_eval.predictors import Calibration, ModelContext, ModelEntry, Reply
from iad_eval.run import RunDirectory
from iad_eval.shelf import Shelf
from iad_eval.views import View
from iad_eval.words import Case, ClassSamples, Json

CASES = [Case("m", "parts", name, view) for name in ("cup", "lid") for view in ("original", "rotated")]


class Model:
    """Remembers what happened to it; answers in batches of four, as an engine might."""

    name = "m"

    def __init__(self) -> None:
        self.pulled: list[str] = []
        self.closed = 0
        self.fails_after: int | None = None
        self.ignores: str | None = None

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        return {"model": self.name}

    def describe(self) -> Mapping[str, Json]:
        return {}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        batch: list[View] = []
        for view in views:
            self.pulled.append(f"{view.sample.id} {view.perturbation}")
            if self.fails_after is not None and len(self.pulled) > self.fails_after:
                self.fails_after = None
                raise RuntimeError("the engine fell over")
            batch.append(view)
            if len(batch) == 4:
                yield from self._answers(batch)
        yield from self._answers(batch)

    def _answers(self, batch: list[View]) -> Iterator[Reply]:
        for view in reversed(batch):  # in any order
            if view.sample.id != self.ignores:
                yield Reply(view, answer="No.")
        batch.clear()

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        return None

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def evaluation(tmp_path: Path, model: Model) -> Evaluation:
    digests = FileDigests()
    folder = Folder("parts", write_parts(tmp_path / "parts"))
    views = {name: perturbation(name, {}) for name in ("original", "rotated")}
    context = ModelContext(tmp_path / "cache", 0, digests, read_image)
    shelf = Shelf({"m": ModelEntry("m", lambda name, context: model)}, context)
    answers, photographs = AnswerCache(tmp_path / "cache", "main"), Photographs()
    ledger = Ledger(
        RunDirectory(tmp_path / "run"),
        answers,
        Maps(tmp_path / "run", tmp_path / "cache"),
        "main",
        photographs.view,
    )
    album = Album(photographs, Pictures(tmp_path / "run", tmp_path / "cache"))
    return Evaluation(Asking({"parts": folder}, views, None, digests), ledger, shelf, photographs, album)


def _is_whole(result: CaseResult) -> bool:
    return len(result.observations) == 6 and result.complaint() is None


def test_views_are_asked_across_the_border_of_a_case(evaluation: Evaluation, model: Model) -> None:
    evaluation.plan(CASES, ahead=True)
    assert _is_whole(evaluation.observe(CASES[0]))
    assert len(model.pulled) == 8  # two batches: the second case has begun
    assert [_is_whole(evaluation.observe(case)) for case in CASES[1:]] == [True, True, True]
    assert len(model.pulled) == len(set(model.pulled)) == 24
    assert model.closed == 1


def test_without_an_order_a_case_asks_for_its_own_views(evaluation: Evaluation, model: Model) -> None:
    evaluation.plan(CASES, ahead=False)
    for number, case in enumerate((CASES[2], CASES[0], CASES[3], CASES[1]), start=1):
        assert _is_whole(evaluation.observe(case))
        assert len(model.pulled) == 6 * number
    assert model.closed == 1


def test_another_order_than_planned_asks_nothing_twice(evaluation: Evaluation, model: Model) -> None:
    evaluation.plan(CASES, ahead=True)
    for case in reversed(CASES):
        assert _is_whole(evaluation.observe(case))
    assert len(model.pulled) == len(set(model.pulled)) == 24


def test_a_case_that_two_tests_ask_for_is_asked_once(evaluation: Evaluation, model: Model) -> None:
    evaluation.plan([CASES[0], CASES[0]], ahead=True)
    first = evaluation.observe(CASES[0])
    assert model.closed == 0
    assert evaluation.observe(CASES[0]) == first
    assert (len(model.pulled), model.closed) == (6, 1)


def test_a_model_that_falls_over_costs_one_test(evaluation: Evaluation, model: Model) -> None:
    evaluation.plan(CASES, ahead=True)
    model.fails_after = 5
    with pytest.raises(RuntimeError, match="the engine fell over"):
        evaluation.observe(CASES[0])
    assert all(_is_whole(evaluation.observe(case)) for case in CASES[1:])
    assert _is_whole(evaluation.observe(CASES[0]))


def test_a_view_without_a_reply_failed(evaluation: Evaluation, model: Model) -> None:
    evaluation.plan(CASES[:1], ahead=True)
    model.ignores = "parts/cup/test/hole/001"
    complaint = evaluation.observe(CASES[0]).complaint()
    assert complaint is not None
    assert "1 of 6 views could not be observed" in complaint
    assert "parts/cup/test/hole/001: m gave no reply about this view" in complaint


def test_complaints_name_each_reason_once(evaluation: Evaluation, model: Model, tmp_path: Path) -> None:
    for stem in ("000", "001"):
        (tmp_path / "parts" / "cup" / "test" / "good" / f"{stem}.png").write_bytes(b"")
    model.ignores = "parts/cup/test/hole/002"
    complaint = evaluation.observe(CASES[0]).complaint()
    assert complaint is not None
    assert complaint.startswith("3 of 6 views could not be observed:")
    assert len(complaint.splitlines()) == 5
