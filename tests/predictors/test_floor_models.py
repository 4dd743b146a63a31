"""Models that look at nothing: what they say, and that nothing but their inputs decides it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import stats
from sklearn.metrics import roc_auc_score

from iad_eval.identity import FileDigests
from iad_eval.predictors import ModelContext, Predictor, Reply, model_entry
from iad_eval.verdicts import read_answer
from iad_eval.views import View
from iad_eval.words import GOOD, ClassSamples, Sample

NAMES = ("always-anomalous", "always-normal", "oracle", "random")
SHOWN = Image.new("RGB", (2, 2))

THROW_SCRIPT = """
import sys
from pathlib import Path
from iad_eval.predictors.floors import Random
from iad_eval.words import ClassSamples, Sample
train = tuple(Sample("parts", "pin", "train", "good", key, False, Path(key)) for key in sys.argv[1:])
print(*Random("random", 7, str).calibration(ClassSamples(train, ()), None).scores)
"""


def one(number: int, *, anomalous: bool = False, split: str = "test") -> Sample:
    defect = "bent" if anomalous else GOOD
    path = Path(split) / defect / f"{number:03d}.png"
    chosen: Sample = Sample("parts", "pin", "test", defect, f"{number:03d}", anomalous, path)
    return replace(chosen, split="train") if split == "train" else chosen


SIBLINGS = ClassSamples(
    tuple(one(number, split="train") for number in range(40)),
    (*(one(number, anomalous=True) for number in range(9)), *(one(number) for number in range(7))),
)


def views(samples: Iterable[Sample], keyed: str = "") -> list[View]:
    return [
        View(sample, SIBLINGS, "original", None, f"{keyed}{sample.id}", SHOWN, None, None, None)
        for sample in samples
    ]


def digest_of_name(path: Path) -> str:
    return hashlib.sha256(str(path).encode()).hexdigest()


def opened(name: str, seed: int = 0) -> Predictor:
    def read(path: Path) -> Image.Image:
        raise AssertionError(f"{name} looked at {path}")

    return model_entry(name).open(name, ModelContext(Path("nowhere"), seed, digest_of_name, read))


def asked(name: str, shown: list[View], seed: int = 0) -> list[Reply]:
    return list(opened(name, seed).predict(iter(shown)))


def scores(name: str, shown: list[View], seed: int = 0) -> list[float]:
    return [reply.score for reply in asked(name, shown, seed) if reply.score is not None]


@pytest.mark.parametrize("name", NAMES)
def test_every_view_gets_one_reply_without_an_error_or_a_look_at_the_photograph(name: str) -> None:
    shown = views(SIBLINGS.test)
    replies = asked(name, shown)
    assert [reply.view for reply in replies] == shown
    assert all(reply.error is None for reply in replies)
    assert all((reply.score is None) != (reply.answer is None) for reply in replies)
    assert asked(name, []) == []


@pytest.mark.parametrize("name", NAMES)
def test_views_are_pulled_one_at_a_time(name: str) -> None:
    pulled: list[View] = []

    def stream() -> Iterable[View]:
        for view in views(SIBLINGS.test):
            pulled.append(view)
            yield view

    replies = iter(opened(name).predict(stream()))
    for count in (1, 2, 3):
        assert next(replies).view is pulled[-1]
        assert len(pulled) == count


@pytest.mark.parametrize(
    ("name", "verdict"), [("always-anomalous", "anomalous"), ("always-normal", "normal")]
)
def test_the_floors_say_the_same_of_every_view_and_have_no_scores(name: str, verdict: str) -> None:
    replies = asked(name, views(SIBLINGS.test))
    assert {read_answer(reply.answer or "") for reply in replies} == {verdict}
    assert opened(name).calibration(SIBLINGS, None) is None


def test_the_oracle_is_right_at_every_threshold_of_its_training_scores() -> None:
    calibration = opened("oracle").calibration(SIBLINGS, None)
    assert calibration is not None
    assert len(calibration.scores) == len(SIBLINGS.train)
    said = [score > max(calibration.scores) for score in scores("oracle", views(SIBLINGS.test))]
    assert said == [sample.is_anomalous for sample in SIBLINGS.test]
    truths = [sample.is_anomalous for sample in SIBLINGS.test]
    assert roc_auc_score(truths, scores("oracle", views(SIBLINGS.test))) == 1


def test_the_oracle_has_a_threshold_even_without_training_images() -> None:
    calibration = opened("oracle").calibration(ClassSamples((), SIBLINGS.test), None)
    assert calibration is not None
    assert calibration.scores == (0.0,)


def test_a_mended_label_changes_the_oracles_identity_and_nobody_elses() -> None:
    mended = replace(SIBLINGS, test=(replace(SIBLINGS.test[0], is_anomalous=False), *SIBLINGS.test[1:]))
    for name in NAMES:
        before, after = (opened(name).identity(of, "original", None) for of in (SIBLINGS, mended))
        assert (before != after) == (name == "oracle")


def test_identities_differ_from_model_to_model_and_for_random_from_seed_to_seed() -> None:
    identities = [opened(name).identity(SIBLINGS, "original", None) for name in NAMES]
    assert all(identities.count(identity) == 1 for identity in identities)
    for name in NAMES:
        one_seed, other = (opened(name, seed).identity(SIBLINGS, "original", None) for seed in (0, 1))
        assert (one_seed != other) == (name == "random")


def test_random_throws_the_same_for_a_view_and_seed_in_any_order() -> None:
    shown = views(SIBLINGS.test)
    forward, backward = scores("random", shown, 3), scores("random", shown[::-1], 3)
    assert forward == backward[::-1]
    assert len(set(forward)) == len(shown)


def test_random_throws_anew_for_another_seed_and_another_view_of_the_same_photograph() -> None:
    first = scores("random", views(SIBLINGS.test), 3)
    for other in (
        scores("random", views(SIBLINGS.test), 4),
        scores("random", views(SIBLINGS.test, "rotated"), 3),
    ):
        assert not set(first) & set(other)


def test_random_throws_the_same_in_another_process(pytestconfig: pytest.Config) -> None:
    shown = views(SIBLINGS.test)
    there = subprocess.run(
        [sys.executable, "-c", THROW_SCRIPT, *(view.key for view in shown)],
        cwd=pytestconfig.rootpath,
        env={**os.environ, "PYTHONHASHSEED": "5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [float(score) for score in there.stdout.split()] == scores("random", shown, 7)


@given(st.integers(0, 2**31), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_every_throw_lies_in_0_to_1(seed: int, keyed: str) -> None:
    assert all(0 <= score < 1 for score in scores("random", views(SIBLINGS.test, keyed), seed))


def test_throws_are_spread_evenly_and_know_nothing_of_the_truth() -> None:
    samples = [one(number, anomalous=number % 3 == 0) for number in range(6000)]
    thrown = scores("random", views(samples))
    assert stats.kstest(thrown, "uniform").pvalue > 0.001
    auroc = roc_auc_score([sample.is_anomalous for sample in samples], thrown)
    assert auroc == pytest.approx(0.5, abs=0.03)


def test_randoms_training_scores_follow_the_bytes_of_the_files_and_the_seed(tmp_path: Path) -> None:
    train = []
    for number in range(6):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.full((4, 4, 3), number % 3, np.uint8)).save(path)  # two files of each content
        train.append(Sample("parts", "pin", "train", GOOD, f"{number}", False, path))

    def calibrated(seed: int) -> tuple[float, ...]:
        context = ModelContext(tmp_path, seed, FileDigests(), Image.open)
        calibration = (
            model_entry("random").open("random", context).calibration(ClassSamples(tuple(train), ()), None)
        )
        assert calibration is not None
        return calibration.scores

    thrown = calibrated(1)
    assert thrown[:3] == thrown[3:]
    assert len(set(thrown)) == 3
    assert calibrated(1) == thrown
    assert not set(calibrated(2)) & set(thrown)


@pytest.mark.parametrize("name", NAMES)
def test_a_floor_describes_itself_and_may_be_closed_twice(name: str) -> None:
    model = opened(name)
    assert model.name == name
    says = model.describe()["says"]
    assert isinstance(says, str)
    assert len(says) > 20
    model.close()
    model.close()
