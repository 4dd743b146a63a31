"""Wrong use ends with exit code 2 and a text that says what was seen, expected, and to type next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from driving import RunPytest
from PIL import Image


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--iad-class", "cop"], "*unknown class 'cop'. Did you mean 'cup'?*--iad-class*"),
        (["--iad-model", "orakel"], "*unknown model 'orakel'. Did you mean 'oracle'?*--iad-model*"),
        (["--iad-perturbation", "rotatd"], "*unknown perturbation 'rotatd'. Did you mean 'rotated'*"),
        (["--iad-dataset", "mvtek:x"], "*unknown dataset 'mvtek'. Did you mean 'mvtec'?*"),
        (["--iad-dataset", "mvtec"], "*dataset 'mvtec' needs the folder it lies in*mvtec:PATH*"),
        (["--iad-dataset", "mvtec:nowhere"], "*nowhere*"),
        (["--iad-dataset", "synthetic:x"], "*takes a whole number as its seed*"),
        (["--iad-limit", "few"], "*--iad-limit takes a whole number, not 'few'*"),
        (["--iad-protocol", "zeroshot"], "*none of the models (oracle) has protocols*"),
    ],
)
def test_options(run_pytest: RunPytest, options: list[str], says: str) -> None:
    result = run_pytest("-p", "no:xdist", *options)
    assert result.ret == 2
    result.stdout.fnmatch_lines([says])
    assert "Traceback" not in result.stdout.str()


def test_all_worlds_refuse_alike(run_pytest: RunPytest, world: tuple[str, ...]) -> None:
    result = run_pytest("--iad-model", "orakel", *world)
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*unknown model 'orakel'. Did you mean 'oracle'?*--iad-model*"])
    errors = [line for line in result.outlines if line.startswith("iad-eval: unknown model")]
    assert len(errors) == 1  # two workers meet it, a person reads it once


def test_an_unwritable_run_directory(run_pytest: RunPytest, parts: Path, world: tuple[str, ...]) -> None:
    (parts / "file").write_text("in the way")
    result = run_pytest("--iad-run", "parts/file/run", *world)
    assert result.ret == 2
    text = result.stdout.str() + result.stderr.str()
    assert "cannot write the run directory" in text
    assert "--iad-run DIR" in text


def test_the_latest_run_where_there_is_none(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    result = run_pytest("--iad-run", "runs/latest")
    assert result.ret == 2
    assert "there is no run yet that" in result.stdout.str() + result.stderr.str()
    assert not (pytester.path / "runs").exists()


def test_a_model_that_cannot_be_opened(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makeconftest(
        """
        from iad_eval.predictors import ModelEntry

        def pytest_iad_models():
            return [ModelEntry("engine", lambda name, context: 1 / 0)]
        """
    )
    result = run_pytest("--iad-model", "engine")
    assert result.ret == 2
    text = result.stdout.str() + result.stderr.str()
    assert "model engine cannot be opened: ZeroDivisionError: division by zero" in text


def test_an_unwritable_cache(run_pytest: RunPytest, parts: Path, world: tuple[str, ...]) -> None:
    (parts / "file").write_text("in the way")
    result = run_pytest("--iad-cache", "parts/file/cache", *world)
    assert result.ret == 2
    text = result.stdout.str() + result.stderr.str()
    assert "choose a writable folder with --iad-cache DIR" in text


def test_a_run_directory_of_another_configuration(run_pytest: RunPytest, world: tuple[str, ...]) -> None:
    assert run_pytest("--iad-run", "run", "--iad-limit", "1", "--iad-seed", "1").ret == 0
    result = run_pytest("--iad-run", "run", "--iad-limit", "2", *world)
    assert result.ret == 2
    text = result.stdout.str() + result.stderr.str()
    assert "limit is 1 there and 2 here; seed is 1 there and 0 here" in text
    assert "Choose another --iad-run" in text


def test_an_empty_class(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    for path in (pytester.path / "parts" / "cup" / "test").rglob("*.png"):
        path.unlink()
    result = run_pytest()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*cup*no test*"])


def test_a_class_without_training_images_fails_alone(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    for path in (pytester.path / "parts" / "cup" / "train").rglob("*.png"):
        path.unlink()
    result = run_pytest("--iad-model", "patch-knn", "--iad-perturbation", "original")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*6 of 6 views could not be observed*", "*folder/cup*patch-knn*train*"])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes(b""), "*empty*"),
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "*truncated*"),
        (lambda path: path.write_text("a text"), "*not an image*"),
    ],
    ids=["empty", "truncated", "text"],
)
def test_a_damaged_photograph_costs_its_own_views_only(
    parts: Path, run_pytest: RunPytest, damage: Callable[[Path], object], says: str
) -> None:
    photo = parts / "cup" / "test" / "hole" / "001.png"
    intact = photo.read_bytes()
    damage(photo)
    command = ["--iad-perturbation", "original", "--iad-run", "run"]
    result = run_pytest(*command)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*1 of 6 views could not be observed*", "*folder/cup/test/hole/001*" + says])
    result.stdout.fnmatch_lines(["*11 of 12 views observed*1 failed*"])
    photo.write_bytes(intact)
    run_pytest(*command, "-n2").assert_outcomes(passed=2)


def test_a_mask_of_another_size(parts: Path, run_pytest: RunPytest) -> None:
    mask = parts / "cup" / "ground_truth" / "hole" / "001_mask.png"
    Image.new("L", (5, 7), 255).save(mask)
    result = run_pytest("--iad-perturbation", "original")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*folder/cup/test/hole/001*5*7*24*24*"])
