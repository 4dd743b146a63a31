"""From what a run holds to its gallery: order, verdicts, files, references, the plainest mistakes."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from observing import view_of

from iad_eval.maps import map_path, write_map
from iad_eval.pictures import outline_path, picture_path
from iad_eval.reports.page.columns import Gallery
from iad_eval.reports.page.gallery import gallery
from iad_eval.reports.page.map_ranges import MapFile
from iad_eval.reports.reading import Entrant
from iad_eval.words import Json, Observation, TrainingScores

NOWHERE = Path("nowhere")


def _row(model: str, threshold: str | None, **more: Any) -> dict[str, Json]:
    place = {"dataset": "parts", "model": model, "protocol": None, "perturbation": "original"}
    judged = {"accuracy": None, "always_anomalous": 0.5, "class_name": None, "headline": True}
    return {**place, **judged, "threshold": threshold, **more}


def _shown(
    observations: Sequence[Observation],
    *rows: Mapping[str, Json],
    training: Sequence[TrainingScores] = (),
    run: Path = NOWHERE,
    **summary: Json,
) -> Gallery:
    return gallery(observations, training, {"rows": rows, **summary}, {}, run)


def test_views_stand_class_by_class_in_the_papers_order_whatever_that_of_the_records() -> None:
    seen = [
        view_of(place, stem, False, view, answer="No.", model=model)
        for place in ("parts/washer", "parts/cap", "b/cap")
        for stem in range(2)
        for view in ("zoomed", "timestamp", "blurred", "original", "rotated")
        for model in ("glass", "always-normal", "oracle", "an-lvlm")
    ]
    random.Random(1).shuffle(seen)
    shown = _shown(seen)
    assert shown.perturbations == ["original", "rotated", "timestamp", "blurred", "zoomed"]
    assert [each.sample for each in shown.photographs] == [
        f"{place}/test/good/00{stem}" for place in ("b/cap", "parts/cap", "parts/washer") for stem in range(2)
    ]
    assert [(view.photograph, view.perturbation) for view in shown.views[:6]] == [
        *((0, view) for view in shown.perturbations),
        (1, "original"),
    ]
    models = [each.who.model for each in shown.voices]
    assert models == ["an-lvlm", "glass", "always-normal", "oracle"]  # who does not look comes last
    assert [each.is_trivial for each in shown.voices] == [False, False, True, True]


def test_verdicts_are_those_at_the_headline_threshold_of_the_class() -> None:
    training = [
        TrainingScores("parts", name, "glass", None, scores, "5-fold", "k")
        for name, scores in (("cap", (0.0, 10.0)), ("washer", (0.0, 2.0)))
    ]
    seen = [view_of(f"parts/{name}", 0, True, score=8.5) for name in ("cap", "washer", "untrained")]
    [at_p80] = _shown(seen, _row("glass", "p80"), training=training).voices
    assert at_p80.thresholds == {"parts": "p80"}
    assert at_p80.values == {("parts", "cap"): 8.0, ("parts", "washer"): 1.6}
    assert at_p80.verdicts == "asa"  # cap, untrained, washer
    [at_max] = _shown(seen, _row("glass", "max"), training=training).voices
    assert at_max.verdicts == "nsa"
    [without] = _shown(seen, _row("glass", None), training=training).voices
    assert (without.verdicts, without.thresholds, without.values) == ("sss", {}, {})


@pytest.mark.parametrize(
    ("said", "sign", "text"),
    [
        ({"answer": "Yes, a dent."}, "a", "Yes, a dent."),
        ({"answer": "No."}, "n", "No."),
        ({"answer": "No.", "score": 0.9}, "n", "No."),  # its answer counts, not its P(yes)
        ({"answer": ""}, "u", ""),
        ({"answer": "Perhaps?"}, "u", "Perhaps?"),
        ({"error": "gone"}, "f", "gone"),
        ({"error": "", "answer": "Yes."}, "f", ""),
        ({}, "f", None),
        ({"score": 3.0}, "s", None),
    ],
)
def test_what_a_model_that_answers_comes_to(said: dict[str, Any], sign: str, text: str | None) -> None:
    shown = _shown([view_of("parts/cap", 0, True, **said)], _row("glass", "answer"))
    [voice] = shown.voices
    assert voice.verdicts == sign
    assert [shown.texts[index] for index in voice.said if index >= 0] == ([] if text is None else [text])


def test_a_view_that_a_model_was_not_asked_about_has_no_verdict_of_it() -> None:
    seen = [view_of("parts/cap", stem, True, answer="Yes.", model=f"m{stem}") for stem in range(2)]
    shown = _shown(seen, _row("m0", "answer"), _row("m1", "answer"))
    assert [each.verdicts for each in shown.voices] == ["a-", "-a"]
    assert [list(each.said) for each in shown.voices] == [[0, -1], [-1, 0]]
    assert shown.texts == ["Yes."]  # each text once


@pytest.mark.parametrize(
    ("score", "kept"),
    [
        *((0.123456, 0.1235), (-123456.0, -123500.0), (0.0, 0.0), (1e-30, 1e-30)),
        *((math.nan, None), (math.inf, None), (-math.inf, None), (None, None)),
    ],
)
def test_scores_keep_four_digits_and_what_is_no_number_is_none(
    score: float | None, kept: float | None
) -> None:
    [voice] = _shown([view_of("parts/cap", 0, True, score=score)]).voices
    assert list(voice.scores) == [kept]


@pytest.mark.parametrize(
    ("mask", "hidden", "kept"),
    [
        (0.012345, 0.456, (0.0123, 0.46)),
        (0.0, 0.099, (0.0, None)),  # too little to be told
        (1.0, 0.1, (1.0, 0.1)),
        (math.nan, 1.0, (None, 1.0)),
        (None, None, (None, None)),
    ],
)
def test_sizes_and_what_is_hidden_of_them(
    mask: float | None, hidden: float | None, kept: tuple[float | None, float | None]
) -> None:
    unmeasured = view_of("parts/cap", 0, True, answer="Yes.", model="a")
    measured = replace(unmeasured, model="b", mask_fraction=mask, hidden_fraction=hidden)
    for seen in ([unmeasured, measured], [measured, unmeasured]):
        [view] = _shown(seen).views
        assert (view.mask_fraction, view.hidden_fraction) == kept


def test_files_of_the_run_are_found_and_others_are_not_promised(tmp_path: Path) -> None:
    seen = [
        view_of("parts/cap", stem, True, view, score=1.0, key=f"key{stem}")
        for stem in range(2)
        for view in ("original", "own: x/y")
    ]
    (first, second) = seen[0].sample, seen[2].sample
    for path in (picture_path(tmp_path, first, "own: x/y"), outline_path(tmp_path, first, "original")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    picture_path(tmp_path, second, "original").parent.touch()  # a file where a folder should be
    write_map(map_path(tmp_path, "glass", "key0"), np.array([[0.5, 2.0]], np.float32))
    shown = _shown(seen, run=tmp_path)
    assert [(view.has_picture, view.has_outline) for view in shown.views] == [
        (False, True),
        (True, False),
        (False, False),
        (False, False),
    ]
    found = MapFile("key0", 0.5, 2.0)
    assert list(shown.voices[0].maps) == [found, found, None, None]


def test_references_are_those_whose_picture_is_in_the_run(tmp_path: Path) -> None:
    path = picture_path(tmp_path, "parts/cap/train/good/0", "original")
    path.parent.mkdir(parents=True)
    path.touch()
    classes: dict[str, Json] = {
        "cap": {"reference": "parts/cap/train/good/0"},
        "washer": {"reference": "parts/washer/train/good/0"},
        "old": {"train": 3},
        "odd": {"reference": 3},
        "none": None,
    }
    manifest: dict[str, Json] = {"classes": {"parts": classes, "foreign": ["cap"]}}
    assert gallery([], [], {}, manifest, tmp_path).references == {("parts", "cap"): "parts/cap/train/good/0"}
    assert gallery([], [], {}, {"classes": ["parts"]}, tmp_path).references == {}


def _mistake(model: str, kind: str = "missed", margin: float | None = None) -> dict[str, Json]:
    sample = f"parts/cap/test/bent/{model}"
    who: dict[str, Json] = {"dataset": "parts", "model": model, "protocol": None}
    return {**who, "sample": sample, "kind": kind, "margin": margin, "wrong_views": 2, "views": 4}


@pytest.mark.parametrize(
    ("accuracies", "makers", "shown"),
    [
        ({"a": 0.8, "b": 0.9}, "ab", "b"),  # the best one's
        ({"a": 0.8, "b": 0.9}, "a", "a"),  # unless it made none
        ({"a": 0.4, "b": 0.5}, "ab", "a"),  # none beats the floor: the first that looks
        ({"always-normal": 0.5}, ["always-normal"], None),
        ({"a": 0.8}, "", None),
    ],
)
def test_highlights_are_the_plainest_mistakes_of_the_best(
    accuracies: Mapping[str, float], makers: Sequence[str], shown: str | None
) -> None:
    rows = [_row(model, "answer", accuracy=value) for model, value in accuracies.items()]
    mistakes = [_mistake(model, margin=0.7) for model in makers]
    found = _shown([], *rows, mistakes=mistakes).highlights
    assert [each.who for each in found] == ([Entrant(shown)] if shown else [])
    for each in found:
        assert each.sample == f"parts/cap/test/bent/{shown}"
        assert (each.kind, each.perturbation, each.margin) == ("missed", "original", 0.7)
        assert (each.wrong_views, each.views) == (2, 4)
