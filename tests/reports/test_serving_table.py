"""The table of how LVLMs were served, and the plain mark of recorded answers."""

from __future__ import annotations

from typing import Any

from iad_eval.reports.document import Document
from iad_eval.reports.serving_table import recorded, serving_table
from iad_eval.reports.terminal import text_for

LIVE: dict[str, Any] = {
    "model": "qwen2-vl-7b",
    "engines": ["vllm 0.32.0"],
    "requests": 1725,
    "recorded": 0,
    "recorded_at": None,
    "images_per_s": 3.4567,
    "answer_tokens_per_s": 321.9,
    "queue_s": 0.0456,
    "latency_s": 12.34,
    "prefix_hit_rate": 0.487,
    "cut": 2,
}
RECORDED = {
    **LIVE,
    "model": "qwen2-vl-tiny",
    "recorded": 2304,
    "recorded_at": "2026-11-23",
    "images_per_s": None,
}


def printed(*entries: dict[str, Any]) -> str:
    table = serving_table({"serving": list(entries)})
    assert table is not None
    return text_for(Document((table,)), width=110, colour=False, ascii_only=False)


def test_figures_are_rounded_to_what_matters() -> None:
    [row] = [line for line in printed(LIVE).splitlines() if "qwen2-vl-7b  " in line]
    assert row.split() == ["qwen2-vl-7b", "vllm", "0.32.0", "1,725", "3.46", "322", "12.3", "0.05", "48.7"]


def test_answers_that_met_the_limit_are_told() -> None:
    assert "2 answers of qwen2-vl-7b met max_tokens" in printed(LIVE)
    assert "met max_tokens" not in printed({**LIVE, "cut": 0})


def test_a_server_that_tells_no_hits_is_named() -> None:
    text = printed({**LIVE, "prefix_hit_rate": None})
    assert "does not say what its prefix cache had" in " ".join(text.split())


def test_recorded_answers_have_no_row_but_a_sentence() -> None:
    summary = {"serving": [RECORDED]}
    assert serving_table(summary) is None
    [told] = recorded(summary)
    assert told.text.startswith("RECORDED: 2,304 answers of qwen2-vl-tiny came with it")
    assert "2026-11-23 with vllm 0.32.0" in told.text
    assert "--iad-recorded no" in told.text
    assert recorded({"serving": [LIVE]}) == []


def test_runs_without_an_lvlm_have_no_table() -> None:
    assert serving_table({"serving": []}) is None
    assert serving_table({}) is None
