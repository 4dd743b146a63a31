"""A run directory: its name, its circumstances, what may be added to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from iad_eval.errors import UsageError
from iad_eval.run import (
    PlannedCase,
    RunDirectory,
    entries,
    give_back,
    new_run_path,
    point_latest,
    refuse_other_configuration,
)
from iad_eval.words import Case, Json


def test_each_run_has_a_directory_of_its_own(tmp_path: Path) -> None:
    first = new_run_path(tmp_path)
    second = new_run_path(tmp_path)
    assert first.parent == tmp_path / "runs"
    assert first != second
    give_back(first)
    assert not first.exists()
    (second / "manifest.json").touch()
    give_back(second)
    assert second.exists()


def test_latest_points_at_the_newest(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name in ("a", "b"):
        (runs / name).mkdir(parents=True)
        point_latest(runs / name)
        assert (runs / "latest").resolve() == runs / name


def test_latest_takes_the_place_of_nothing_but_a_link(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    (runs / "a").mkdir(parents=True)
    (runs / "latest").write_text("a person's own")
    point_latest(runs / "a")
    assert (runs / "latest").read_text() == "a person's own"


def test_a_run_elsewhere_leaves_no_link_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    point_latest(tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_planned_cases_return_from_the_manifest(tmp_path: Path) -> None:
    planned = [PlannedCase(Case("m", "d", "c", "original", None), 3)]
    run = RunDirectory(tmp_path / "new")
    assert run.planned() == []
    run.write_manifest({"cases": entries(planned)})
    assert run.planned() == planned


def test_what_differs_is_named() -> None:
    stored: dict[str, Json] = {"seed": 0, "models": {"m": {"size": 160, "k": 1}}, "limit": None}
    asked: dict[str, Json] = {"seed": 1, "models": {"m": {"size": 160, "k": 2}}, "limit": None}
    refuse_other_configuration(Path("r"), stored, stored)
    with pytest.raises(
        UsageError, match=r"models\.m\.k is 1 there and 2 here; seed is 0 there and 1 here.*--iad-run"
    ):
        refuse_other_configuration(Path("r"), stored, asked)


def test_a_directory_that_is_no_run_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no manifest\.json.*runs/latest"):
        RunDirectory(tmp_path).require_a_run()
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(UsageError, match="cannot read"):
        RunDirectory(tmp_path).manifest()
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(UsageError, match="not the manifest of a run"):
        RunDirectory(tmp_path).manifest()


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UsageError, match=r"cannot write the run directory .*choose a writable one with --iad-run"
    ):
        RunDirectory(tmp_path / "file" / "run").write_manifest({})
