"""Scores of another tool, through whole sessions: ``--iad-model scores:FILE``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import RunPytest, observed

from iad_eval.cli import main

Latest = Callable[[str], Any]

SCORES = "scores:out/other tool.csv"
VIEWS = ("original", "rotated", "padded", "timestamp")


@pytest.fixture
def file(pytester: pytest.Pytester, parts: Path) -> Path:
    """A template of the parts, filled in: defects score higher, each row has a score of its own."""
    path = pytester.path / "out" / "other tool.csv"
    assert main(["export-scores", f"folder:{parts}", "-o", str(path)]) == 0
    with path.open(newline="") as read:
        rows = list(csv.DictReader(read))
    lines = [
        f"{row['sample']},{row['perturbation']},{number / 100 + ('hole' in row['sample'])}"
        for number, row in enumerate(rows)
    ]
    path.write_text("\n".join(["sample,perturbation,score", *lines]))
    return path


def change(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


def without(file: Path, *words: str) -> None:
    lines = file.read_text().splitlines()
    file.write_text("\n".join(line for line in lines if not any(word in line for word in words)))


def told(result: pytest.RunResult) -> str:
    return f"{result.stdout.str()} {result.stderr.str()}"


def test_a_whole_file_is_a_model_in_every_world(
    run_pytest: RunPytest, file: Path, world: tuple[str, ...], latest: Latest
) -> None:
    result = run_pytest("--iad-model", SCORES, *world)
    result.assert_outcomes(passed=8)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*48 of 48 views observed, 0 unreadable, 0 failed.*"])
    rows = latest("summary.json")["rows"]
    assert {row["model"] for row in rows} == {SCORES}
    assert {row["auroc"] for row in rows} == {1.0}
    assert {row["threshold"] for row in rows} == {"max", "p90", "p80"}
    assert latest("manifest.json")["configuration"]["models"][SCORES]["file"] == "out/other tool.csv"


def test_a_case_is_selected_by_the_files_name(run_pytest: RunPytest, file: Path) -> None:
    for path, *workers in ((str(file),), ("out/../out/other tool.csv", "-n2")):
        result = run_pytest("--iad-model", f"scores:{path}", "-k", "cup and rotated and tool", "-v", *workers)
        result.assert_outcomes(passed=1)
        assert f"folder-cup-rotated-scores:{path}]" in told(result)


def test_a_run_goes_out_into_a_file_and_comes_back_with_the_same_numbers(
    run_pytest: RunPytest, pytester: pytest.Pytester
) -> None:
    run_pytest("--iad-model", "patch-knn", "--iad-run", "knn").assert_outcomes(passed=8)
    command = ["export-scores", "--from", "knn", "--model", "patch-knn", "-o", "knn.csv"]
    assert main(command) == 0
    run_pytest("--iad-model", "scores:knn.csv", "--iad-run", "again", "-n2").assert_outcomes(passed=8)

    def summary(run: str, model: str) -> list[dict[str, Any]]:
        rows = json.loads((pytester.path / run / "summary.json").read_text())["rows"]
        return [{**row, "model": ""} for row in rows if row["model"] == model]

    first, second = summary("knn", "patch-knn"), summary("again", "scores:knn.csv")
    assert first == second
    assert len(first) == 3 * 4 * 3
    assert all(row["threshold_value"] is not None for row in first if row["class_name"])


def test_the_predictions_of_a_run_are_a_file_of_scores(
    run_pytest: RunPytest, pytester: pytest.Pytester
) -> None:
    run_pytest("--iad-model", "patch-knn", "--iad-run", "knn")
    result = run_pytest("--iad-model", "scores:knn/predictions.csv", "--iad-run", "again")
    result.assert_outcomes(passed=8, warnings=1)
    auroc = [
        {
            (row["class_name"], row["perturbation"]): row["auroc"]
            for row in json.loads((pytester.path / run / "summary.json").read_text())["rows"]
        }
        for run in ("knn", "again")
    ]
    assert auroc[0] == auroc[1]


def test_without_training_scores_auroc_is_told_and_how_to_get_thresholds(
    run_pytest: RunPytest, file: Path, latest: Latest, world: tuple[str, ...]
) -> None:
    without(file, "/train/")
    result = run_pytest("--iad-model", SCORES, *world)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*no training scores of folder/cup, folder/lid*no thresholds*"])
    assert told(result).count("has no training scores") == 1
    rows = latest("summary.json")["rows"]
    assert {(row["threshold"], row["auroc"], row["accuracy"]) for row in rows} == {(None, 1.0, None)}
    assert run_pytest("--iad-model", SCORES, *world).ret == 0  # from the cache


def test_training_scores_may_be_added_to_a_run(run_pytest: RunPytest, file: Path, latest: Latest) -> None:
    whole = file.read_text()
    without(file, "cup/train/good/001")
    command = ("--iad-model", SCORES, "--iad-run", "runs/one")
    result = run_pytest(*command)
    result.assert_outcomes(passed=4, failed=4)
    assert (
        "no score for 1 of 3 training photographs of folder/cup: folder/cup/train/good/001 (no row)"
        in told(result)
    )
    result.stdout.fnmatch_lines(["*48 of 48 views observed*"])
    file.write_text(whole)
    run_pytest(*command).assert_outcomes(passed=8)
    assert {row["threshold"] for row in latest("summary.json")["rows"]} == {"max", "p90", "p80"}


def test_missing_scores_cost_their_own_views_and_are_named_once(
    run_pytest: RunPytest, file: Path, world: tuple[str, ...]
) -> None:
    without(file, "cup/test/hole/001,original", "cup/test/hole/002,original")
    change(file, ("lid/test/good/000,rotated,", "lid/test/good/000,rotated,nan#"))
    lines = file.read_text().splitlines()
    line = 1 + next(number for number, text in enumerate(lines) if "nan#" in text)
    result = run_pytest("--iad-model", SCORES, *world)
    result.assert_outcomes(passed=6, failed=2)
    result.stdout.fnmatch_lines(
        ["*2 of 6 views could not be observed*", "*45 of 48 views observed*3 failed*"]
    )
    text = told(result)
    assert text.count("no score for 2 of 6 photographs of folder/cup under original") == 1
    assert "folder/cup/test/hole/001 (no row), folder/cup/test/hole/002 (no row)" in text
    assert f"folder/lid/test/good/000 (line {line}: 'nan#" in text


def test_a_view_that_the_file_knows_nothing_of_fails_with_one_sentence(
    run_pytest: RunPytest, file: Path
) -> None:
    without(file, ",padded,", "folder/lid")
    result = run_pytest("--iad-model", SCORES)
    result.assert_outcomes(passed=3, failed=5)
    text = told(result)
    assert text.count("has no row of folder/cup under padded: it has rows under original, rotated") == 1
    assert text.count("has no row of folder/lid; it has rows of folder/cup") == 4
    assert text.count("6 of 6 views could not be observed") == 5


def test_a_photograph_that_the_dataset_lacks_fails_its_class_alone_also_in_a_limited_session(
    run_pytest: RunPytest, file: Path
) -> None:
    limited = ("--iad-model", SCORES, "--iad-limit", "1")
    run_pytest(*limited).assert_outcomes(passed=8)
    change(file, ("cup/test/hole/000,rotated", "cup/test/hole/00,rotated"))
    for more in ((), ("--iad-limit", "1")):
        result = run_pytest("--iad-model", SCORES, *more)
        result.assert_outcomes(passed=7, failed=1)
        assert "1 photograph (rotated) that the dataset does not have: folder/cup/test/hole/00 (line" in told(
            result
        )


def test_a_changed_row_asks_its_own_view_again_and_nothing_else(
    run_pytest: RunPytest, file: Path, pytester: pytest.Pytester
) -> None:
    run_pytest("--iad-model", SCORES, "--iad-run", "one", "--iad-limit", "2").assert_outcomes(passed=8)
    run_pytest("--iad-model", SCORES, "--iad-run", "two").assert_outcomes(passed=8)
    change(file, ("folder/cup/test/good/000,rotated,", "folder/cup/test/good/000,rotated,7"))
    run_pytest("--iad-model", SCORES, "--iad-run", "three").assert_outcomes(passed=8)
    one, two, three = (
        {(each["sample"], each["perturbation"]): each["at"] for each in observed(pytester.path / run)}
        for run in ("one", "two", "three")
    )
    assert (len(one), len(two)) == (32, 48)
    assert one.items() <= two.items()  # the limited session's answers were found again
    again = {view for view, at in three.items() if at != two[view]}
    assert again == {("folder/cup/test/good/000", "rotated")}
    result = run_pytest("--iad-model", SCORES, "--iad-run", "two")
    result.assert_outcomes(passed=7, failed=1)
    assert "Choose another --iad-run" in told(result)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read out/uniad.csv: No such file or directory"),
        ("sample,value\n", "out/uniad.csv has no column 'score'"),
        ("sample,score\n000.png,1\n", "out/uniad.csv has 1 row that cannot be used: line 2: '000.png'"),
        (
            "sample,score,model\nf/c/test/good/1,1,a\nf/c/test/good/1,1,b\n",
            "holds rows of 2 models (a, b) in its column 'model'; keep the rows of one",
        ),
    ],
)
def test_a_file_that_cannot_be_used_ends_the_session_before_it_begins(
    run_pytest: RunPytest, pytester: pytest.Pytester, content: str | None, says: str
) -> None:
    if content is not None:
        (pytester.path / "out").mkdir()
        (pytester.path / "out" / "uniad.csv").write_text(content)
    result = run_pytest("--iad-model", "scores:out/uniad.csv", "-p", "no:xdist")
    assert result.ret == 2
    assert says in told(result)
    assert "Traceback" not in told(result)
    assert not list(pytester.path.glob("runs/*/observations"))


def test_all_worlds_refuse_alike(run_pytest: RunPytest, world: tuple[str, ...]) -> None:
    result = run_pytest("--iad-model", "scores:nowhere.csv", *world)
    assert result.ret == 2
    assert told(result).count("cannot read nowhere.csv: No such file or directory") == 1
    assert "Traceback" not in told(result)


def test_the_family_alone_says_what_follows_the_colon(run_pytest: RunPytest) -> None:
    result = run_pytest("--iad-model", "scores:", "-p", "no:xdist")
    assert result.ret == 2
    assert "--iad-model scores: says nothing after the colon" in told(result)
