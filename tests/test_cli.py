"""The commands that need no pytest: what they print, what they return."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from parts import write_parts
from PIL import Image
from real_data import mvtec

from iad_eval.cli import main
from iad_eval.drawing import ClassEntry, catalogue
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.words import Case, Json, Observation

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


def _run(path: Path, answers: Sequence[str | None], *, seed: int = 0) -> Path:
    """A run of one class, its first half good, the rest holed; None was never answered."""
    run = RunDirectory(path)
    planned = PlannedCase(Case("lvlm", "parts", "cup", "original", "oneshot"), len(answers))
    configuration: dict[str, Json] = {"seed": seed}
    run.write_manifest({"seed": seed, "configuration": configuration, "cases": entries([planned])})
    writer = RunWriter(run, "main")
    for number, answer in enumerate(answers):
        holed = number >= len(answers) / 2
        defect = "hole" if holed else "good"
        asked = (f"parts/cup/test/{defect}/{number:03d}", "parts", "cup", defect, holed, "original", "lvlm")
        if answer is not None:
            said = Observation(*asked, "oneshot", None, answer, 0.1, None, None, f"key{number}")
            writer.observe(said)
    writer.close()
    return path


def _says(capture: Capture, *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    out, err = capture.readouterr()
    return code, out, err


def _overall(run: Path) -> dict[str, object]:
    summary = json.loads((run / "summary.json").read_text())
    (row,) = (row for row in summary["rows"] if row["class_name"] is None)
    return {**row, **summary["completeness"]}


def test_a_clean_dataset_is_fine(tmp_path: Path, capsys: Capture) -> None:
    write_parts(tmp_path / "parts")
    code, out, err = _says(capsys, "check-data", "folder:parts")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["cup"], ["lid"])]
    assert rows == [["cup", "3", "3", "3", "0"], ["lid", "3", "3", "3", "0"]]
    assert "No published counts to compare with." in out
    assert out.rstrip().endswith("folder: 24 files read, 0 findings.")


def test_findings_are_listed_with_place_problem_and_remedy(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    write_parts(tmp_path / "parts")
    (tmp_path / "parts" / "cup" / "test" / "good" / "001.png").write_bytes(b"")
    Image.new("L", (24, 24)).save(tmp_path / "parts" / "lid" / "ground_truth" / "hole" / "002_mask.png")
    code, out, _ = _says(capsys, "check-data", "line3=folder:parts")
    assert code == 1
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["cup"], ["lid"])]
    assert rows[:2] == [["cup", "3", "3", "3", "1!"], ["lid", "3", "3", "3", "1!"]]
    for words in ("an empty file (0 bytes)", "the mask marks nothing", "put an intact copy in its place"):
        assert words in out
    assert out.rstrip().endswith("line3: 24 files read, 2 findings.")


@pytest.mark.parametrize("columns", [80, 160])
def test_the_table_fits_the_terminal_without_codes(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    write_parts(tmp_path / "parts")
    (tmp_path / "parts" / "cup" / "test" / "good" / "001.png").write_bytes(b"")
    _, out, _ = _says(capsys, "check-data", "mvtec:parts")
    assert max(map(len, out.splitlines())) <= columns
    assert "\x1b" not in out
    for words in (
        "class",
        "train",
        "test normal",
        "test anomalous",
        "findings",
        "what is wrong",
        "what to do",
    ):
        assert words in " ".join(out.split())


def test_the_real_bottles_miss_some_training_photographs(capsys: Capture) -> None:
    code, out, _ = _says(capsys, "check-data", f"mvtec:{mvtec()}")
    assert code == 1
    words = " ".join(out.split())
    assert "bottle 90 / 209! 20 / 20 63 / 63 1!" in words
    assert "90 train photographs, published are 209 unpack it again" in words
    assert out.rstrip().endswith("mvtec: 236 files read, 1 finding.")


def test_good_folders_are_named_for_a_check(tmp_path: Path, capsys: Capture) -> None:
    root = write_parts(tmp_path / "parts", ("cup",))
    for split in ("train", "test"):
        (root / "cup" / split / "good").rename(root / "cup" / split / "ok")
    code, out, _ = _says(capsys, "check-data", "folder:parts")
    assert code == 1
    assert "--iad-good" in out
    assert _says(capsys, "check-data", "folder:parts", "--iad-good", "ok")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check-data", "mvtek:x"], "unknown dataset 'mvtek'. Did you mean 'mvtec'?"),
        (["check-data", "mvtec"], "needs the folder it lies in: type mvtec:PATH"),
        (["check-data", "mvtec:nowhere"], "nowhere does not exist; type mvtec:PATH"),
        (["check-data", "visa:file"], "file is a file"),
        (["check-data", "/data/mvtec"], "type for example mvtec:data/mvtec"),
        (["check-data", "synthetic:x"], "takes a whole number as its seed"),
        (["report", "nowhere"], "nowhere is not a run directory: it has no manifest.json. Runs lie in runs/"),
        (["report", "file"], "file is not a run directory"),
        (["merge", "run", "nowhere", "-o", "all"], "nowhere is not a run directory"),
        (["merge", "run", "-o", "file/all"], "cannot write the merged run file/all"),
        (["merge", "run", "other", "-o", "all"], "seed is 0 there and 1 here"),
        (["draw-data", "run"], "run is not empty; name a new folder"),
        (["draw-data", "file"], "file is a file; name a new folder"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_says_what_was_seen_and_what_to_type(
    tmp_path: Path, capsys: Capture, arguments: list[str], says: str
) -> None:
    (tmp_path / "file").touch()
    _run(tmp_path / "run", ["No."])
    _run(tmp_path / "other", ["No."], seed=1)
    before = sorted(tmp_path.rglob("*"))
    code, out, err = _says(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("iad-eval: ")
    assert says in err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [[], ["check-date"], ["check-data"], ["merge", "a"], ["report"], ["draw-data", "d", "--seed", "x"]],
)
def test_an_incomplete_command_line_is_wrong_use(capsys: Capture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: iad-eval" in capsys.readouterr().err


def test_a_report_is_rebuilt_from_the_directory(tmp_path: Path, capsys: Capture) -> None:
    run = _run(tmp_path / "run", ["No.", "Yes, a hole.", "Yes.", "Yes, it is bent."])
    code, out, err = _says(capsys, "report", "run")
    assert (code, err) == (0, "")
    assert "75.0" in out
    assert "4 of 4 views observed, 0 unreadable, 0 failed." in " ".join(out.split())
    assert (_overall(run)["n"], _overall(run)["correct"], _overall(run)["accuracy"]) == (4, 3, 0.75)
    written = {name: (run / name).read_bytes() for name in ("summary.json", "predictions.csv", "report.md")}
    assert _says(capsys, "report", "run") == (0, out, "")
    assert written == {name: (run / name).read_bytes() for name in written}


def test_a_verbose_report_tells_of_each_class(tmp_path: Path, capsys: Capture) -> None:
    _run(tmp_path / "run", ["No.", "Yes."])
    short, long = (_says(capsys, "report", "run", *more)[1] for more in ((), ("-v",)))
    assert not [line for line in short.splitlines() if line.split()[:1] == ["cup"]]
    assert [line for line in long.splitlines() if line.split()[:1] == ["cup"]]


def test_a_run_that_misses_views_does_not_end_well(tmp_path: Path, capsys: Capture) -> None:
    _run(tmp_path / "run", ["No.", None, "Yes.", "Perhaps."])
    code, out, _ = _says(capsys, "report", "run")
    assert code == 1
    assert "3 of 4 views observed, 1 unreadable, 0 failed." in " ".join(out.split())


def test_merged_runs_report_like_one(tmp_path: Path, capsys: Capture) -> None:
    whole = _run(tmp_path / "whole", ["No.", "Yes.", "Yes.", "No."])
    _run(tmp_path / "a", ["No.", None, "Yes.", None])
    _run(tmp_path / "b", [None, "Yes.", "Yes.", "No."])
    assert _says(capsys, "report", "a")[0] == _says(capsys, "report", "b")[0] == 1
    code, out, _ = _says(capsys, "merge", "a", "b", "-o", "all")
    assert code == 0
    assert out == "all holds 2 runs; see it with: python -m iad_eval report all\n"
    assert _says(capsys, "report", "whole")[0] == _says(capsys, "report", "all")[0] == 0
    merged = (tmp_path / "all" / "summary.json").read_bytes()
    assert merged == (whole / "summary.json").read_bytes()
    assert _overall(whole)["accuracy"] == 0.5
    assert _says(capsys, "merge", "b", "a", "-o", "all")[0] == _says(capsys, "report", "all")[0] == 0
    assert (tmp_path / "all" / "summary.json").read_bytes() == merged


def test_drawn_data_can_be_evaluated_as_said(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (entry,) = (entry for entry in catalogue() if entry.name == "tile")
    small = ClassEntry(entry.name, entry.kind, entry.defects[:1], 2, 1, 1)
    monkeypatch.setattr("iad_eval.datasets.synthetic.catalogue", lambda: (small,))
    code, out, _ = _says(capsys, "draw-data", "drawn")
    assert code == 0
    assert out == "Drawn into drawn. Evaluate it with: pytest cases --iad-dataset folder:drawn\n"
    defect = small.defects[0]
    names = ["train/good/000.png", "train/good/001.png", "test/good/000.png", f"test/{defect}/000.png"]
    expected = {
        tmp_path / "drawn" / "tile" / name for name in (*names, f"ground_truth/{defect}/000_mask.png")
    }
    assert set((tmp_path / "drawn").rglob("*.png")) == expected
    assert _says(capsys, "check-data", "folder:drawn")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_any_output_encoding_will_do(tmp_path: Path, encoding: str) -> None:
    write_parts(tmp_path / "parts", ("кружка",))
    done = subprocess.run(
        [sys.executable, "-m", "iad_eval", "check-data", "folder:parts"],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    out = done.stdout.decode(encoding)
    assert ("кружка" in out) == (encoding == "utf-8")
    assert out.rstrip().endswith("folder: 12 files read, 0 findings.")
