"""AnomalyGPT's numbers: those of the authors' code on the same random weights and photographs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")
for _package in ("transformers", "open_clip", "sentencepiece"):
    pytest.importorskip(_package, reason="the baselines extra is not installed: make test-baselines")

import anomalygpt_files
import parity_anomalygpt as parity

from baselines.anomalygpt import networks, sentences
from iad_eval.predictors import ModelContext

CLOSE = 1e-5


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[anomalygpt_files.Files]:
    folder = tmp_path_factory.mktemp("anomalygpt")
    yield anomalygpt_files.write(folder, anomalygpt_files.AS_PUBLISHED)
    shutil.rmtree(folder)  # 600 MB, which pytest would keep


@pytest.fixture(scope="module")
def said(files: anomalygpt_files.Files, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What ours makes of the same questions."""
    paths = {key: getattr(files, key) for key in ("imagebind", "anomalygpt", "pandagpt", "vicuna")}
    context = ModelContext(tmp_path_factory.mktemp("cache"), 0, str, _unread)
    ours = networks.load(paths, torch.device("cpu"), "auto", context, "anomalygpt:answer")
    assert ours.talking is not None
    language = ours.talking.language
    found = []
    with torch.inference_mode():
        for each in parity.asked():
            assert sentences.prompt(each["class_name"]) == each["prompt"]
            seen = ours.see([each["image"]], "crop")
            good = ours.see(each["good"], "crop").features if each["good"] else None
            maps = ours.maps(seen, sentences.class_word(each["class_name"]), good)
            shown = ours.shown(seen, 0, maps, each["prompt"])
            tokens = language.tokens(shown, longest=12)
            found.append({"map": maps[0, 0], "shown": shown, "tokens": tokens, "text": language.text(tokens)})
    return found


def test_maps_inputs_and_answers_are_those_of_one_run_of_the_original(said: list[dict[str, Any]]) -> None:
    expected = json.loads(parity.GOLDEN.read_text(encoding="utf-8"))
    assert len(said) == len(expected) == 3
    for ours, theirs in zip(map(parity.essence, said), expected, strict=True):
        assert ours["maximum"] == pytest.approx(theirs["maximum"], abs=CLOSE)
        assert torch.tensor(ours["map"]).numpy() == pytest.approx(
            torch.tensor(theirs["map"]).numpy(), abs=CLOSE
        )
        assert ours["shown"][0] == theirs["shown"][0]
        assert torch.tensor(ours["shown"][1]).numpy() == pytest.approx(
            torch.tensor(theirs["shown"][1]).numpy(), abs=CLOSE
        )
        assert len(ours["tokens"]) == 10
        assert ours["tokens"] == theirs["tokens"]


def test_the_original_says_the_same_today(
    said: list[dict[str, Any]], files: anomalygpt_files.Files, tmp_path: Path
) -> None:
    code = parity.checkout()
    if code is None:
        pytest.skip(f"{parity.VARIABLE} names no folder with a checkout of AnomalyGPT in it")
    theirs = parity.original(code, tmp_path, files, anomalygpt_files.AS_PUBLISHED, parity.asked())
    for one, other in zip(said, theirs, strict=True):
        assert torch.max(torch.abs(one["map"] - other["map"])) <= CLOSE
        assert torch.max(torch.abs(one["shown"] - other["shown"])) <= CLOSE
        assert one["tokens"] == other["tokens"]
        assert one["text"] == other["text"]


def _unread(path: Path) -> Any:
    raise AssertionError(f"{path} was not to be read")
