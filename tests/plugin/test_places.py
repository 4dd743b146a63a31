"""Where sessions write, whatever things are called and however many there are at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from driving import CASE_FILE, RunPytest, observed
from parts import write_parts

COMPLETE = {"unreadable": 0, "failed": 0}


def _completeness(run: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((run / "summary.json").read_text())["completeness"]
    return found


def test_the_latest_run_can_be_continued_by_that_name(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    run_pytest("-k", "cup", *world)
    assert run_pytest("--iad-run", "runs/latest", *world).ret == 0
    runs = pytester.path / "runs"
    [run] = [path for path in runs.iterdir() if not path.is_symlink()]
    assert (runs / "latest").resolve() == run
    assert _completeness(run) == {"asked": 48, "observed": 48, **COMPLETE}


def test_names_of_any_letters_in_folders_of_any_letters(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    write_parts(pytester.path / "odd", ("tête", "a b", "x::y[1]-original-oracle", "back\\slash", "l" * 150))
    folder = pytester.path / "li[n]e 1" / "cases"
    folder.mkdir(parents=True)
    (pytester.path / "test_cases.py").rename(folder / "test_odd.py")
    (folder / "conftest.py").write_text(
        "def pytest_generate_tests(metafunc):\n    metafunc.parametrize('last', ['[-', 'ä'])"
    )
    (folder / "test_odd.py").write_text(
        "import pytest\n@pytest.mark.parametrize('first', [1])\nclass TestOdd:\n"
        "    def test_detection(self, first, iad_case, last):\n        iad_case.check()\n"
        "    def test_nothing(self, first, last): pass\n"
    )
    result = run_pytest("--iad-dataset", "folder:odd", "--iad-run", "run", *world)
    result.assert_outcomes(passed=5 * 4 * 2 + 2)
    assert _completeness(pytester.path / "run") == {"asked": 120, "observed": 120, **COMPLETE}


OWN_MODEL = """
from iad_eval.predictors import ModelEntry
from iad_eval.predictors.floors import Constant

def pytest_iad_models():
    return [ModelEntry("own", lambda name, context: Constant(name, "Yes."))]
"""


def test_workers_observe_nothing_that_the_leading_process_did_not_plan(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    (pytester.path / "deeper").mkdir()
    (pytester.path / "test_cases.py").rename(pytester.path / "deeper" / "test_cases.py")
    (pytester.path / "deeper" / "conftest.py").write_text(OWN_MODEL)
    command = ["--iad-model", "own", "--iad-run", "run", "--iad-perturbation", "original"]
    result = run_pytest(*command, "-n2")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*leading process did not plan*root directory's conftest.py*"])
    assert not (pytester.path / "run").exists()
    assert run_pytest(*command, "-n2", "deeper").ret == 0
    assert _completeness(pytester.path / "run") == {"asked": 12, "observed": 12, **COMPLETE}


def test_a_dataset_that_the_leading_process_does_not_know(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    (pytester.path / "deeper").mkdir()
    (pytester.path / "test_cases.py").rename(pytester.path / "deeper" / "test_cases.py")
    (pytester.path / "deeper" / "conftest.py").write_text(
        "from pathlib import Path\n"
        "from iad_eval.datasets import DatasetEntry\n"
        "from iad_eval.datasets.folder import Folder\n"
        "def pytest_iad_datasets():\n"
        "    return [DatasetEntry('line', lambda spec, _: Folder(spec.name, Path('parts').resolve()))]\n"
    )
    result = run_pytest("--iad-dataset", "line", "-n2")
    assert result.ret == 2
    text = result.stdout.str() + result.stderr.str()
    assert "unknown dataset 'line'" in text
    assert "INTERNALERROR" not in text


def test_a_model_s_settings_may_hold_tuples(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makeconftest(
        OWN_MODEL.replace(
            "def ", "class Sized(Constant):\n    def describe(self): return {'size': (2, 3)}\n\ndef "
        ).replace("Constant(name", "Sized(name")
    )
    for _ in range(2):
        assert run_pytest("--iad-model", "own", "--iad-run", "run").ret == 0


def test_two_sessions_at_once_share_a_run_and_lose_nothing(pytester: pytest.Pytester, parts: Path) -> None:
    pytester.makepyfile(test_cases=CASE_FILE)
    command = [sys.executable, "-m", "pytest", "--iad-dataset", "folder:parts", "--iad-run", "run"]
    selections = [["-k", f"{part} and {view}"] for part in ("cup", "lid") for view in ("original", "padded")]
    sessions = [
        subprocess.Popen([*command, "--iad-model", "oracle", *chosen], stdout=subprocess.DEVNULL)
        for chosen in selections
    ]
    for session in sessions:
        session.wait(60)
    run = pytester.path / "run"
    assert len(json.loads((run / "manifest.json").read_text())["cases"]) == len(sessions)
    assert len(observed(run)) == 24


def test_damaged_lines_are_passed_over(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    assert run_pytest("--iad-run", "run", *world).ret == 0
    for shard in [*pytester.path.glob("run/*/*.jsonl"), *pytester.path.glob(".iad_cache/**/*.jsonl")]:
        first, *others = shard.read_bytes().splitlines(keepends=True)
        shard.write_bytes(b'{}\n{"key": "x"}\n[1]\n\0\0\xff\n' + first[:-9] + b"\n" + b"".join(others))
    for run in ("run", "again"):
        assert run_pytest("--iad-run", run, *world).ret == 0
        assert _completeness(pytester.path / run) == {"asked": 48, "observed": 48, **COMPLETE}


def test_a_damaged_manifest_is_named(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    (pytester.path / "run").mkdir()
    for text in ('{"cases": [{"model": "m"}]}', '{"cases": [', ""):
        (pytester.path / "run" / "manifest.json").write_text(text)
        result = run_pytest("--iad-run", "run")
        assert result.ret == 2
        text = result.stdout.str() + result.stderr.str()
        assert "manifest.json" in text
        assert "INTERNALERROR" not in text


def test_a_run_does_not_answer_for_photographs_that_are_gone(
    parts: Path, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    command = ["--iad-model", "always-normal", "--iad-run", "run", "--iad-perturbation", "original", *world]
    run_pytest(*command)
    (parts / "cup" / "test" / "good" / "001.png").unlink()
    result = run_pytest(*command)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*folder/cup/test/good/001*no longer has*Choose another --iad-run*"])


def test_the_cache_may_lie_in_the_home_folder(
    pytester: pytest.Pytester, run_pytest: RunPytest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(pytester.path / "home"))
    assert run_pytest("--iad-cache=~/cache").ret == 0
    assert (pytester.path / "home" / "cache" / "answers").is_dir()


def test_models_that_only_a_fixture_reached_for_are_closed(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    pytester.makeconftest(
        OWN_MODEL.replace(
            "def ", "class Closing(Constant):\n    def close(self): print('put', 'away')\n\ndef "
        ).replace("Constant(name", "Closing(name")
    )
    pytester.makepyfile(
        test_cases="""
        import pytest
        from iad_eval.errors import UsageError

        def test_model(iad_models):
            assert iad_models("own").name == "own"
            with pytest.raises(UsageError, match="unknown model of this session 'oracle'"):
                iad_models("oracle")
        """
    )
    result = run_pytest("--iad-model", "own", "-s")
    result.assert_outcomes(passed=1)
    assert result.stdout.str().count("put away") == 1
    assert not (pytester.path / "runs").exists()
