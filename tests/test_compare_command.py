"""``store`` and ``compare``: what they print and write, what they return."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from observing import view_of

from iad_eval.cli import main
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.storing import opened
from iad_eval.words import Case, Json

Says = Callable[..., tuple[int, str, str]]

N = 24
"""Photographs of a class, the first half of them good."""
ASKED = {"cup": "Is there a hole?", "lid": "Is the lid bent?"}
WORSE = "Is the lid free of bends?"
LINE = 7


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def says(capsys: pytest.CaptureFixture[str]) -> Says:
    """Runs a command; gives its exit code and what it printed."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    return run


def _run(
    name: str,
    *,
    lost: int = 0,
    asked: str = ASKED["lid"],
    dataset: str = "parts",
    classes: Sequence[str] = ("cup", "lid"),
    failed: int = 0,
    missing: int = 0,
    backwards: bool = False,
) -> Path:
    """A run on cups and lids. All is right but for the last ``lost`` lids, which are called good.

    The first ``failed`` cups could not be observed, the last ``missing`` were not reached.
    """
    words = {**ASKED, "lid": asked}
    seen = []
    for of_class in classes:
        for number in range(N - missing * (of_class == "cup")):
            is_bent = number >= N // 2
            is_wrong = of_class == "lid" and number >= N - lost
            said: dict[str, Any] = {"answer": "Yes." if is_bent and not is_wrong else "No."}
            if of_class == "cup" and number < failed:
                said = {"error": "timeout"}
            said |= {"key": f"{words[of_class]} {number}", "image_digest": f"{number:064}"}
            seen.append(view_of(f"{dataset}/{of_class}", number, is_bent, model="lvlm", protocol="q", **said))
    run = RunDirectory(Path(name))
    counts: Json = {"train": 1, "test_normal": N // 2, "test_anomalous": N // 2, "reference": None}
    run.write_manifest(
        {
            "seed": 0,
            "configuration": {"seed": 0, "models": {"lvlm": {}}},
            "cases": entries([PlannedCase(_case(each, dataset), N) for each in classes]),
            "classes": {dataset: dict.fromkeys(classes, counts)},
            "prompts": {"q": {words[each]: [f"{dataset}/{each}/original"] for each in classes}},
            "prompt_file": str(Path("prompts.toml").absolute()),
            "prompt_origins": {"q": {asked: [["classes.parts.lid.sentence", LINE, asked]]}},
            "serving": [],
            "sessions": [],
        }
    )
    writer = RunWriter(run, "main")
    for each in reversed(seen) if backwards else seen:
        writer.observe(each)
    writer.close()
    return run.path


def _case(class_name: str, dataset: str = "parts") -> Case:
    return Case("lvlm", dataset, class_name, "original", "q")


def _leave_out(run: str, before: str, class_name: str) -> None:
    """Notes in a run that a class was left out as untouched since ``before``."""
    held = next(each for each in opened(Path(before)).classes if each.judged.class_name == class_name)
    (key,) = held.keys.values()
    directory = RunDirectory(Path(run))
    untouched: list[Json] = [{**asdict(_case(class_name)), "key": key}]
    directory.write_manifest({**directory.manifest(), "untouched": untouched})


def _outcomes(folder: str) -> dict[str, str]:
    gates = json.loads(Path(folder, "comparison.json").read_text())["gates"]
    return {gate["class_name"] or "overall": gate["outcome"] for gate in gates}


def test_a_run_is_kept_in_one_file(says: Says) -> None:
    _run("run")
    code, out, err = says("store", "run", "-o", "kept/base.json")
    assert (code, err) == (0, "")
    assert out.startswith("kept/base.json holds 48 views of run. Commit it, and compare a later run with it:")
    assert out.endswith("pytest cases --iad-compare kept/base.json --iad-fail-drop 2")
    assert says("compare", "run", "kept/base.json", "--iad-fail-drop", "0")[0] == 0


def test_equal_runs_are_stored_as_equal_bytes(says: Says) -> None:
    _run("one")
    _run("two", backwards=True)
    for run in ("one", "two"):
        assert (
            says("store", run, "-o", f"{run}.json")[0] == says("store", run, "-o", f"{run}.json.gz")[0] == 0
        )
    first = Path("one.json").read_bytes()
    assert first == Path("two.json").read_bytes() == gzip.decompress(Path("two.json.gz").read_bytes())
    assert Path("one.json.gz").read_bytes() == Path("two.json.gz").read_bytes()
    assert says("store", "one", "-o", "one.json")[0] == 0
    assert Path("one.json").read_bytes() == first


@pytest.mark.parametrize(("lacking", "views"), [({"failed": 1}, 47), ({"missing": 2}, 46)])
def test_a_partial_run_is_stored_on_demand_only(says: Says, lacking: dict[str, int], views: int) -> None:
    _run("run", **lacking)  # type: ignore[arg-type]  # numbers only
    code, out, err = says("store", "run", "-o", "base.json")
    assert (code, out) == (2, "")
    assert "run is partial: views are missing in 1 of its cases, the first of them parts/cup" in err
    assert "--partial" in err
    assert not Path("base.json").exists()
    code, out, err = says("store", "run", "-o", "base.json", "--partial")
    assert (code, err) == (0, "")
    assert f"base.json holds {views} views" in out


def test_a_run_that_left_out_cases_is_stored_on_demand_only(says: Says) -> None:
    _run("whole")
    _run("run", classes=["lid"])
    _leave_out("run", "whole", "cup")
    code, _, err = says("store", "run", "-o", "base.json")
    assert code == 2
    assert "run left out 1 untouched case (--iad-changed-only)" in err
    assert says("store", "run", "-o", "base.json", "--partial")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["store", "nowhere", "-o", "base.json"], "nowhere is not a run directory"),
        (["store", "base.json", "-o", "again.json"], "base.json is not a run directory"),
        (["store", "one", "-o", "base.json/x"], "choose another file with -o FILE"),
        (["compare", "nowhere", "one"], "cannot read the stored run nowhere"),
        (["compare", "one", "nowhere"], "Give a run directory or a file made by: python -m iad_eval store"),
        (["compare", "one/manifest.json", "one"], "give the run's directory, one"),
        (
            ["compare", "one", "other"],
            "no view is in both runs: one holds lvlm on parts/cup, lvlm on parts/lid",
        ),
        (["compare", "one", "one", "--iad-fail-drop", "lit=2"], "there is no class 'lit' here. Did you mean"),
        (["compare", "one", "one", "--iad-fail-drop", "x"], "--iad-fail-drop takes a number from 0 to 100"),
        (["compare", "one", "one", "--iad-undecided", "maybe"], "--iad-undecided takes warn or fail"),
        (["compare", "one", "base.json", "-o", "base.json"], "cannot write the comparison into base.json"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_says_what_to_type(says: Says, arguments: list[str], told: str) -> None:
    _run("one")
    _run("other", dataset="line2")
    assert says("store", "one", "-o", "base.json")[0] == 0
    before = sorted(Path().rglob("*"))
    code, out, err = says(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("iad-eval: ")
    assert told in err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("kinds", [("run", "run"), ("file", "run"), ("run", "file"), ("file", "file")])
def test_runs_and_files_compare_alike(says: Says, kinds: tuple[str, str]) -> None:
    _run("old")
    _run("new", lost=12, asked=WORSE)
    names = [
        name if kind == "run" else f"{name}.json" for name, kind in zip(("old", "new"), kinds, strict=True)
    ]
    for name in ("old", "new"):
        says("store", name, "-o", f"{name}.json")
    code, out, err = says("compare", *names, "--iad-fail-drop", "2", "-o", "told")
    assert (code, err) == (1, "")
    assert f"{names[1]} compared with {names[0]}" in out
    assert _outcomes("told") == {"overall": "worse", "cup": "unchanged", "lid": "worse"}
    lid = next(
        each
        for each in json.loads(Path("told", "comparison.json").read_text())["changes"]
        if (each["class_name"], each["perturbation"]) == ("lid", None)
    )
    assert (lid["before"], lid["after"], lid["newly_wrong"], lid["newly_right"]) == (1.0, 0.5, 12, 0)
    assert (
        lid["p"] == lid["p_holm"] == 2 / 2**12
    )  # the one class that changed; overall is a family of its own
    written = {path.name for path in Path("told").iterdir()}
    assert written == {"comparison.json", "comparison.md", "code-quality.json"}
    assert not Path("new", "comparison.json").exists()


def test_a_run_that_is_compared_has_it_on_its_page(says: Says) -> None:
    _run("old")
    _run("new", lost=12, asked=WORSE)
    code, out, _ = says("compare", "old", "new", "--iad-fail-drop", "2")
    assert code == 1
    assert "new/report.html" in out
    for name in ("comparison.json", "comparison.md", "code-quality.json"):
        assert Path("new", name).is_file()
        assert not Path("old", name).exists()
    page = Path("new", "report.html").read_text()
    assert WORSE in page
    assert "is worse: a drop of 50.0 points" in page


@pytest.mark.parametrize(
    ("options", "lost", "code", "outcomes"),
    [
        ([], 12, 0, {}),
        (["--iad-fail-drop=lid=2"], 12, 1, {"lid": "worse"}),
        (["--iad-fail-drop=lid=90"], 12, 0, {"lid": "no worse"}),
        (
            ["--iad-fail-drop=parts/lid=2", "--iad-fail-drop=each=90"],
            12,
            1,
            {"cup": "unchanged", "lid": "worse"},
        ),
        (
            ["--iad-fail-drop=each=2", "--iad-fail-drop=lid=90"],
            12,
            0,
            {"cup": "unchanged", "lid": "no worse"},
        ),
        (["--iad-fail-drop=lid=2"], 5, 0, {"lid": "undecided"}),  # 2 / 2**5 = 0.0625
        (["--iad-fail-drop=lid=2"], 6, 1, {"lid": "worse"}),  # 2 / 2**6 = 0.03125
        (["--iad-fail-drop=lid=2", "--iad-undecided=fail"], 5, 1, {"lid": "undecided"}),
        (["--iad-min-accuracy=75"], 12, 0, {"overall": "held"}),  # (100 + 50) / 2
        (["--iad-min-accuracy=76"], 12, 1, {"overall": "missed"}),
        (["--iad-max-unreadable=0"], 12, 0, {"overall": "held"}),
    ],
)
def test_the_exit_code_is_that_of_the_gates(
    says: Says, options: list[str], lost: int, code: int, outcomes: dict[str, str]
) -> None:
    _run("old")
    _run("new", lost=lost, asked=WORSE)
    assert says("compare", "old", "new", "-o", "told", *options)[0] == code
    assert _outcomes("told") == outcomes


def test_what_was_left_out_counts_as_it_was_stored(says: Says) -> None:
    _run("old")
    _run("new", lost=12, asked=WORSE, classes=["lid"])
    _leave_out("new", "old", "cup")
    code, out, _ = says("compare", "old", "new", "--iad-fail-drop", "2", "-o", "told")
    assert code == 1
    assert "1 case was not run" in out
    assert _outcomes("told") == {"overall": "worse", "cup": "unchanged", "lid": "worse"}


@pytest.mark.parametrize("is_workflow", [True, False])
def test_a_workflow_is_shown_the_line_of_the_prompt(
    says: Says, monkeypatch: pytest.MonkeyPatch, is_workflow: bool
) -> None:
    if is_workflow:
        monkeypatch.setenv("GITHUB_ACTIONS", "true")
    _run("old")
    _run("new", lost=12, asked=WORSE)
    _, out, _ = says("compare", "old", "new", "--iad-fail-drop", "lid=2", "-o", "told")
    assert (f"::error file=prompts.toml,line={LINE},title=fail-drop[parts-lid-lvlm-q]" in out) == is_workflow
    assert out.count("::error") == is_workflow


def test_a_later_report_keeps_the_comparison_on_the_page(says: Says) -> None:
    _run("old")
    _run("new", lost=12, asked=WORSE)
    says("compare", "old", "new", "--iad-fail-drop", "2")
    assert says("report", "new")[0] == 0
    assert "is worse: a drop of 50.0 points" in Path("new", "report.html").read_text()
