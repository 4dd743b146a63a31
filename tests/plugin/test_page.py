"""A session ends with a page and its pictures, in every world, also where nobody had to be asked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from driving import RunPytest, observed

from iad_eval.pictures import outline_path, picture_path

TWO_VIEWS = ("--iad-perturbation", "original", "--iad-perturbation", "rotated")


def _pictured(run: Path) -> set[tuple[str, str]]:
    views = {(each["sample"], each["perturbation"]) for each in observed(run)}
    return {view for view in views if picture_path(run, *view).is_file()}


def test_a_session_ends_with_page_figures_and_pictures(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    result = run_pytest(*world, *TWO_VIEWS, "--iad-page", "yes", "--iad-model", "patch-knn")
    result.assert_outcomes(passed=4)
    run = (pytester.path / "runs" / "latest").resolve()
    assert len(_pictured(run)) == 24
    holed = "folder/cup/test/hole/000"
    assert outline_path(run, holed, "rotated").is_file()
    assert picture_path(run, "folder/cup/train/good/000", "original").is_file(), "the reference"
    page = (run / "report.html").read_text()
    assert "patch-knn" in page
    drawn = {path.stem for path in (run / "figures").glob("*.svg")}
    assert "folder-accuracy-by-view" in drawn
    assert drawn == {path.stem for path in (run / "figures").glob("*.png")}
    assert result.stdout.str().count("report.html") == 1


def test_answers_from_the_cache_have_their_pictures_too(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    run_pytest(*TWO_VIEWS, "--iad-run", "one").assert_outcomes(passed=4)
    assert not (pytester.path / "one" / "pictures").exists()
    assert not (pytester.path / "one" / "report.html").exists()
    for name in ("two", "three"):
        run_pytest(*TWO_VIEWS, "--iad-page", "yes", "--iad-run", name).assert_outcomes(passed=4)
        assert len(_pictured(pytester.path / name)) == 24


def test_merged_runs_have_one_page_with_all_pictures(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    for name in ("cup", "lid"):
        run_pytest(*TWO_VIEWS, "--iad-page", "yes", "--iad-class", name, "--iad-run", name)
    command = (sys.executable, "-m", "iad_eval")
    assert pytester.run(*command, "merge", "cup", "lid", "-o", "whole").ret == 0
    shown = pytester.run(*command, "report", "whole")
    assert shown.ret == 0
    assert len(_pictured(pytester.path / "whole")) == 24
    assert (pytester.path / "whole" / "report.html").is_file()


def test_a_partial_run_says_so_on_its_page(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    broken = pytester.path / "parts" / "cup" / "test" / "good" / "001.png"
    broken.write_bytes(b"no image")
    run_pytest(*TWO_VIEWS, "--iad-page", "yes", "--iad-run", "one")
    page = (pytester.path / "one" / "report.html").read_text()
    assert "This report is partial: 2 views missing." in page
