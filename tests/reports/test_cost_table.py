"""Seconds and tokens: columns only where somebody counted."""

from __future__ import annotations

import pytest
from rows_by_hand import Record, headings, lines

from iad_eval.reports.cost_table import cost_table


def _cost(model: str = "glass", n: int = 8, **more: float | None) -> Record:
    counts: Record = dict.fromkeys(("prompt_tokens", "visual_tokens", "answer_tokens"))
    told = {"recorded": 0, "seconds_median": 0.053, "seconds_mean": 12.34, **counts, **more}
    return {"model": model, "protocol": None, "n": n, **told}


def test_without_any_tokens_there_are_seconds_alone() -> None:
    table = cost_table(
        {"cost": [_cost(), _cost("scores:a.csv", 1234, seconds_median=None, seconds_mean=None)]}
    )
    assert headings(table) == ["model", "views", "s, median", "s, mean"]
    assert lines(table) == ["glass | 8 | 0.05 | 12.3", "scores:a.csv | 1,234 | – | –"]
    assert table is not None
    assert len(table.notes) == 1


def test_tokens_that_one_model_counts_have_a_column() -> None:
    asked = _cost("lvlm", prompt_tokens=2345.6, answer_tokens=0.4)
    table = cost_table({"cost": [_cost(), asked]})
    assert headings(table)[4:] == ["prompt tokens", "answer tokens"]
    assert lines(table) == ["glass | 8 | 0.05 | 12.3 | – | –", "lvlm | 8 | 0.05 | 12.3 | 2,346 | 0"]


def test_recorded_answers_say_whose_times_they_have() -> None:
    table = cost_table({"cost": [_cost(), _cost("a", recorded=1234), _cost("b", recorded=1)]})
    assert table is not None
    assert table.notes[1:] == ("Recorded answers have the times of their recording: a (1,234), b (1).",)


def test_models_whose_views_all_failed_have_no_row() -> None:
    assert lines(cost_table({"cost": [_cost("gone", 0, prompt_tokens=1.0), _cost()]})) == [
        "glass | 8 | 0.05 | 12.3"
    ]


@pytest.mark.parametrize("summary", [{}, {"cost": []}, {"cost": [_cost(n=0)]}])
def test_nothing_judged_no_table(summary: Record) -> None:
    assert cost_table(summary) is None
