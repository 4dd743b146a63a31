"""The engine in the session: what it says of an answer, its prefix cache, its death and restart."""

from __future__ import annotations

import math
import os
import signal
import time
from pathlib import Path

import pytest
from live import command_of, living, request

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.chat import RequestFailed
from iad_eval.predictors.lvlm.guardian import descendants
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.score import yes_no
from iad_eval.predictors.lvlm.ways import Own
from iad_eval.reading import read


def test_an_answer_comes_with_all_that_the_record_wants(line: Line) -> None:
    said = line.ask(request("gear", "grease", 15)).result()
    assert read(said.text).verdict in ("anomalous", "normal")
    assert said.seen == ((168, 168), (168, 168))
    assert said.visual_tokens == (36, 36)
    assert said.prompt_tokens is not None
    assert said.prompt_tokens > 72
    assert said.answer_tokens
    assert said.queue_s is not None
    weighed = yes_no(said.tokens)
    assert weighed is not None
    assert 0 < weighed.yes + weighed.no <= 1 + 1e-6
    assert math.isclose(weighed.score, weighed.yes / (weighed.yes + weighed.no))
    assert (weighed.score > 0.5) == (read(said.text).verdict == "anomalous"), (
        "greedy answers follow the score"
    )


def test_the_reference_is_computed_once(line: Line) -> None:
    first = line.ask(request("tile", "good", 0)).result()
    others = [line.ask(request("tile", "good", index)) for index in range(1, 12)]
    assert first.cached_tokens is not None
    for other in others:
        said = other.result()
        assert said.cached_tokens is not None
        assert said.prompt_tokens is not None
        assert said.prompt_tokens > said.cached_tokens >= 32, "a block of the frame and the reference"


def test_a_seed_decides_what_is_drawn(line: Line) -> None:
    def drawn(seed: int) -> str:
        return line.ask(request("weave", "stain", 3, temperature=1.5, seed=seed)).result().text

    assert drawn(1) == drawn(1)
    assert len({drawn(seed) for seed in range(8)}) > 1


def test_an_answer_that_was_cut_says_so(line: Line) -> None:
    assert line.ask(request("gear", "grease", 15, max_tokens=2)).result().was_cut
    assert not line.ask(request("gear", "grease", 15, max_tokens=200)).result().was_cut


def test_a_prompt_that_is_too_long_names_the_setting(line: Line) -> None:
    asked = request("gear", "good", 0)
    long = type(asked)(asked.pictures, "word " * 3000, asked.sampling)
    with pytest.raises(RequestFailed, match="max_model_len=N"):
        line.ask(long).result()
    assert line.ask(asked).result().text, "the engine goes on"


def test_an_engine_that_dies_is_started_again_once(plan: EnginePlan, tmp_path: Path) -> None:
    line = Line(Own(plan, tmp_path / "engine.log").connect)
    try:
        line.ask(request("gear", "good", 0)).result()
        for death in (1, 2):
            under_way = [line.ask(request("gear", "good", index, max_tokens=400)) for index in range(12)]
            for process in descendants(os.getpid()):
                if "EngineCore" in command_of(process):
                    os.kill(process, signal.SIGKILL)
            if death == 1:
                assert all(future.result().text for future in under_way), "asked again"
            else:
                reasons = {str(future.exception()) for future in under_way if future.exception() is not None}
                assert len(reasons) == 1
                assert "died" in reasons.pop()
        with pytest.raises(ModelError, match="died"):
            line.ask(request("gear", "good", 0)).result()
    finally:
        before = descendants(os.getpid())
        line.close()
    time.sleep(0.5)
    assert not [each for each in living(before) if "EngineCore" in command_of(each)]


def test_missing_weights_are_said(plan: EnginePlan, tmp_path: Path) -> None:
    import dataclasses

    from iad_eval.predictors.lvlm.weights import Weights

    nowhere = Weights("nobody/nothing", "main", "nobody/nothing@main")
    line = Line(Own(dataclasses.replace(plan, weights=nowhere), tmp_path / "log").connect)
    try:
        with pytest.raises(ModelError, match="the weights of nobody/nothing are not here"):
            line.ask(request("gear", "good", 0)).result()
    finally:
        line.close()
