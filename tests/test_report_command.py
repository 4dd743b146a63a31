"""``report RUN`` with its options: what is printed, what is written, what is left as it was."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from observing import view_of

from iad_eval.cli import main
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.words import Case, Json, Observation

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def _run(
    name: str, observations: Sequence[Observation], *, of: str = "cup", asked: int = 4, kind: str = "folder"
) -> RunDirectory:
    """A run of one class of ``mvtec``, an LVLM was to be asked about ``asked`` views."""
    run = RunDirectory(Path(name))
    writer = RunWriter(run, "main")
    for each in observations:
        writer.observe(each)
    writer.close()
    command = ["pytest", "cases", "--iad-class", of]
    manifest: dict[str, Json] = {
        "seed": 0,
        "command_line": command,
        "sessions": [{"started": name, "command_line": command}],
        "configuration": {"datasets": {"mvtec": {"kind": kind}}},
        "cases": entries([PlannedCase(Case("lvlm", "mvtec", of, "original", "oneshot"), asked)]),
    }
    run.write_manifest(manifest)
    return run


def _views(of: str = "cup", stems: Sequence[int] = range(4)) -> list[Observation]:
    """Two good and two bent parts, all judged rightly."""
    asked = {"model": "lvlm", "protocol": "oneshot"}
    return [view_of(f"mvtec/{of}", n, n > 1, answer="Yes." if n > 1 else "No.", **asked) for n in stems]


def _says(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    code = main(["report", *arguments])
    out, err = capture.readouterr()
    return code, " ".join(out.split()), err


def _files(path: Path) -> dict[str, bytes]:
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def test_a_size_need_not_be_named(capsys: Capture) -> None:
    run = _run("run", _views())
    code, out, err = _says(capsys, "run", "--embed")
    assert (code, err) == (0, "")
    assert "run/report.html" in out
    assert 0 < (run.path / "report-embedded.html").stat().st_size <= 20_000_000


def test_a_page_that_cannot_be_as_small_as_asked_is_wrong_use(capsys: Capture) -> None:
    run = _run("run", _views())
    code, out, err = _says(capsys, "run", "--embed", "0.01")
    assert (code, out) == (2, "")
    assert err.startswith("iad-eval: report-embedded.html cannot be kept to 0.01 MB: ")
    assert "type --embed 2 or more; report.html is written" in err
    assert (run.path / "report.html").is_file()
    assert not (run.path / "report-embedded.html").exists()


@pytest.mark.parametrize("typed", ["lots", "run", "0", "nan"])
def test_what_is_no_size_is_said_with_one_that_is(capsys: Capture, typed: str) -> None:
    _run("run", _views())
    with pytest.raises(SystemExit) as ended:
        main(["report", "--embed", typed, "run"])
    assert ended.value.code == 2
    assert f"{typed} is no size: type for example --embed 20" in capsys.readouterr().err


def test_a_page_that_is_none_cannot_be_embedded(capsys: Capture) -> None:
    run = _run("run", _views())
    before = _files(run.path)
    code, out, err = _says(capsys, "run", "--no-page", "--embed")
    assert (code, out, err) == (
        2,
        "",
        "iad-eval: --embed makes a page and --no-page none: type one of them\n",
    )
    assert _files(run.path) == before


def test_without_a_page_the_texts_are_written_and_an_earlier_page_stays(capsys: Capture) -> None:
    run = _run("run", _views())
    assert "report.html" not in _says(capsys, "run", "--no-page")[1]
    assert {"summary.json", "rows.csv", "predictions.csv", "report.md"} < set(_files(run.path))
    assert not (run.path / "figures").exists()
    (run.path / "report.html").write_text("from another day")
    assert "run/report.html" in _says(capsys, "run", "--no-page")[1]
    assert (run.path / "report.html").read_text() == "from another day"


def test_the_papers_figures_stand_in_text_and_file_as_long_as_they_are_asked_for(capsys: Capture) -> None:
    run = _run("run", _views(), kind="mvtec")
    beside = "mvtec beside the paper's Table"
    plain = _says(capsys, "run", "--no-page")[1]
    assert beside not in plain
    code, out, _ = _says(capsys, "run", "--no-page", "--vs-paper")
    assert code == 0
    assert beside in out
    assert f"## {beside}" in (run.path / "report.md").read_text()
    assert _says(capsys, "run", "--no-page")[1] == plain
    assert beside not in (run.path / "report.md").read_text()


def test_parquet_without_pyarrow_says_what_to_type_and_keeps_the_other_files(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    run = _run("run", _views())
    code, out, err = _says(capsys, "run", "--no-page", "--parquet")
    assert (code, out) == (2, "")
    assert err == (
        "iad-eval: predictions.parquet is written by pyarrow, which is not installed: "
        "pip install 'iad-eval[parquet]'\n"
    )
    assert {"summary.json", "rows.csv", "predictions.csv", "report.md"} < set(_files(run.path))
    assert not list(run.path.rglob("*.parquet"))


def test_a_verbose_report_has_more_tables_and_does_not_tell_to_be_verbose(capsys: Capture) -> None:
    _run("run", _views())
    short, long = (_says(capsys, "run", "--no-page", *more)[1] for more in ((), ("-v",)))
    for words in ("mvtec, lvlm (oneshot): class by class", "What an image costs"):
        assert words in long
        assert words not in short
    assert "python -m iad_eval report run -v" in short
    assert "report run -v" not in long


def test_a_folder_that_is_no_run_is_left_as_it_is(capsys: Capture, tmp_path: Path) -> None:
    Path("photographs").mkdir()
    Path("photographs/000.png").touch()
    code, out, err = _says(capsys, "photographs", "--embed", "--parquet", "-v")
    assert (code, out) == (2, "")
    assert err.startswith(
        "iad-eval: photographs is not a run directory: it has no manifest.json. Runs lie in"
    )
    assert list(_files(tmp_path)) == ["photographs/000.png"]


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "cannot read run/manifest.json: "), ("[]", "run/manifest.json is not the manifest of a run")],
)
def test_a_damaged_manifest_is_named(capsys: Capture, content: str, says: str) -> None:
    _run("run", _views()).manifest_path.write_text(content)
    code, out, err = _says(capsys, "run")
    assert (code, out) == (2, "")
    assert says in err


def test_an_unfinished_run_says_what_is_missing_and_how_to_ask_for_it(capsys: Capture) -> None:
    run = _run("run", _views(stems=[0, 2, 3]))
    shard = next(run.observations_folder.iterdir())
    shard.write_bytes(
        shard.read_bytes() + b'{"sample": "mvtec/cup/test/good/0'
    )  # killed in the middle of a line
    code, out, _ = _says(capsys, "run", "--no-page")
    assert code == 1
    assert "3 of 4 views observed, 0 unreadable, 0 failed. This report is partial: 1 view missing." in out
    assert "pytest cases --iad-class cup --iad-run run" in out


def test_a_run_that_was_killed_before_its_first_view_is_reported(capsys: Capture) -> None:
    run = _run("run", [])
    code, out, err = _says(capsys, "run")
    assert (code, err) == (1, "")
    assert "Nothing was observed." in out
    assert "0 of 4 views observed" in out
    assert json.loads((run.path / "summary.json").read_text())["rows"] == []
    assert (run.path / "report.html").is_file()


def test_a_merged_run_that_misses_views_names_the_command_of_each_part(capsys: Capture) -> None:
    _run("a", _views(stems=[0, 1, 2]))
    _run("b", _views("lid"), of="lid")
    assert main(["merge", "a", "b", "-o", "all"]) == 0
    capsys.readouterr()
    code, out, _ = _says(capsys, "all", "--no-page")
    assert code == 1
    assert "7 of 8 views observed" in out
    for name in ("cup", "lid"):
        assert f"pytest cases --iad-class {name} --iad-run all" in out
    _run("c", _views(stems=[3]))
    assert main(["merge", "c", "-o", "all"]) == 0
    capsys.readouterr()
    assert _says(capsys, "all", "--no-page")[0] == 0
