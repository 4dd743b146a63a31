"""What P(yes) is worth: figures that only some runs have."""

from __future__ import annotations

from rows_by_hand import Record, about, lines, parts_of, row_of

from iad_eval.reports.lvlm_table import lvlm_table


def _curve(model: str = "lvlm", **more: object) -> Record:
    told = {"best_threshold": 0.25, "best_accuracy": 0.875, "answer_accuracy": 0.75}
    return about(model, "oneshot", **{**told, **more})


def _calibration(model: str, dataset: str = "parts") -> Record:
    told = about(model, "oneshot", brier=0.12345, expected_calibration_error=0.0)
    return told | {"dataset": dataset}


def test_ranking_is_read_from_the_row_of_the_answers() -> None:
    metrics: Record = {"auroc": 0.9, "auroc_low": 0.8, "auroc_high": 1.0, "average_precision": 0.95}
    view = parts_of(
        row_of("lvlm", 0.5, protocol="oneshot", threshold="max", auroc=0.1, average_precision=0.1),
        row_of("lvlm", 0.75, protocol="oneshot", headline=False, **metrics),
        curves=[_curve(), _curve("other", answer_accuracy=None)],
        calibration=[_calibration("lvlm"), _calibration("other", "tiles")],
    )
    assert lines(lvlm_table(view)) == [
        "lvlm (oneshot) | 90.0 80.0–100.0 | 95.0 | 75.0 | 0.25 | 87.5 | 0.123 | 0.000",
        "other (oneshot) | – | – | – | 0.25 | 87.5 | – | –",
    ]


def test_models_without_a_curve_have_no_table() -> None:
    view = parts_of(row_of("lvlm", 0.75, protocol="oneshot"), calibration=[_calibration("lvlm")])
    assert lvlm_table(view) is None
