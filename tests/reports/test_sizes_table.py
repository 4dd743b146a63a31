"""Sizes in figures: small shares, missing ends, and which datasets are taken together."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, lines

from iad_eval.reports.reading import Measure
from iad_eval.reports.sizes_table import half_found_at, sizes_table


def _entry(logistic: Record | None, *datasets: str, **more: object) -> Record:
    told = {
        "n": 2458,
        "bin_size": 50,
        "smallest": 0.0003,
        "largest": 0.5,
        "pearson_log": 0.825,
        "spearman": -0.5,
        "logistic": logistic,
    }
    return {"model": "lvlm", "protocol": "oneshot", "datasets": list(datasets or ("parts",)), **told, **more}


def _half(half: float | None, low: float | None, high: float | None) -> Record:
    return {"intercept": 1.0, "slope": 1.0, "half": half, "half_low": low, "half_high": high}


@pytest.mark.parametrize(
    ("logistic", "told"),
    [
        (_half(0.00032, 0.000051, 0.0213), "0.032 0.0051–2.1"),
        (_half(0.5, None, 0.75), "50.0"),
        (_half(0.5, 0.25, None), "50.0"),
        (_half(0.0002, 0.0001, 0.0004), "0.020! 0.010–0.040"),
        (_half(0.6, None, None), "60.0!"),
        (_half(None, None, None), "–"),
        (None, "–"),
    ],
)
def test_half_found_at_has_an_interval_only_with_both_its_ends(logistic: Record | None, told: str) -> None:
    assert lines(sizes_table({"sizes": [_entry(logistic)]})) == [
        f"lvlm (oneshot) | 2,458 | 50 | 0.82 | -0.50 | {told}"
    ]


def test_no_fit_no_half() -> None:
    assert half_found_at(_entry(None)) == Measure(None)
    assert half_found_at(_entry(_half(0.5, 0.25, None))) == Measure(0.5, 0.25, None)


def test_too_few_bins_have_no_correlation() -> None:
    entry = _entry(None, n=3, bin_size=5, pearson_log=None, spearman=None)
    assert lines(sizes_table({"sizes": [entry]})) == ["lvlm (oneshot) | 3 | 5 | – | – | –"]


def test_all_datasets_that_any_model_saw_are_named_where_there_are_several() -> None:
    table = sizes_table({"sizes": [_entry(None, "visa"), _entry(None, "mvtec", "visa")]})
    assert table is not None
    assert table.notes[0] == "All datasets of the run together: mvtec and visa."
    alone = sizes_table({"sizes": [_entry(None)]})
    assert alone is not None
    assert len(alone.notes) == 2


@pytest.mark.parametrize("summary", [{}, {"sizes": []}])
def test_without_masks_there_is_no_table(summary: Record) -> None:
    assert sizes_table(summary) is None
