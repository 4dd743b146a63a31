"""The options of the gate: limits and where they hold, the ini file, and what is refused."""

from __future__ import annotations

import json

import pytest
from driving import CASE_FILE
from parts import write_parts

from iad_eval.cli import main

COUNT = 12
"""Good photographs of a class, and as many holed ones, each in two views."""
MOODY = """
import json
import pathlib
from iad_eval.predictors import ModelEntry, Reply

MOODS = pathlib.Path(__file__).with_name("moods.json")

class Moody:
    \"\"\"Says of a class in a view what its mood is: what is right, always the same, or only a score.\"\"\"
    name = "moody"
    def __init__(self):
        self.moods = json.loads(MOODS.read_text())
    def identity(self, siblings, perturbation, protocol):
        return {"mood": self.moods[f"{siblings.test[0].class_name} {perturbation}"]}
    def describe(self):
        return {"kind": "test"}
    def predict(self, views):
        for view in views:
            mood = self.moods[f"{view.sample.class_name} {view.perturbation}"]
            if mood == "score":
                yield Reply(view, score=0.5)
            else:
                right = "Yes." if view.sample.is_anomalous else "No."
                yield Reply(view, answer=right if mood == "right" else mood)
    def calibration(self, siblings, protocol):
        return None
    def close(self):
        pass

def pytest_iad_models():
    return [ModelEntry("moody", lambda name, context: Moody())]
"""
MIXED = {"cup original": "right", "cup rotated": "Yes.", "lid original": "No.", "lid rotated": "Who knows?"}
"""Right: cup 100% and 50%, lid 50% and 0%."""


class Moods:
    """Cups and lids, and a model that says what it is told to."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.path = pytester.path
        self.pytester = pytester
        write_parts(self.path / "parts", ("cup", "lid"), COUNT)
        pytester.makepyfile(test_cases=CASE_FILE)
        pytester.makeconftest(MOODY)

    def are(self, **moods: str) -> None:
        """Writes them: ``cup="No."`` for both views, else right."""
        self.just({f"{name} {view}": moods.get(name, "right") for name in ("cup", "lid") for view in VIEWS})

    def just(self, moods: dict[str, str]) -> None:
        """Writes them, class and view by class and view."""
        (self.path / "moods.json").write_text(json.dumps(moods))

    def session(self, *options: str) -> pytest.RunResult:
        given = [f"--iad-perturbation={view}" for view in VIEWS]
        if "--iad-dataset" not in options:
            given += ["--iad-dataset", "folder:parts"]
        return self.pytester.runpytest_inprocess("--iad-model", "moody", *given, *options)

    def store(self) -> None:
        """A run ``one`` in which everything is right, stored as ``base.json``."""
        self.are()
        assert self.session("--iad-run", "one").ret == 0
        assert main(["store", str(self.path / "one"), "-o", str(self.path / "base.json")]) == 0


VIEWS = ("original", "rotated")


@pytest.fixture
def moods(pytester: pytest.Pytester) -> Moods:
    return Moods(pytester)


def _failed(result: pytest.RunResult) -> list[str]:
    """The gates in the short summary."""
    found = [text.partition("iad-eval gates::")[2] for text in result.outlines if text.startswith("FAILED")]
    return [name.partition(" - ")[0].replace("-moody]", "]").replace("[folder-", "[") for name in found]


def _told(result: pytest.RunResult) -> str:
    return " ".join((result.stdout.str() + result.stderr.str()).split())


@pytest.mark.parametrize(
    ("options", "failed"),
    [
        (["--iad-min-accuracy=75"], []),  # (100 + 50) / 2
        (["--iad-min-accuracy=75.1"], ["min-accuracy[overall]"]),
        (["--iad-min-accuracy=overall=75.1"], ["min-accuracy[overall]"]),
        (["--iad-min-accuracy=each=50"], []),
        (["--iad-min-accuracy=each=51"], ["min-accuracy[lid]"]),
        (["--iad-min-accuracy=each=51", "--iad-min-accuracy=lid=50"], []),
        (["--iad-min-accuracy=cup=100%"], []),
        (["--iad-min-accuracy=folder/lid=51"], ["min-accuracy[lid]"]),
        (["--iad-max-average-drop=50"], []),  # 75 - (50 + 0) / 2; of a class: 100 - 50 and 50 - 0
        (["--iad-max-average-drop=49.9"], ["max-average-drop[overall]"]),
        (["--iad-max-average-drop=each=49"], ["max-average-drop[cup]", "max-average-drop[lid]"]),
        (["--iad-max-average-drop=lid=49"], ["max-average-drop[lid]"]),
        (["--iad-max-unreadable=25"], []),  # 24 of the 96 views, all of them lids
        (["--iad-max-unreadable=24"], ["max-unreadable[overall]"]),
        (["--iad-max-unreadable=each=49"], ["max-unreadable[lid]"]),
        (["--iad-max-unreadable=cup=0"], []),
        (
            ["--iad-min-accuracy=76", "--iad-max-average-drop=1", "--iad-max-unreadable=1"],
            ["max-average-drop[overall]", "max-unreadable[overall]", "min-accuracy[overall]"],
        ),
    ],
    ids=lambda value: " ".join(value) if "--" in str(value) else "",
)
def test_limits_hold_for_a_run_by_itself(moods: Moods, options: list[str], failed: list[str]) -> None:
    moods.just(MIXED)
    result = moods.session("--iad-run", "run", *options)
    assert result.ret == bool(failed)
    assert sorted(_failed(result)) == failed
    result.assert_outcomes(passed=4, failed=len(failed))
    assert "Gates" in result.outlines
    assert not (moods.path / "run" / "comparison.json").exists()


def test_limits_hold_in_all_worlds(moods: Moods, world: tuple[str, ...]) -> None:
    moods.just(MIXED)
    result = moods.session("--iad-min-accuracy", "each=51", *world)
    assert result.ret == 1
    assert _failed(result) == ["min-accuracy[lid]"]
    assert "folder/lid: accuracy is 50.0%" in _told(result)


def test_what_is_not_measured_does_not_pass(moods: Moods) -> None:
    moods.just(dict.fromkeys(MIXED, "score"))  # and no threshold to hold it against
    result = moods.session("--iad-min-accuracy", "0")
    assert result.ret == 1
    assert _failed(result) == ["min-accuracy[overall]"]
    assert "accuracy could not be measured" in _told(result)


def test_a_detector_is_not_fitted_where_the_run_before_knows_it_all(moods: Moods) -> None:
    def session(*options: str) -> pytest.RunResult:
        given = ("--iad-dataset", "folder:parts", "--iad-model", "patch-knn", "--iad-limit", "2")
        return moods.pytester.runpytest_inprocess(*given, "--iad-perturbation", "original", *options)

    def files(run: str, kind: str) -> set[str]:
        return {path.name for path in (moods.path / run / kind).rglob("*.*")}

    assert session("--iad-run", "one").ret == 0
    options = ("--iad-compare", "one", "--iad-fail-drop", "0", "--iad-cache", "empty")
    result = session("--iad-run", "two", *options)
    assert result.ret == 0
    assert "3 gates hold." in _told(result)
    assert not files("empty", "fits")
    assert len(files("two", "maps")) == 8
    assert files("two", "maps") == files("one", "maps")
    assert len(files("two", "training_scores")) == 1


def test_without_gates_nothing_is_said_of_them(moods: Moods) -> None:
    moods.just(MIXED)
    result = moods.session()
    assert result.ret == 0
    assert "Gates" not in result.outlines
    assert "gates::" not in _told(result)


def _ini(moods: Moods, *lines: str) -> None:
    text = "\n".join(["[tool.pytest.ini_options]", *lines])
    (moods.path / "pyproject.toml").write_text(text)


def test_the_ini_file_sets_the_gate_and_the_command_line_overrides_it(
    moods: Moods, monkeypatch: pytest.MonkeyPatch
) -> None:
    moods.store()
    moods.are(lid="No.")
    (moods.path / "cases").mkdir()
    _ini(
        moods,
        'iad_dataset = "folder:parts"',
        'iad_compare = "base.json"',
        'iad_fail_drop = ["2", "lid=90"]',
        'iad_min_accuracy = "70"',
        'iad_undecided = "fail"',
    )
    monkeypatch.chdir(moods.path / "cases")  # what the ini file names lies beside it

    def session(*options: str) -> pytest.RunResult:
        views = [f"--iad-perturbation={view}" for view in VIEWS]
        return moods.pytester.runpytest_inprocess("..", "--iad-model", "moody", *views, *options)

    plain = session()
    assert plain.ret == 1
    assert _failed(plain) == ["fail-drop[overall]"]
    assert "folder is worse: a drop of 25.0 points" in _told(plain)
    assert session("--iad-fail-drop", "90").ret == 0
    assert _failed(session("--iad-fail-drop", "90", "--iad-min-accuracy", "76")) == ["min-accuracy[overall]"]
    assert _failed(session("--iad-fail-drop", "overall=90", "--iad-fail-drop", "each=2")) == [
        "fail-drop[lid]"
    ]
    assert session("--iad-fail-drop", "lid=50", "--iad-undecided", "warn").ret == 0
    assert _failed(session("--iad-fail-drop", "lid=50")) == ["fail-drop[lid]"]  # undecided at its margin
    missing = session("--iad-compare", "base.json")
    assert missing.ret == 2
    assert "cannot read the stored run" in _told(missing)
    assert session("--iad-compare", "../base.json", "--iad-fail-drop", "90").ret == 0


@pytest.mark.parametrize(
    ("options", "seen", "remedy"),
    [
        (
            ["--iad-compare", "nowhere.json"],
            "cannot read the stored run",
            "made by: python -m iad_eval store",
        ),
        (["--iad-compare", "conftest.py"], "conftest.py is no stored run, or damaged", "python -m iad_eval"),
        (
            ["--iad-compare", "moods.json"],
            "moods.json is JSON, but no stored run",
            "python -m iad_eval store",
        ),
        (["--iad-compare", "parts"], "parts is not a run directory", "the newest is runs/latest"),
        (
            ["--iad-compare", "base.json", "--iad-fail-drop", "cop=2"],
            "--iad-fail-drop cop=2: there is no class 'cop' here",
            "Did you mean 'cup'?",
        ),
        (
            ["--iad-min-accuracy", "cap=2"],
            "--iad-min-accuracy cap=2: there is no class 'cap'",
            "Did you mean",
        ),
        (
            ["--iad-compare", "base.json", "--iad-fail-drop", "x"],
            "--iad-fail-drop takes a number from 0 to 100, alone or for a class, not 'x'",
            "type for example --iad-fail-drop 2 or --iad-fail-drop capsule=5",
        ),
        (["--iad-fail-drop", "cup="], "takes a number from 0 to 100", "not 'cup='"),
        (["--iad-max-unreadable", "101"], "--iad-max-unreadable takes a number", "not '101'"),
        (["--iad-max-average-drop=-1"], "--iad-max-average-drop takes a number", "not '-1'"),
        (["--iad-min-accuracy", "nan"], "--iad-min-accuracy takes a number", "not 'nan'"),
        (
            ["--iad-fail-drop", "2"],
            "--iad-fail-drop wants something to compare with",
            "--iad-compare FILE|RUN",
        ),
        (["--iad-undecided", "maybe"], "--iad-undecided takes warn or fail", "not 'maybe'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_says_what_to_type(moods: Moods, options: list[str], seen: str, remedy: str) -> None:
    moods.are()
    result = moods.session(*options)
    assert result.ret == 2
    assert seen in _told(result)
    assert remedy in _told(result)
    assert "Traceback" not in _told(result)
    assert not (moods.path / "runs").exists()


def test_a_run_is_named_by_its_directory_and_not_compared_with_itself(moods: Moods) -> None:
    moods.store()
    before = {path: path.read_bytes() for path in (moods.path / "one").rglob("*") if path.is_file()}
    part = moods.session("--iad-compare", "one/summary.json")
    assert part.ret == 2
    assert "is the summary.json of a run: give the run's directory" in _told(part)
    itself = moods.session("--iad-compare", "one", "--iad-run", "one")
    assert itself.ret == 2
    told = _told(itself)
    assert "one is the run that this session writes into: name another --iad-run, or store it first:" in told
    assert before == {path: path.read_bytes() for path in (moods.path / "one").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--iad-compare", "no.json"], "iad-eval: cannot read the stored run"),
        (["--iad-fail-drop", "2"], "iad-eval: --iad-fail-drop wants something to compare with"),
    ],
    ids=["no file", "no option"],
)
def test_all_worlds_refuse_alike(moods: Moods, world: tuple[str, ...], options: list[str], says: str) -> None:
    moods.are()
    result = moods.session(*options, *world)
    assert result.ret == 2
    assert result.stdout.str().count(says) == 1  # two workers may meet it, a person reads it once


def test_runs_without_a_view_in_common_are_wrong_use_with_a_report(
    moods: Moods, world: tuple[str, ...]
) -> None:
    moods.store()
    options = ("--iad-compare", "base.json", "--iad-fail-drop", "2", "--iad-dataset", "line2=folder:parts")
    result = moods.session("--iad-run", "two", *options, *world)
    assert result.ret == 2
    result.assert_outcomes(passed=4)
    told = _told(result)
    assert "no view is in both runs: base.json holds moody on folder/cup, moody on folder/lid; two" in told
    assert "Compare runs of one model on one dataset" in told
    assert "96 of 96 views observed" in told
    assert {"report.md", "summary.json"} <= {path.name for path in (moods.path / "two").iterdir()}
    assert not (moods.path / "two" / "comparison.json").exists()
