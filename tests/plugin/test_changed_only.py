"""Only the touched cases are run; what was stored of the others counts as before."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from driving import CASE_FILE, WORLDS
from parts import write_parts

from iad_eval.cli import main

CLASSES = ("cup", "lid", "pin")
COUNT = 12
VIEWS = 2 * COUNT
"""Photographs of a class, half of them holed, each in two views."""
NOTHING = "nothing that decides the answers changed"
INVERTED = "Is it free of anomalies?"
WORDED = """
import json
import pathlib
from iad_eval.predictors import ModelEntry, Reply

HERE = pathlib.Path(__file__).parent

class Worded:
    # sees every hole; a class's words are part of what it is asked, and some turn the question round
    name = "worded"
    def __init__(self):
        self.words = json.loads((HERE / "words.json").read_text())
    def identity(self, siblings, perturbation, protocol):
        return {"model": self.name, "words": self.words[siblings.test[0].class_name]}
    def describe(self):
        return {"kind": "test"}
    def predict(self, views):
        for view in views:
            with (HERE / "asked.txt").open("a") as file:
                file.write(f"{view.sample.class_name} {view.perturbation}\\n")
            says = 0 in view.image.convert("L").tobytes()
            if "free of anomalies" in self.words[view.sample.class_name]:
                says = not says
            yield Reply(view, answer="Yes." if says else "No.")
    def calibration(self, siblings, protocol):
        return None
    def close(self):
        pass

def pytest_iad_models():
    return [ModelEntry("worded", lambda name, context: Worded())]
"""


class Works:
    """Three parts, asked about in two views by a model whose words can be edited class by class."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.path = pytester.path
        self._pytester = pytester
        write_parts(self.path / "parts", CLASSES, COUNT)
        pytester.makepyfile(test_cases=CASE_FILE)
        pytester.makeconftest(WORDED)

    def says(self, **words: str) -> None:
        """Has the model ask with these words about the classes named, with the usual ones about others."""
        usual = dict.fromkeys(CLASSES, "Is there a hole?")
        (self.path / "words.json").write_text(json.dumps(usual | words))

    def session(self, *options: str) -> pytest.RunResult:
        views = ("--iad-perturbation", "original", "--iad-perturbation", "rotated")
        given = ("--iad-dataset", "folder:parts", "--iad-model", "worded", *views)
        return self._pytester.runpytest_inprocess(*given, *options)

    def changed_only(self, run: str, *options: str) -> pytest.RunResult:
        """A session that can know nothing but from the stored run."""
        compared = ("--iad-compare", "base.json", "--iad-changed-only", "--iad-fail-drop", "2")
        return self.session("--iad-run", run, *compared, "--iad-cache", f"cache of {run}", *options)

    def asked(self) -> set[tuple[str, ...]]:
        """Class and view of what was asked since the last look."""
        file = self.path / "asked.txt"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return {tuple(line.split()) for line in lines}

    def record(self, run: str) -> dict[str, Any]:
        """What ``comparison.json`` holds."""
        found: dict[str, Any] = json.loads((self.path / run / "comparison.json").read_text())
        return found


@pytest.fixture
def works(pytester: pytest.Pytester) -> Works:
    """With a run of everything, stored as ``base.json``."""
    found = Works(pytester)
    found.says()
    assert found.session("--iad-run", "one").ret == 0
    assert main(["store", str(found.path / "one"), "-o", str(found.path / "base.json")]) == 0
    assert len(found.asked()) == 6
    return found


def _told(result: pytest.RunResult) -> str:
    return " ".join(result.stdout.str().split())


def _untouched(record: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["class_name"], each["perturbation"]) for each in record["untouched"]}


def _both(*classes: str) -> set[tuple[str, ...]]:
    return {(name, view) for name in classes for view in ("original", "rotated")}


def test_untouched_cases_are_left_out_and_say_so(works: Works, world: tuple[str, ...]) -> None:
    works.says(lid=INVERTED)
    result = works.changed_only("two", *world)
    assert result.ret == 1
    assert works.asked() == _both("lid")
    assert f"4 cases were not run: {NOTHING}. What was stored counts." in _told(result)
    deselected = 0 if world == WORLDS["n2"] else 4  # workers do not tell
    result.assert_outcomes(passed=2, failed=2, deselected=deselected)
    record = works.record("two")
    assert _untouched(record) == _both("cup", "pin")
    assert record["missing"] == []
    summary = json.loads((works.path / "two" / "summary.json").read_text())
    assert summary["completeness"] == {"asked": 48, "observed": 48, "unreadable": 0, "failed": 0}


def test_the_gates_say_the_same_as_of_a_run_of_everything(works: Works) -> None:
    works.says(lid=INVERTED, cup="Look for a hole, will you?")
    assert works.changed_only("two").ret == 1
    options = ("--iad-compare", "base.json", "--iad-fail-drop", "2", "--iad-min-accuracy", "90")
    assert works.session("--iad-run", "whole", *options).ret == 1
    assert works.changed_only("some", "--iad-min-accuracy", "90").ret == 1
    some, whole = works.record("some"), works.record("whole")
    for part in ("gates", "changes", "flips", "missing", "auroc"):
        assert some[part] == whole[part], part
    outcomes = {gate["class_name"]: gate["outcome"] for gate in some["gates"] if gate["gate"] == "fail_drop"}
    assert outcomes == {None: "worse", "cup": "undecided", "lid": "worse", "pin": "unchanged"}
    (accuracy,) = (gate for gate in some["gates"] if gate["gate"] == "min_accuracy")
    assert accuracy["value"] == pytest.approx(2 / 3)  # all cups and pins right, all lids wrong


def test_where_everything_is_untouched_it_is_compared_all_the_same(
    works: Works, world: tuple[str, ...]
) -> None:
    result = works.changed_only("two", *world)
    assert result.ret == 0
    assert works.asked() == set()
    assert f"6 cases were not run: {NOTHING}. What was stored counts." in _told(result)
    assert {gate["outcome"] for gate in works.record("two")["gates"]} == {"unchanged"}
    assert (works.path / "two" / "comparison.md").exists()
    assert "views observed" not in _told(result)  # nothing to say of a run that asked nobody


def test_other_tests_of_the_session_change_nothing_of_that(works: Works, world: tuple[str, ...]) -> None:
    (works.path / "test_else.py").write_text("def test_else(): pass\n")
    result = works.changed_only("two", *world)
    assert result.ret == 0
    result.assert_outcomes(passed=1, deselected=0 if world == WORLDS["n2"] else 6)
    assert _untouched(works.record("two")) == _both(*CLASSES)


def test_only_touched_cases_are_listed(works: Works) -> None:
    works.says(lid=INVERTED)
    result = works.changed_only("two", "--collect-only", "-q")
    listed = [text for text in result.outlines if "::" in text]
    assert listed == [
        "test_cases.py::test_detection[folder-lid-original-worded]",
        "test_cases.py::test_detection[folder-lid-rotated-worded]",
    ]
    assert works.asked() == set()
    assert not (works.path / "two").exists()


@pytest.mark.parametrize(
    ("expression", "asked", "untouched"),
    [
        ("lid", _both("lid"), set[tuple[str, ...]]()),
        ("rotated", {("lid", "rotated")}, {("cup", "rotated"), ("pin", "rotated")}),
        ("cup", set[tuple[str, ...]](), _both("cup")),
    ],
)
def test_a_selection_is_narrowed_further(
    works: Works, expression: str, asked: set[tuple[str, ...]], untouched: set[tuple[str, ...]]
) -> None:
    works.says(lid=INVERTED)
    result = works.changed_only("two", "-k", expression)
    assert result.ret == bool(asked)
    assert works.asked() == asked
    record = works.record("two")
    assert _untouched(record) == untouched
    compared = {(row["class_name"], row["perturbation"]) for row in record["changes"]}
    assert compared >= asked | untouched
    missing = {(each["class_name"], each["perturbation"]) for each in record["missing"]}
    assert missing == _both(*CLASSES) - asked - untouched
    assert {each["reason"] for each in record["missing"]} <= {"not run"}


def _replaced(good: Path) -> None:
    shutil.copy(good / "001.png", good / "000.png")


def _added(good: Path) -> None:
    shutil.copy(good / "001.png", good / "099.png")


def _removed(good: Path) -> None:
    (good / "000.png").unlink()


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        (_replaced, ["both", "other photograph"]),
        (_added, ["before", "no such photograph"]),
        (_removed, ["after", "no such photograph"]),
    ],
)
def test_a_changed_photograph_touches_its_class_alone(
    works: Works, change: Callable[[Path], None], missing: Sequence[str]
) -> None:
    change(works.path / "parts" / "pin" / "test" / "good")
    result = works.changed_only("two")
    assert result.ret == 0
    assert works.asked() == _both("pin")
    record = works.record("two")
    assert _untouched(record) == _both("cup", "lid")
    found = [(each["class_name"], each["side"], each["reason"], each["views"]) for each in record["missing"]]
    assert found == [("pin", *missing, 1)] * 2


def test_it_wants_something_to_compare_with(works: Works, world: tuple[str, ...]) -> None:
    result = works.session("--iad-changed-only", *world)
    assert result.ret == 2
    assert "--iad-changed-only wants something to compare with: --iad-compare FILE|RUN" in _told(result)
    assert works.asked() == set()


def test_such_a_run_is_not_stored_by_mistake(works: Works, capsys: pytest.CaptureFixture[str]) -> None:
    works.says(lid=INVERTED)
    assert works.changed_only("two").ret == 1
    capsys.readouterr()
    command = ["store", str(works.path / "two"), "-o", str(works.path / "next.json")]
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "left out 4 untouched cases (--iad-changed-only)" in said
    assert "--partial" in said
    assert not (works.path / "next.json").exists()
    assert main([*command, "--partial"]) == 0
    assert "holds 48 views" in capsys.readouterr().out


def test_a_run_directory_serves_as_well_as_its_file(works: Works) -> None:
    works.says(lid=INVERTED)
    options = ("--iad-compare", "one", "--iad-changed-only", "--iad-fail-drop", "2", "--iad-cache", "empty")
    assert works.session("--iad-run", "two", *options).ret == 1
    assert works.asked() == _both("lid")
    assert works.changed_only("three").ret == 1
    two, three = works.record("two"), works.record("three")
    for part in ("gates", "changes", "flips", "untouched", "prompts", "differences"):
        assert two[part] == three[part], part
