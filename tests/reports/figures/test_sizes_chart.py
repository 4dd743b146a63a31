"""Defects found by size: whose bins they are, the fitted curve, and the size at which half are found."""

from __future__ import annotations

from typing import Any

import pytest
from rows_by_hand import Record

from iad_eval.reports.chart import Chart, Curve, Dots, Rule
from iad_eval.reports.figures import sizes_chart

FIT = {"intercept": 4.0, "slope": 2.0, "half": 0.01, "half_low": 0.005, "half_high": 0.02}


def _bin(size: float, accuracy: float, **datasets: int) -> Record:
    told = {"mask_fraction": size, "accuracy": accuracy, "low": 0.125, "high": 0.875}
    return {"n": sum(datasets.values()), **told, "datasets": datasets}


SHARED = (_bin(0.001, 0.25, mvtec=3, visa=1), _bin(0.01, 0.5, mvtec=2, visa=2), _bin(0.1, 1.0, visa=5))


def _chart(*bins: Record, datasets: tuple[str, ...] = ("mvtec", "visa"), **more: Any) -> Chart:
    told = {"pearson_log": 0.9, "pearson": 0.8, "spearman": None, "logistic": FIT}
    chart = sizes_chart(
        {
            "model": "lvlm",
            "protocol": "oneshot",
            "datasets": list(datasets),
            "n": sum(each["n"] for each in bins),
            "bin_size": 4,
            "smallest": 0.0005,
            "largest": 0.25,
            "bins": list(bins),
            **told,
            **more,
        }
    )
    assert chart is not None
    return chart


def test_a_bin_is_a_datasets_own_from_three_quarters_on() -> None:
    chart = _chart(*SHARED)
    inside = ((12.5, 87.5),)
    assert chart.panels[0].marks[:3] == (
        Dots("mvtec", ((0.1, 25.0),), inside, 0),
        Dots("visa", ((10.0, 100.0),), inside, 1),
        Dots("several datasets", ((1.0, 50.0),), inside, 2),
    )
    assert (chart.name, chart.title, chart.x_scale) == (
        "sizes-lvlm-oneshot",
        "lvlm (oneshot): defects found by size",
        "log",
    )


def test_the_curve_goes_through_the_half_from_the_first_bin_to_the_last() -> None:
    curve, rule = _chart(*SHARED).panels[0].marks[3:]
    assert isinstance(curve, Curve)
    assert len(curve.points) == 61
    chosen = [curve.points[at] for at in (0, 30, 60)]
    assert [size for size, _ in chosen] == pytest.approx([0.1, 1.0, 10.0])
    assert [share for _, share in chosen] == pytest.approx([11.920292, 50.0, 88.079708])  # 100 / (1 + e^±2)
    assert rule == Rule("half are found at 1.0%", 1.0)


def test_a_half_beyond_the_sizes_of_the_defects_is_told_as_such() -> None:
    chart = _chart(*SHARED, smallest=0.02)
    assert Rule("half are found at 1.0%, extrapolated", 1.0) in chart.panels[0].marks
    assert chart.alt.endswith("of the image (0.50–2.0), beyond the sizes of these defects.")


def test_what_is_drawn_is_told_in_words() -> None:
    chart = _chart(*SHARED)
    correlations = (
        "Pearson's correlation is 0.900 with the logarithm of the size and 0.800 with the size itself, "
        "Spearman's is – (the paper's coefficient is 0.825)"
    )
    half = "half of the defects are found at 1.0% of the image (0.50–2.0)"
    assert chart.alt == (
        "lvlm (oneshot) finds 25.0% of the smallest defects (0.10% of the image) and 100.0% of the largest "
        f"defects (10.0% of the image), in 3 bins of 13 defects. {correlations}; {half}."
    )
    assert chart.notes == (
        "As Figure 7 of the paper: original views of the anomalous photographs of mvtec and visa, sorted by "
        "size, in bins of 4, with 95% intervals.",
        f"{correlations}.",
        f"By the logistic fit {half}.",
    )


@pytest.mark.parametrize(
    "bins", [SHARED[:2], SHARED[1:], SHARED[2:], SHARED[1:2], SHARED], ids=lambda bins: str(len(bins))
)
def test_no_two_series_have_one_colour_and_a_datasets_stays(bins: tuple[Record, ...]) -> None:
    marks = [mark for mark in _chart(*bins).panels[0].marks if not isinstance(mark, Rule)]
    colours = {mark.label: mark.group for mark in marks}
    assert len(set(colours.values())) == len(marks)
    own = {"mvtec": 0, "visa": 1, "several datasets": 2}
    assert all(own.get(label, group) == group for label, group in colours.items())


def test_without_a_size_for_the_half_there_is_a_curve_but_no_rule() -> None:
    chart = _chart(*SHARED, logistic={**FIT, "half": None, "half_low": None})
    assert isinstance(chart.panels[0].marks[-1], Curve)
    assert chart.alt.endswith("(the paper's coefficient is 0.825).")
    assert len(chart.notes) == 2


def test_an_interval_that_lacks_an_end_is_not_told() -> None:
    assert _chart(*SHARED, logistic={**FIT, "half_high": None}).alt.endswith("at 1.0% of the image.")


def test_without_a_fit_and_correlations_the_bins_remain() -> None:
    chart = _chart(_bin(0.01, 0.5, visa=4), datasets=("visa",), logistic=None, pearson_log=None, pearson=None)
    assert chart.panels[0].marks == (Dots("visa", ((1.0, 50.0),), ((12.5, 87.5),), 0),)
    assert "in 1 bin of 4 defects. Pearson's correlation is – with the logarithm" in chart.alt


def test_without_bins_there_is_no_chart() -> None:
    assert sizes_chart({"model": "glass", "protocol": None, "bins": [], "n": 0, "datasets": []}) is None
