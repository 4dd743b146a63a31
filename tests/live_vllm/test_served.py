"""A served engine as an endpoint: the paper's fields, a flaky line, a key, sessions that only knock."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flaky_proxy import FAULTS, FlakyProxy
from live import MODEL, answers, finished, request, run_cases

from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.score import yes_no
from iad_eval.predictors.lvlm.server import Server
from iad_eval.predictors.lvlm.ways import Endpoint


def line_to(url: str, plan: EnginePlan, key: str) -> Line:
    return Line(Endpoint(plan, url, MODEL, key).connect)


def test_a_served_engine_gives_what_the_engine_in_the_session_gives(
    server: Server, line: Line, plan: EnginePlan
) -> None:
    served = line_to(server.url, plan, server.key)
    try:
        for defect, index in (("grease", 15), ("good", 3), ("tarnish", 2)):
            asked = request("gear", defect, index)
            here, there = line.ask(asked).result(), served.ask(asked).result()
            assert here.text == there.text
            assert here.prompt_tokens == there.prompt_tokens
            one, two = yes_no(here.tokens), yes_no(there.tokens)
            assert one is not None
            assert two is not None
            assert one.score == pytest.approx(two.score, abs=1e-3)
        again = served.ask(request("gear", "good", 4)).result()
        assert again.cached_tokens is not None
        assert again.cached_tokens >= 32
    finally:
        served.close()


def test_a_flaky_line_costs_time_but_no_answer(server: Server, plan: EnginePlan) -> None:
    proxy = FlakyProxy(urlsplit(server.url).port or 0, share=0.3, seed=1)
    flaky = line_to(proxy.url, plan, server.key)
    try:
        asked = [flaky.ask(request("gear", "good", index % 24)) for index in range(60)]
        assert all(future.result().text for future in asked)
    finally:
        flaky.close()
        proxy.close()
    assert proxy.spoilt["passed"] in (60, 61), "the text's tokens are counted once besides"
    assert all(proxy.spoilt[fault] > 0 for fault in FAULTS), "every kind of fault was met"


def test_a_session_asks_an_endpoint_with_the_key_from_the_environment(server: Server, tmp_path: Path) -> None:
    words = ("--iad-class", "gear", "--iad-limit", "2", "--iad-endpoint", server.url)
    text = finished(run_cases(tmp_path, *words, "-n2", IAD_API_KEY=server.key))
    assert "4 passed" in text, text
    assert len(answers(tmp_path)) == 16
    assert server.key not in text
    assert all(
        server.key not in path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file()
    )
    wrong = finished(run_cases(tmp_path / "wrong", *words, IAD_API_KEY="wrong"))
    assert "4 failed" in wrong
    assert "IAD_API_KEY" in wrong


def test_a_server_that_shows_pictures_at_another_size_is_found_out(server: Server, tmp_path: Path) -> None:
    words = ("--iad-class", "gear", "--iad-limit", "1", "--iad-endpoint", server.url)
    other = ("--iad-lvlm", f"min_pixels={560 * 560}", "--iad-lvlm", f"max_pixels={562 * 562}")
    text = finished(run_cases(tmp_path, *words, *other, IAD_API_KEY=server.key))
    assert "4 failed" in text
    assert "--mm-processor-kwargs" in text
