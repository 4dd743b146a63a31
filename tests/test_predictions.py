"""predictions.csv: one line a view, verdicts only where they apply, texts that come back unharmed."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of

from iad_eval.predictions import write_predictions
from iad_eval.words import Observation, TrainingScores

HEADER = (
    "sample,dataset,class_name,defect,is_anomalous,perturbation,model,protocol,"
    "score,answer,verdict_answer,reading,verdict_max,verdict_p90,verdict_p80,mask_fraction,error"
)
TRAINED = TrainingScores("mvtec", "bottle", "glass", None, tuple(map(float, range(11))), "5-fold", "k")
SAID = replace(view_of("mvtec/bottle", 0, True, "rotated"), mask_fraction=0.25)


def _lines(path: Path, *observations: Observation, training: Sequence[TrainingScores] = ()) -> list[str]:
    write_predictions(path, observations, training)
    header, *lines, end = path.read_bytes().decode().split("\n")
    assert header == HEADER
    assert end == ""
    return lines


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_without_observations_there_is_the_header(tmp_path: Path) -> None:
    assert _lines(tmp_path / "predictions.csv") == []


def test_model_with_scores_has_verdicts_at_its_thresholds_alone(tmp_path: Path) -> None:
    views = [replace(SAID, score=score, perturbation=f"at {score}") for score in (8.0, 8.5, 9.5, 10.0, 10.5)]
    start = "mvtec/bottle/test/bent/000,mvtec,bottle,bent,True,at {0},glass,,{0},,,,{1},0.25,"
    wanted = {
        10.0: "normal,anomalous,anomalous",
        10.5: "anomalous,anomalous,anomalous",
        8.0: "normal,normal,normal",
        8.5: "normal,normal,anomalous",
        9.5: "normal,anomalous,anomalous",
    }
    lines = _lines(tmp_path / "predictions.csv", *views, training=[TRAINED])
    assert lines == [start.format(score, verdicts) for score, verdicts in wanted.items()]


def test_model_that_answers_has_a_verdict_of_its_answer_alone(tmp_path: Path) -> None:
    views = [
        replace(SAID, sample=f"{place}", model="qwen", protocol="oneshot", answer=answer, mask_fraction=None)
        for place, answer in enumerate(["Yes", "No, it is fine.", "Maybe", "There is a crack."])
    ]
    assert _lines(tmp_path / "predictions.csv", *views, training=[TRAINED]) == [
        "0,mvtec,bottle,bent,True,rotated,qwen,oneshot,,Yes,anomalous,leading,,,,,",
        '1,mvtec,bottle,bent,True,rotated,qwen,oneshot,,"No, it is fine.",normal,leading,,,,,',
        "2,mvtec,bottle,bent,True,rotated,qwen,oneshot,,Maybe,unreadable,unreadable,,,,,",
        "3,mvtec,bottle,bent,True,rotated,qwen,oneshot,,There is a crack.,anomalous,lenient,,,,,",
    ]


def test_failed_view_says_so_where_its_model_would_have_had_a_verdict(tmp_path: Path) -> None:
    broken = replace(SAID, error="timeout")
    [scored] = _lines(tmp_path / "scored.csv", broken, training=[TRAINED])
    [answered] = _lines(tmp_path / "answered.csv", replace(broken, model="qwen"), training=[TRAINED])
    assert scored.endswith(",glass,,,,,,failed,failed,failed,0.25,timeout")
    assert answered.endswith(",qwen,,,,failed,,,,,0.25,timeout")


def test_model_with_scores_but_without_thresholds_has_no_verdict(tmp_path: Path) -> None:
    [line] = _lines(tmp_path / "predictions.csv", replace(SAID, score=0.0, is_anomalous=False))
    assert line == "mvtec/bottle/test/bent/000,mvtec,bottle,bent,False,rotated,glass,,0.0,,,,,,,0.25,"


def test_training_scores_of_another_class_serve_no_verdict(tmp_path: Path) -> None:
    others = [replace(TRAINED, class_name="wood"), replace(TRAINED, protocol="oneshot")]
    [line] = _lines(tmp_path / "predictions.csv", replace(SAID, score=20.0), training=others)
    assert ",glass,,20.0,,,,,,,0.25," in line


@given(st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_lines_come_in_one_order_whatever_the_order_of_the_records(generator: random.Random) -> None:
    views = [
        replace(SAID, sample=f"mvtec/bottle/test/bent/{stem:03d}", perturbation=view, model=model, score=stem)
        for model in ("glass", "inp")
        for stem in range(4)
        for view in ("original", "rotated")
    ]
    shuffled = list(views)
    generator.shuffle(shuffled)
    with TemporaryDirectory() as folder:
        first = _lines(Path(folder) / "first.csv", *views, training=[TRAINED])
        assert _lines(Path(folder) / "second.csv", *shuffled, training=[TRAINED]) == first
    assert len(first) == 16


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text(',"\r\n;=\t x', max_size=12),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
@settings(max_examples=150, deadline=None)
def test_texts_and_figures_come_back_as_they_were(text: str, score: float | None) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        after = replace(SAID, sample="the next line", answer="Yes")
        write_predictions(path, [replace(SAID, answer=text, score=score, error=text or None), after], [])
        row, following = _rows(path)
    assert row["answer"] == text
    assert row["error"] == text
    assert row["score"] == "" if score is None else float(row["score"]) == score
    assert following["sample"] == "the next line"


def test_file_name_that_is_no_valid_text_does_not_stop_the_file(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    write_predictions(path, [replace(SAID, sample="mvtec/bottle/test/bent/\udce9", answer="Yes")], [])
    [row] = _rows(path)
    assert row["sample"] == "mvtec/bottle/test/bent/\\udce9"
    assert row["verdict_answer"] == "anomalous"
