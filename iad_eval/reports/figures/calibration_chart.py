"""The reliability diagram of an LVLM: whether P(yes) means what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.reports.chart import Chart, Curve, Dots, Panel
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import Row, entrant, number, whole
from iad_eval.reports.wording import counted, percent
from iad_eval.visible import visible


def calibration_chart(entry: Row) -> Chart | None:
    """Bins of P(yes) against the share that is anomalous, both 0..1, with 95% intervals.

    None without bins.
    """
    found = entry["bins"]
    assert isinstance(found, Sequence)
    bins = [each for each in found if isinstance(each, Mapping)]
    if not bins:
        return None
    who, dataset = entrant(entry), visible(str(entry["dataset"]))
    photographs = counted(whole(entry["n"]), "photograph")
    dots = Dots(
        "photographs by P(yes)",
        tuple((_value(each, "score"), _value(each, "anomalous")) for each in bins),
        tuple((_value(each, "low"), _value(each, "high")) for each in bins),
    )
    diagonal = Curve("as it should be", ((0.0, 0.0), (1.0, 1.0)), 1, is_dashed=True)
    errors = (
        f"Brier score {_value(entry, 'brier'):.3f}, expected calibration error "
        f"{percent(number(entry['expected_calibration_error']))} points"
    )
    return Chart(
        figure_name(str(entry["dataset"]), who.model, who.protocol, "calibration"),
        f"{dataset}, {visible(who.label)}: does P(yes) mean what it says?",
        f"P(yes) of {visible(who.label)} on {photographs} of {dataset} against the share that is anomalous: "
        f"{_farthest(bins)} {errors}.",
        (Panel((dots, diagonal), y_range=(0.0, 1.0)),),
        x_label="mean P(yes)",
        y_label="share that is anomalous",
        notes=(
            f"{errors}; 0 is perfect for both. Original views of {photographs} in ten bins of equal width, "
            "with 95% intervals; empty bins are left out.",
            "Below the diagonal the model says yes with too much confidence, above it with too little.",
        ),
    )


def _farthest(bins: Sequence[Row]) -> str:
    worst = max(bins, key=lambda each: abs(_value(each, "score") - _value(each, "anomalous")))
    share = f"{percent(number(worst['anomalous']))}% of {counted(whole(worst['n']), 'photograph')}"
    return f"the bin farthest off says {_value(worst, 'score'):.2f} where {share} are."


def _value(record: Row, name: str) -> float:
    return number(record[name]) or 0.0
