"""The reliability diagram: bins against the diagonal."""

from __future__ import annotations

from rows_by_hand import Record, about

from iad_eval.reports.chart import Chart, Curve, Dots, Panel
from iad_eval.reports.figures import calibration_chart


def _bin(n: int, score: float, anomalous: float, low: float, high: float) -> Record:
    return {"from": 0.0, "to": 0.1, "n": n, "score": score, "anomalous": anomalous, "low": low, "high": high}


def _entry(*bins: Record, **more: object) -> Record:
    told = {"n": 1234, "brier": 0.12345, "expected_calibration_error": 0.2763, "bins": list(bins)}
    return about("lvlm", "oneshot", **{**told, **more})


def test_bins_stand_beside_the_diagonal_and_the_farthest_is_told() -> None:
    entry = _entry(_bin(1200, 0.05, 0.1, 0.05, 0.2), _bin(34, 0.9, 0.5, 0.4, 0.6))
    errors = "Brier score 0.123, expected calibration error 27.6 points"
    assert calibration_chart(entry) == Chart(
        "parts-lvlm-oneshot-calibration",
        "parts, lvlm (oneshot): does P(yes) mean what it says?",
        "P(yes) of lvlm (oneshot) on 1,234 photographs of parts against the share that is anomalous: the bin "
        f"farthest off says 0.90 where 50.0% of 34 photographs are. {errors}.",
        (
            Panel(
                (
                    Dots("photographs by P(yes)", ((0.05, 0.1), (0.9, 0.5)), ((0.05, 0.2), (0.4, 0.6))),
                    Curve("as it should be", ((0.0, 0.0), (1.0, 1.0)), 1, is_dashed=True),
                ),
                y_range=(0.0, 1.0),
            ),
        ),
        x_label="mean P(yes)",
        y_label="share that is anomalous",
        notes=(
            f"{errors}; 0 is perfect for both. Original views of 1,234 photographs in ten bins of equal "
            "width, with 95% intervals; empty bins are left out.",
            "Below the diagonal the model says yes with too much confidence, above it with too little.",
        ),
    )


def test_a_bin_below_the_truth_is_as_far_off_as_one_above_it() -> None:
    chart = calibration_chart(_entry(_bin(5, 0.1, 0.8, 0.3, 1.0), _bin(1, 0.9, 1.0, 0.2, 1.0), n=6))
    assert chart is not None
    assert "the bin farthest off says 0.10 where 80.0% of 5 photographs are." in chart.alt


def test_without_bins_there_is_no_chart() -> None:
    assert calibration_chart(_entry()) is None
