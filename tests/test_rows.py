"""rows.csv and its Parquet twin: every figure of the summary's rows, in their order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from observing import view_of

from iad_eval.predictions import write_predictions, write_predictions_parquet
from iad_eval.rows import COLUMNS, write_rows, write_rows_parquet
from iad_eval.summary import summarise
from iad_eval.words import Json, TrainingScores

HEADER = (
    "dataset,model,protocol,perturbation,class_name,threshold,headline,threshold_value,classes,n,correct,"
    "unreadable,lenient,failed,accuracy,low,high,pooled_accuracy,always_anomalous,"
    "balanced_accuracy,balanced_accuracy_low,balanced_accuracy_high,auroc,auroc_low,auroc_high,"
    "average_precision,average_precision_low,average_precision_high,miss_rate,miss_rate_low,miss_rate_high,"
    "overkill_rate,overkill_rate_low,overkill_rate_high"
)
OF_ALL: dict[str, Json] = {
    "dataset": "line 3, left",
    "model": "lvlm",
    "protocol": "oneshot",
    "perturbation": "original",
    "class_name": None,
    "threshold": "answer",
    "headline": True,
    "classes": 2,
    "n": 12,
    "correct": 11,
    "unreadable": 1,
    "lenient": 0,
    "failed": 0,
    "accuracy": 0.916666667,
    "low": 0.75,
    "high": 1.0,
    "pooled_accuracy": 11 / 12,
}
SCORED: dict[str, Json] = {
    "dataset": "line3",
    "model": "glass",
    "protocol": None,
    "class_name": "bolt",
    "threshold": None,
    "headline": False,
    "auroc": 1e-09,
    "a figure of tomorrow": 1,
}
LINES = [
    '"line 3, left",lvlm,oneshot,original,,answer,True,,2,12,11,1,0,0,0.916666667,0.75,1.0,0.9166666666666666'
    + "," * 16,
    "line3,glass,,,bolt,,False" + "," * 16 + "1e-09" + "," * 11,
]


def test_what_a_row_has_not_is_empty_and_figures_have_all_their_digits(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.csv", {"rows": [OF_ALL, SCORED]})
    assert (tmp_path / "rows.csv").read_bytes().decode() == "\n".join([HEADER, *LINES, ""])


def test_a_run_without_rows_has_the_header(tmp_path: Path) -> None:
    write_rows(tmp_path / "rows.csv", summarise([], [], asked=4, seed=0))
    assert (tmp_path / "rows.csv").read_text() == f"{HEADER}\n"


def test_no_figure_of_a_row_is_left_behind() -> None:
    """A figure that rows gain belongs here, too."""
    views = [view_of("parts/bolt", stem, stem > 1, score=float(stem)) for stem in range(4)]
    asked = [replace(each, model="lvlm", score=None, answer="Yes.") for each in views]
    training = [TrainingScores("parts", "bolt", "glass", None, (0.0, 1.0), "5-fold", "k")]
    rows = summarise([*views, *asked], training, asked=8, seed=0)["rows"]
    assert isinstance(rows, list)
    assert {name for row in rows for name in row} == {column.name for column in COLUMNS}


def test_rows_of_the_summary_are_written_in_its_order(tmp_path: Path) -> None:
    rows: list[Json] = [{"dataset": "d", "model": model} for model in ("b", "a", "c")]
    write_rows(tmp_path / "rows.csv", {"rows": rows})
    assert [line[:4] for line in (tmp_path / "rows.csv").read_text().splitlines()[1:]] == [
        "d,b,",
        "d,a,",
        "d,c,",
    ]


def test_the_parquet_twin_has_the_same_rows_with_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed here")
    write_rows_parquet(tmp_path / "rows.parquet", {"rows": [OF_ALL, SCORED]})
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert ",".join(table.column_names) == HEADER
    known = [{name: value for name, value in row.items() if value is not None} for row in table.to_pylist()]
    assert known == [
        {name: value for name, value in row.items() if value is not None and name != "a figure of tomorrow"}
        for row in (OF_ALL, SCORED)
    ]


def test_the_parquet_twin_of_predictions_has_the_same_lines_in_the_same_order(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed here")
    scored = replace(view_of("mvtec/bottle", 0, True, "rotated", score=9.5), mask_fraction=0.25)
    answered = view_of("mvtec/bottle", 1, False, model="lvlm", protocol="oneshot", answer='No,\n"fine"')
    failed = view_of("mvtec/bottle", 2, False, model="lvlm", protocol="oneshot", error="gone")
    training = [TrainingScores("mvtec", "bottle", "glass", None, tuple(map(float, range(11))), "5-fold", "k")]
    shuffled = [failed, scored, answered]
    write_predictions(tmp_path / "predictions.csv", shuffled, training)
    write_predictions_parquet(tmp_path / "predictions.parquet", shuffled, training)
    table = parquet.read_table(tmp_path / "predictions.parquet")
    assert table.column_names == (tmp_path / "predictions.csv").read_text().splitlines()[0].split(",")
    asked = ("mvtec", "bottle", "good", False, "original", "lvlm", "oneshot", None)
    nothing = (None, None, None, None, None)
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (
            *("mvtec/bottle/test/bent/000", "mvtec", "bottle", "bent", True, "rotated", "glass", None, 9.5),
            *(None, None, None, "normal", "anomalous", "anomalous", 0.25, None),
        ),
        ("mvtec/bottle/test/good/001", *asked, 'No,\n"fine"', "normal", "leading", *nothing),
        ("mvtec/bottle/test/good/002", *asked, None, "failed", *nothing, "gone"),
    ]
