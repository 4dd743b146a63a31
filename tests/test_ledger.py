"""The ledger: what is known is not asked again, and a failure is no answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from iad_eval.answers import AnswerCache
from iad_eval.asks import Ask
from iad_eval.errors import ModelError, UsageError
from iad_eval.ledger import Ledger
from iad_eval.maps import Maps
from iad_eval.perturbations import Perturbation, Perturbed
from iad_eval.predictors import Calibration, Reply
from iad_eval.run import RunDirectory
from iad_eval.views import View
from iad_eval.words import Case, ClassSamples, Sample

CASE = Case("glass", "parts", "bolt", "original")
SAMPLE = Sample("parts", "bolt", "test", "bent", "000", True, Path("bent.png"), Path("mask.png"))
SAME = Perturbation("original", lambda image, mask: Perturbed(image, mask, None))
ASK = Ask(CASE, SAMPLE, ClassSamples((), ()), SAME, image_digest="i", mask_digest="m", key="k")

Open = Callable[[str], Ledger]


def shown(ask: Ask) -> View:
    image = Image.new("RGB", (2, 2))
    return View(ask.sample, ask.siblings, "original", None, ask.key, image, None, 0.25, 0.5)


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Opens a ledger on a run by its name; all runs share one cache of answers."""

    def open_(run: str) -> Ledger:
        cache = AnswerCache(tmp_path / "cache", "main")
        return Ledger(
            RunDirectory(tmp_path / run), cache, Maps(tmp_path / run, tmp_path / "cache"), "main", shown
        )

    return open_


def test_what_is_kept_is_on_disk_at_once(tmp_path: Path, opened: Open) -> None:
    ledger = opened("run")
    assert not ledger.settle(ASK)
    ledger.keep(ASK, Reply(shown(ASK), score=3.5, latency_s=0.1, details={"tokens": 3}))
    assert ledger.is_settled(ASK.view)
    [stored] = RunDirectory(tmp_path / "run").observations().values()  # the ledger is still open
    assert stored == ledger[ASK.view]
    assert (stored.score, stored.mask_fraction, stored.hidden_fraction) == (3.5, 0.25, 0.5)
    assert stored.details == {"tokens": 3}


def test_another_run_finds_the_answer_and_its_own_truth(opened: Open) -> None:
    first = opened("one")
    first.keep(ASK, Reply(shown(ASK), answer="Yes."))
    first.close()
    elsewhere = replace(SAMPLE, dataset="copies", stem="007", is_anomalous=False)
    ask = replace(ASK, case=replace(CASE, dataset="copies"), sample=elsewhere)
    second = opened("two")
    assert second.settle(ask)
    recalled = second[ask.view]
    assert (recalled.sample, recalled.answer) == ("copies/bolt/test/bent/007", "Yes.")
    assert not recalled.is_anomalous


def test_a_redrawn_mask_is_measured_again_without_asking(opened: Open) -> None:
    first = opened("one")
    first.keep(replace(ASK, mask_digest="old"), Reply(replace(shown(ASK), mask_fraction=0.9), score=1.0))
    first.close()
    second = opened("two")
    assert second.settle(ASK)
    assert second[ASK.view].mask_fraction == 0.25


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("the photograph is damaged", "the photograph is damaged"),
        (Reply(shown(ASK), error="timed out"), "timed out"),
        (
            Reply(shown(ASK), answer="No.", details={"by": float("inf")}),
            "the details of the model's reply cannot",
        ),
        (Reply(shown(ASK)), "the model's reply holds neither a score nor an answer"),
        (Reply(shown(ASK), score=float("nan")), "the model's score is nan, which is no number"),
        (Reply(shown(ASK), score=float("inf")), "the model's score is inf, which is no number"),
    ],
)
def test_a_failure_is_written_down_and_asked_again(opened: Open, said: Reply | str, error: str) -> None:
    first = opened("run")
    first.keep(ASK, said)
    assert str(first[ASK.view].error).startswith(error)
    assert first[ASK.view].score is None
    first.close()
    assert not opened("run").settle(ASK)
    assert not opened("another").settle(ASK)


def test_trouble_with_a_file_settles_its_view(opened: Open) -> None:
    ledger = opened("run")
    assert ledger.settle(replace(ASK, trouble="bent.png is empty"))
    assert ledger[ASK.view].error == "bent.png is empty"


def test_an_observation_of_other_circumstances_is_refused(opened: Open) -> None:
    first = opened("run")
    first.keep(ASK, Reply(shown(ASK), score=1.0))
    first.close()
    with pytest.raises(UsageError, match=r"made under other circumstances.*Choose another --iad-run"):
        opened("run").settle(replace(ASK, key="other"))


def test_training_scores_are_taken_once(tmp_path: Path, opened: Open) -> None:
    taken = []

    def take() -> Calibration:
        taken.append(1)
        return Calibration((1.0, 2.0), "5-fold")

    for run in ("one", "one", "two"):
        ledger = opened(run)
        ledger.calibrate(CASE, "fit", take)
        ledger.calibrate(replace(CASE, perturbation="rotated"), "fit", take)
        ledger.close()
    assert len(taken) == 1
    for run in ("one", "two"):
        [scores] = RunDirectory(tmp_path / run).training_scores()
        assert (scores.scores, scores.taken, scores.class_name) == ((1.0, 2.0), "5-fold", "bolt")


def test_training_scores_of_other_circumstances_are_refused(opened: Open) -> None:
    opened("run").calibrate(CASE, "fit", lambda: Calibration((1.0, 2.0), "5-fold"))
    again = opened("run")
    again.refuse_other_training(CASE, "fit")
    again.refuse_other_training(replace(CASE, class_name="nut"), "another fit")
    with pytest.raises(UsageError, match=r"parts/bolt by glass taken under other.*Choose another --iad-run"):
        again.refuse_other_training(CASE, "another fit")


def test_figures_of_other_makes_are_written_as_plain_ones(tmp_path: Path, opened: Open) -> None:
    ledger = opened("run")
    figure: Any = np.float32(0.5)
    ledger.keep(ASK, Reply(shown(ASK), score=figure, latency_s=float("nan")))
    ledger.calibrate(CASE, "fit", lambda: Calibration((figure,), "5-fold"))
    [stored] = RunDirectory(tmp_path / "run").observations().values()
    assert (stored.score, stored.latency_s) == (0.5, None)
    assert RunDirectory(tmp_path / "run").training_scores()[0].scores == (0.5,)


def test_training_scores_that_are_no_numbers_are_refused(opened: Open) -> None:
    with pytest.raises(ModelError, match="no finite score"):
        opened("run").calibrate(CASE, "fit", lambda: Calibration((float("nan"),), "5-fold"))
