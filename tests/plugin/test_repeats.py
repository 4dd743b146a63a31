"""Answers drawn again: what is asked, where it is kept, and what of it the report says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import WORLDS, RunPytest, observed
from inspector import ask, inspector, pictures_of, pixels
from loopback_server import Reply, Seen, answer, openai_error

ORIGINAL = ("--iad-perturbation", "original", "--iad-lvlm", "temperature=0.3")
SERIAL = ("-p", "no:xdist", *ORIGINAL)
THRICE = ("--iad-repeats", "3")
FLOOR = 2.7718076486993  # 1.959963984540054 * sqrt(2)
TITLE = "folder: how much sampling alone moves accuracy"


def _wavering(photograph: Path) -> Callable[[Seen], Reply]:
    """Right about every photograph, but about this one not where the seed is 1."""
    doubted = pixels(photograph)

    def says(seen: Seen) -> Reply:
        shown = pictures_of(seen)[-1]
        is_holed = shown.getpixel((10, 10)) == (0, 0, 0)
        is_missed = pixels(shown) == doubted and seen.body["seed"] == 1
        return answer("Yes. A hole." if is_holed != is_missed else "No.")

    return says


def _lines(run: Path, folder: str) -> list[dict[str, Any]]:
    shards = sorted((run / folder).glob("*.jsonl"))
    return [json.loads(line) for shard in shards for line in shard.read_text().splitlines()]


def _noise(run: Path) -> dict[str | None, dict[str, Any]]:
    summary = json.loads((run / "summary.json").read_text())
    return {each["class_name"]: each for each in summary["noise"]}


@pytest.mark.parametrize("how", WORLDS)
def test_each_view_is_asked_with_each_seed_and_the_first_answer_counts(
    pytester: pytest.Pytester, parts: Path, how: str
) -> None:
    options = (*ORIGINAL, *THRICE, *WORLDS[how])
    with inspector(_wavering(parts / "cup" / "test" / "good" / "000.png")) as server:
        result = ask(pytester, server.url, *options, "--iad-run", "run")
        assert result.ret == 0
        asked = Counter((seen.body["seed"], pixels(pictures_of(seen)[-1])) for seen in server.chats)
        assert ask(pytester, server.url, *options, "--iad-run", "another").ret == 0
        assert len(server.chats) == 36
    assert Counter(seed for seed, _ in asked) == {0: 12, 1: 12, 2: 12}
    assert set(asked.values()) == {1}
    run = pytester.path / "run"
    assert [line["repeat"] for line in observed(run)] == [0] * 12
    assert Counter(line["repeat"] for line in _lines(run, "repeats")) == {1: 12, 2: 12}
    summary = json.loads((run / "summary.json").read_text())
    assert summary["completeness"] == {"asked": 12, "observed": 12, "unreadable": 0, "failed": 0}
    assert {row["accuracy"] for row in summary["rows"]} == {1.0}
    noise = _noise(run)
    assert list(noise) == [None, "cup", "lid"]
    cup = noise["cup"]
    assert (cup["repeats"], cup["n"], cup["views"]) == (3, 6, 6)
    assert cup["flipped"] == pytest.approx(1 / 6)
    assert cup["noise_floor"] == pytest.approx(FLOOR * (1 / 108) ** 0.5)  # s_i^2 = 1/3, over 6**2
    assert noise["lid"]["noise_floor"] == 0.0
    assert noise[None]["noise_floor"] == pytest.approx(FLOOR * (1 / 432) ** 0.5)
    assert _noise(pytester.path / "another") == noise
    text = " ".join(result.stdout.str().split())
    assert TITLE in text
    assert "vllm:inspector (oneshot-specific) 3 12 8.3 13.3" in text  # the mean over two classes


def test_a_run_can_be_asked_more_often_later(
    pytester: pytest.Pytester, parts: Path, latest: Callable[[str], Any]
) -> None:
    run = ("--iad-run", "runs/one")
    with inspector(_wavering(parts / "cup" / "test" / "good" / "000.png")) as server:
        before = ask(pytester, server.url, *SERIAL, *run)
        assert len(server.chats) == 12
        assert latest("summary.json")["noise"] == []
        assert not (pytester.path / "runs" / "one" / "repeats").exists()
        assert ask(pytester, server.url, *SERIAL, *run, *THRICE).ret == 0
        assert Counter(seen.body["seed"] for seen in server.chats) == {0: 12, 1: 12, 2: 12}
        assert ask(pytester, server.url, *SERIAL, *run).ret == 0
        assert len(server.chats) == 36
    assert TITLE not in " ".join(before.stdout.str().split())
    assert latest("summary.json")["noise"] != []  # what was measured stays


def test_at_temperature_0_a_view_is_asked_once_and_that_is_told(
    pytester: pytest.Pytester, parts: Path, latest: Callable[[str], Any]
) -> None:
    with inspector() as server:
        result = ask(pytester, server.url, *SERIAL, *THRICE, "--iad-lvlm", "temperature=0")
    assert result.ret == 0
    assert len(server.chats) == 12
    assert latest("summary.json")["noise"] == []
    text = " ".join(result.stdout.str().split())
    assert "--iad-repeats asked nothing again" in text
    assert "--iad-lvlm temperature=0.3" in text


def test_detectors_are_not_asked_twice(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    options = (*SERIAL, "--iad-model", "patch-knn", "--iad-class", "cup")
    plain = run_pytest(*options, "--iad-run", "plain")
    result = run_pytest(*options, *THRICE, "--iad-run", "again", "--iad-cache", "another-cache")
    assert plain.ret == result.ret == 0
    again = pytester.path / "again"
    assert (again / "predictions.csv").read_bytes() == (pytester.path / "plain/predictions.csv").read_bytes()
    assert not (again / "repeats").exists()
    note = "--iad-repeats asked nothing again"
    assert note in " ".join(result.stdout.str().split())
    assert note not in " ".join(plain.stdout.str().split())


def test_a_further_answer_that_cannot_be_had_fails_its_case_and_costs_nothing_else(
    pytester: pytest.Pytester, parts: Path
) -> None:
    says, bad = _wavering(parts / "cup" / "test" / "good" / "000.png"), parts / "cup/test/hole/001.png"
    shown = pixels(bad)

    def refuses(seen: Seen) -> Reply:
        is_bad = seen.body["seed"] == 2 and pixels(pictures_of(seen)[-1]) == shown
        return openai_error(400, "no such draw") if is_bad else says(seen)

    options = (*SERIAL, *THRICE, "--iad-run", "run")
    with inspector(refuses) as server:
        result = ask(pytester, server.url, *options)
    assert result.ret == 1
    result.assert_outcomes(passed=1, failed=1)
    text = " ".join(result.stdout.str().split())
    assert "1 of 12 further answers could not be had: folder/cup/test/hole/001: " in text
    assert "no such draw" in text
    assert "views could not be observed" not in text
    assert "12 of 12 views observed, 0 unreadable, 0 failed" in text
    run = pytester.path / "run"
    assert len([line for line in _lines(run, "repeats") if line["error"] is None]) == 23
    cup = _noise(run)["cup"]
    assert (cup["n"], cup["views"]) == (5, 5)
    with inspector(says) as server:
        assert ask(pytester, server.url, *options).ret == 0
    assert [seen.body["seed"] for seen in server.chats] == [2]
    assert _noise(run)["cup"]["views"] == 6


@pytest.mark.parametrize(("typed", "says"), [("0", "from 1 on, not 0"), ("few", "number, not 'few'")])
def test_a_number_that_is_none_is_refused(
    pytester: pytest.Pytester, parts: Path, typed: str, says: str
) -> None:
    with inspector() as server:
        result = ask(pytester, server.url, *SERIAL, "--iad-repeats", typed)
    assert result.ret == 2
    result.stdout.fnmatch_lines([f"*--iad-repeats takes a whole *{says}*"])
    assert server.chats == []
