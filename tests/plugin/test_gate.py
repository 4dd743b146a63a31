"""An edit that makes detection worse fails the session; one that changes nothing passes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from driving import WORLDS
from inspector import ask, inspector, pictures_of, pixels, text_of
from loopback_server import Reply, Seen, answer
from parts import write_parts

from iad_eval.cli import main

VIEWS = 24
"""Photographs of a class, half of them holed, each asked about as it is."""
MODEL = "vllm:inspector-oneshot-specific"
INVERTED = "Tell whether it is free of anomalies."
HASTY = "Be quick."
DRAWN = "Guess now and then."
LINE_OF_LID = 5
CRASHING = """
import os
import pathlib

def pytest_runtest_setup(item):
    died = pathlib.Path(__file__).with_name("died")
    if "cup-original" in item.name and "PYTEST_XDIST_WORKER" in os.environ and not died.exists():
        died.touch()
        os._exit(1)
"""


class Line:
    """Cups and lids, prompts of their own, and an inspector who sees every hole.

    It says the opposite where it is to tell what is :data:`INVERTED`, calls the ``slips`` (pixels of
    photographs) good where it is to be :data:`HASTY`, and errs about one in six by lot where its answers
    are :data:`DRAWN`.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.path = pytester.path
        self.slips: set[object] = set()
        self.server = inspector(self._judges)
        self._pytester = pytester
        self._looked = 0

    def says(self, cup: str = "Ignore the grain.", lid: str = "Ignore the colour.") -> None:
        """Writes the prompt file."""
        (self.path / "prompts.toml").write_text(
            f'[classes.folder.cup]\nsentence = "{cup}"\n\n[classes.folder.lid]\nsentence = "{lid}"\n'
        )

    def session(self, *options: str) -> pytest.RunResult:
        """Of the two classes' photographs as they are, unless ``options`` name further views."""
        views = ("--iad-perturbation", "original", "--iad-prompts", "prompts.toml")
        return ask(self._pytester, self.server.url, *views, *options)

    def store(self, *options: str) -> None:
        """A first session, whose run ``one`` is stored as ``base.json``."""
        self.says()
        assert self.session("--iad-run", "one", *options).ret == 0
        assert main(["store", str(self.path / "one"), "-o", str(self.path / "base.json")]) == 0
        self.asked()

    def asked(self) -> int:
        """Requests since the last look."""
        before, self._looked = self._looked, len(self.server.chats)
        return self._looked - before

    def outcomes(self, run: str) -> dict[str, str]:
        """What the gates of a run came to."""
        gates = json.loads((self.path / run / "comparison.json").read_text())["gates"]
        return {gate["name"].removesuffix(f"-{MODEL}]"): gate["outcome"] for gate in gates}

    def _judges(self, seen: Seen) -> Reply:
        picture, text = pictures_of(seen)[-1], text_of(seen)
        is_holed = (np.asarray(picture) == 0).all(axis=2).any()
        says = bool(is_holed) != (INVERTED in text)
        if HASTY in text and pixels(picture) in self.slips:
            says = False
        if DRAWN in text:
            lot = hashlib.sha256(picture.tobytes() + str(seen.body["seed"]).encode()).digest()[0]
            says = says != (lot < 256 / 6)
        return answer("Yes. There is a hole." if says else "No. It looks like the first one.")


def _escaped(title: str) -> str:
    return title.replace(":", "%3A")


@pytest.fixture
def line(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setenv("COLUMNS", "80")
    write_parts(pytester.path / "parts", ("cup", "lid"), VIEWS // 2)
    found = Line(pytester)
    with found.server:
        yield found


def test_a_prompt_that_asks_the_opposite_fails_the_session(
    line: Line, monkeypatch: pytest.MonkeyPatch, world: tuple[str, ...]
) -> None:
    line.store()
    line.says(lid=INVERTED)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    compared = ("--iad-compare", "base.json", "--iad-fail-drop", "2")
    result = line.session("--iad-run", "two", *compared, "--junitxml=junit.xml", *world)
    assert result.ret == 1
    assert line.asked() == VIEWS  # those about cups are in the cache
    result.assert_outcomes(passed=2, failed=2)
    overall, lid = (f"fail-drop[folder-{place}-{MODEL}]" for place in ("overall", "lid"))
    failed = [text for text in result.outlines if text.startswith("FAILED")]
    assert failed == [f"FAILED iad-eval gates::{overall}", f"FAILED iad-eval gates::{lid}"]
    assert line.outcomes("two") == {
        "fail-drop[folder-overall": "worse",
        "fail-drop[folder-cup": "unchanged",
        "fail-drop[folder-lid": "worse",
    }
    on_the_line = (
        f"::error file=prompts.toml,line={LINE_OF_LID},title={_escaped(lid)}%3A classes.folder.lid.se"
    )
    on_no_line = f"::error title={_escaped(overall)}::vllm:inspector (oneshot-specific) on folder is worse"
    commands = [text for text in result.outlines if text.startswith("::")]
    assert [text[: len(on_no_line)] for text in commands[:1]] == [on_no_line]
    assert [text[: len(on_the_line)] for text in commands[1:]] == [on_the_line]
    (found,) = json.loads((line.path / "two" / "code-quality.json").read_text())
    assert found["location"] == {"path": "prompts.toml", "lines": {"begin": LINE_OF_LID}}
    assert found["severity"] == "major"
    suite = ElementTree.parse(line.path / "junit.xml").find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "0")
    cases = {each.get("name"): each for each in suite.iterfind("testcase[@classname='iad-eval gates']")}
    assert set(cases) == {overall, lid}
    failure = cases[lid].find("failure")
    assert failure is not None
    assert "folder/lid is worse: a drop of 100.0 points" in (failure.text or "")
    record = json.loads((line.path / "two" / "comparison.json").read_text())
    assert len(record["flips"]) == VIEWS
    assert {flip["kind"] for flip in record["flips"]} == {"newly wrong"}


def test_the_terminal_tells_the_edit_before_what_it_did(line: Line) -> None:
    line.store()
    line.says(lid=INVERTED)
    options = ("--iad-run", "two", "--iad-compare", "base.json", "--iad-fail-drop", "lid=2")
    result = line.session(*options, *WORLDS["serial"])
    said, _, report = result.stdout.str().partition("two compared with base.json")
    test = said.partition(f"_ fail-drop[folder-lid-{MODEL}] _")[2]
    assert "folder/lid is worse: a drop of 100.0 points (85.8–100.0), p < 0.001; the margin is 2.0" in test
    assert "\nMore: two/comparison.md\n" in test  # and no page, which was not asked for
    assert f"{VIEWS} views newly wrong" in test
    assert (
        "folder/lid/test/good/000 (original): normal: No. It looks like the first one. -> anomalous" in test
    )
    told = [
        "Prompt of folder/lid",
        " - Ignore the colour.",
        f" + {INVERTED}",
        "is worse: a drop of 100.0 points",
        "before and after",
        f"{VIEWS} views newly wrong",
        "48 views compared, none is missing.",
        "What to type next",
        "short test summary info",
    ]
    places = [report.find(text) for text in told]
    assert -1 not in places
    assert places == sorted(places)
    written = (line.path / "two" / "comparison.md").read_text()
    assert written.find(f"+ {INVERTED}") < written.find("is worse") < written.find("views newly wrong")
    assert "\x1b" not in result.stdout.str()
    assert "::error" not in result.stdout.str()  # where nobody reads workflow commands


def test_the_page_shows_the_comparison(line: Line) -> None:
    line.store()
    line.says(lid=INVERTED)
    options = ("--iad-compare", "base.json", "--iad-fail-drop", "lid=2", "--iad-page", "yes")
    result = line.session("--iad-run", "two", *options)
    assert result.ret == 1
    assert "\nMore: two/report.html, two/comparison.md\n" in result.stdout.str()
    page = (line.path / "two" / "report.html").read_text()
    assert INVERTED in page
    assert "is worse: a drop of 100.0 points" in page


@pytest.mark.parametrize("world", [WORLDS["serial"], WORLDS["n2"]], ids=["serial", "n2"])
def test_a_run_directory_stands_in_for_an_empty_cache(line: Line, world: tuple[str, ...]) -> None:
    line.store()
    line.says(lid=INVERTED)
    options = ("--iad-compare", "one", "--iad-fail-drop", "2", "--iad-cache", "empty")
    assert line.session("--iad-run", "two", *options, *world).ret == 1
    assert line.asked() == VIEWS


def test_white_space_in_the_prompt_file_asks_nothing(line: Line) -> None:
    line.store()
    line.says(lid=r"Ignore  the \n colour.")
    options = ("--iad-compare", "base.json", "--iad-fail-drop", "0")
    result = line.session("--iad-run", "two", *options)
    assert result.ret == 0
    assert line.asked() == 0
    result.assert_outcomes(passed=2)
    assert set(line.outcomes("two").values()) == {"unchanged"}
    assert "3 gates hold." in result.stdout.str()
    assert "Nothing that the runs tell of their circumstances differs." in result.stdout.str()


def test_other_lots_of_the_same_prompt_pass(line: Line) -> None:
    line.says(cup=DRAWN, lid=DRAWN)
    assert line.session("--iad-run", "one").ret == 0
    line.asked()
    options = ("--iad-seed", "1", "--iad-compare", "one", "--iad-fail-drop", "2")
    result = line.session("--iad-run", "two", *options)
    assert result.ret == 0
    assert line.asked() == 2 * VIEWS  # at temperature 0.3 every answer is drawn anew
    flips = json.loads((line.path / "two" / "comparison.json").read_text())["flips"]
    assert {flip["kind"] for flip in flips} == {"newly wrong", "newly right"}
    assert "worse" not in line.outcomes("two").values()


def _slips(line: Line, count: int) -> None:
    holed = sorted((line.path / "parts" / "lid" / "test" / "hole").glob("*.png"))
    line.slips = {pixels(path) for path in holed[:count]}


@pytest.mark.parametrize(("undecided", "code"), [((), 0), (("fail",), 1)])
def test_what_is_undecided_warns_or_fails(line: Line, undecided: tuple[str, ...], code: int) -> None:
    line.store()
    _slips(line, 3)
    line.says(lid=HASTY)
    options = [f"--iad-undecided={how}" for how in undecided]
    given = ("--iad-compare", "base.json", "--iad-fail-drop", "lid=2")
    result = line.session("--iad-run", "two", *given, *options)
    assert result.ret == code
    result.assert_outcomes(passed=2, failed=code)
    assert line.outcomes("two") == {"fail-drop[folder-lid": "undecided"}
    text = " ".join(result.stdout.str().split())
    # 3 of 24 lost: variance 24 / 23 * (3 * 0.875**2 + 21 * 0.125**2) / 24**2 = 0.0047554, and
    # 24 * 0.0047554 * (1.95996 + 0.84162)**2 / 0.125**2 = 57.3
    assert "is undecided: a drop of 12.5 points" in text
    assert "24 photographs were compared, about 58 would decide." in text


@pytest.mark.parametrize(
    ("limits", "outcomes"),
    [
        (["lid=60"], {"fail-drop[folder-lid": "no worse"}),
        (["lid=2", "lid=60"], {"fail-drop[folder-lid": "no worse"}),  # the last one counts
        (["each=60"], {"fail-drop[folder-cup": "unchanged", "fail-drop[folder-lid": "no worse"}),
    ],
)
def test_a_small_drop_lies_within_a_wide_margin(
    line: Line, limits: list[str], outcomes: dict[str, str]
) -> None:
    line.store()
    _slips(line, 3)
    line.says(lid=HASTY)
    given = [f"--iad-fail-drop={limit}" for limit in limits]
    result = line.session("--iad-run", "two", "--iad-compare", "base.json", "--iad-undecided=fail", *given)
    assert result.ret == 0
    assert line.outcomes("two") == outcomes


def test_better_answers_pass(line: Line) -> None:
    line.says(lid=INVERTED)
    assert line.session("--iad-run", "one").ret == 0
    line.says()
    result = line.session("--iad-run", "two", "--iad-compare", "one", "--iad-fail-drop", "0")
    assert result.ret == 0
    assert line.outcomes("two")["fail-drop[folder-lid"] == "no worse"
    assert f"{VIEWS} views newly right" in result.stdout.str()


def test_a_comparison_alone_fails_nothing(line: Line) -> None:
    line.store()
    line.says(lid=INVERTED)
    result = line.session("--iad-run", "two", "--iad-compare", "base.json")
    assert result.ret == 0
    text = " ".join(result.stdout.str().split())
    assert "the largest: vllm:inspector (oneshot-specific) on folder/lid is worse: -100.0 points." in text
    assert line.outcomes("two") == {}


@pytest.mark.parametrize("world", [WORLDS["serial"], WORLDS["n2"]], ids=["serial", "n2"])
def test_the_latest_run_is_the_one_before(line: Line, world: tuple[str, ...]) -> None:
    line.says()
    assert line.session().ret == 0
    first = (line.path / "runs" / "latest").resolve()
    line.says(lid=INVERTED)
    result = line.session("--iad-compare", "runs/latest", "--iad-fail-drop", "2", *world)
    assert result.ret == 1
    latest = (line.path / "runs" / "latest").resolve()
    assert latest != first
    record = json.loads((latest / "comparison.json").read_text())
    assert record["before"] == f"runs/{first.name}"
    assert record["after"] == f"runs/{latest.name}"


def test_a_worker_that_takes_anothers_place_knows_the_run_before(line: Line) -> None:
    views = ("--iad-perturbation", "rotated")
    line.says()
    assert line.session(*views).ret == 0
    line.asked()
    line.says(lid=INVERTED)
    (line.path / "conftest.py").write_text(CRASHING)
    options = ("--iad-compare", "runs/latest", "--iad-fail-drop", "2", "--iad-cache", "empty", "-n2")
    result = line.session(*views, *options)
    assert (line.path / "died").exists()
    assert result.ret == 1
    # the lids' two views, turned and not: what is known of cups comes from the run before
    assert line.asked() == 2 * VIEWS


def test_a_session_whose_worker_dies_still_compares(line: Line) -> None:
    line.store()
    line.says(lid=INVERTED)
    (line.path / "conftest.py").write_text(CRASHING)
    options = ("--iad-compare", "base.json", "--iad-fail-drop", "2", "-n2", "--max-worker-restart=0")
    result = line.session("--iad-run", "two", *options)
    assert result.ret == 1
    record = json.loads((line.path / "two" / "comparison.json").read_text())
    assert {each["class_name"] for each in record["missing"]} <= {"cup", "lid"}
    assert "cup" in {each["class_name"] for each in record["missing"]}
    assert {each["reason"] for each in record["missing"]} == {"not observed"}
    assert "Not compared" in result.stdout.str()


def test_the_command_says_what_the_session_said(line: Line, capsys: pytest.CaptureFixture[str]) -> None:
    line.store()
    line.says(lid=INVERTED)
    limits = ("--iad-fail-drop", "2", "--iad-min-accuracy", "each=80")
    assert line.session("--iad-run", "two", "--iad-compare", "base.json", *limits).ret == 1
    said = json.loads((line.path / "two" / "comparison.json").read_text())
    assert len(said["gates"]) == 5
    assert main(["store", "two", "-o", "two.json"]) == 0
    for before, after in (("base.json", "two"), ("one", "two"), ("base.json", "two.json")):
        assert main(["compare", before, after, "-o", "told", *limits]) == 1
        told = json.loads((line.path / "told" / "comparison.json").read_text())
        assert told == {**said, "before": before, "after": after}
    assert main(["compare", "base.json", "one", "-o", "told", *limits]) == 0


def test_a_session_from_the_cache_is_stored_as_the_same_bytes(line: Line, world: tuple[str, ...]) -> None:
    line.store()
    assert line.session("--iad-run", "again", *world).ret == 0
    assert line.asked() == 0
    assert main(["store", "again", "-o", "again.json"]) == 0
    assert (line.path / "again.json").read_bytes() == (line.path / "base.json").read_bytes()


def test_a_failing_case_and_a_failing_gate_are_both_told(line: Line) -> None:
    line.store()
    line.says(lid=INVERTED)
    (line.path / "parts" / "cup" / "test" / "good" / "000.png").write_bytes(b"no image")
    options = ("--iad-compare", "base.json", "--iad-fail-drop", "lid=2")
    result = line.session("--iad-run", "two", *options)
    assert result.ret == 1
    result.assert_outcomes(passed=1, failed=2)
    text = result.stdout.str()
    assert "1 of 24 views could not be observed" in text
    assert "folder/lid is worse" in text
    assert main(["store", "two", "-o", "next.json"]) == 2  # not to be compared with by mistake
    assert main(["store", "two", "-o", "next.json", "--partial"]) == 0


def _files(run: Path) -> dict[str, Any]:
    names = ("comparison.json", "comparison.md", "code-quality.json")
    return {name: (run / name).exists() for name in names}


def test_a_run_that_is_continued_without_a_comparison_forgets_it(line: Line) -> None:
    line.store()
    line.session("--iad-run", "two", "--iad-compare", "base.json")
    assert all(_files(line.path / "two").values())
    line.session("--iad-run", "two")
    assert not any(_files(line.path / "two").values())
