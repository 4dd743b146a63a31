"""Page and figures in a run's directory: what is written, what gives way, what is said without room."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from observing import view_of
from PIL import Image

from iad_eval.cli import main
from iad_eval.errors import UsageError
from iad_eval.pictures import Pictures
from iad_eval.publishing import publish
from iad_eval.reports.page.gallery import picture_of
from iad_eval.results import Results, conclude
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.words import Case, Json, TrainingScores

VIEWS = ("original", "rotated")


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """Four bolts in two views, judged by a detector; every view has its picture."""
    run = RunDirectory(tmp_path / "runs" / "one")
    writer = RunWriter(run, "main")
    pictures = Pictures(run.path, tmp_path / "cache")
    for stem in range(8):
        for view in VIEWS:
            seen = view_of("parts/bolt", stem, stem > 3, view, score=float(stem))
            writer.observe(seen)
            noise = Image.effect_noise((320, 240), 90).convert("RGB")
            pictures.keep(seen.sample, view, f"{stem}-{view}", noise, None)
    writer.calibrate(TrainingScores("parts", "bolt", "glass", None, (0.0, 3.0), "5-fold", "fit"))
    writer.close()
    cases = [PlannedCase(Case("glass", "parts", "bolt", view), 8) for view in VIEWS]
    run.write_manifest({"seed": 0, "cases": entries(cases)})
    return conclude(run)


def test_page_and_figures_are_written_and_what_an_earlier_report_drew_gives_way(results: Results) -> None:
    stale = results.run / "figures" / "gone-accuracy-by-view.svg"
    stale.parent.mkdir()
    stale.write_text("<svg/>")
    assert publish(results) == [results.run / "report.html"]
    assert not stale.exists()
    assert (results.run / "figures" / "parts-accuracy-by-view.svg").is_file()
    assert (results.run / "figures" / "parts-accuracy-by-view.png").is_file()
    assert "glass judges 100.0%" in (results.run / "report.html").read_text()


def test_publishing_twice_changes_no_byte(results: Results) -> None:
    publish(results)
    before = {path: path.read_bytes() for path in results.run.rglob("*") if path.is_file()}
    publish(results)
    assert {path: path.read_bytes() for path in results.run.rglob("*") if path.is_file()} == before


def test_a_size_below_that_of_the_page_itself_is_refused_with_one_that_would_do(results: Results) -> None:
    with pytest.raises(UsageError, match=r"takes 0\.\d MB without any picture: type --embed \d"):
        publish(results, embed_bytes=10_000)
    assert (results.run / "report.html").is_file()
    assert not (results.run / "report-embedded.html").exists()


@pytest.mark.parametrize("room", [200_000, 400_000, 5_000_000])
def test_an_embedded_page_keeps_to_its_size_and_needs_no_other_file(results: Results, room: int) -> None:
    page, embedded = publish(results, embed_bytes=room)
    text = embedded.read_text()
    assert page.stat().st_size <= embedded.stat().st_size <= room
    held = len(re.findall(r"data:image/jpeg;base64,", text))
    assert held == 16 if room > 1_000_000 else held < 16


def test_a_comparison_is_shown_and_the_pictures_of_its_flips_are_carried_first(results: Results) -> None:
    flip: Json = {
        **{"kind": "newly right", "dataset": "parts", "model": "glass", "protocol": None},
        **{"class_name": "bolt", "sample": "parts/bolt/test/bent/007", "perturbation": "rotated"},
        **{"defect": "bent", "is_anomalous": True},
        "before": {"verdict": "normal", "score": 0.5, "answer": None},
        "after": {"verdict": "anomalous", "score": 7.0, "answer": None},
    }
    names = ("differences", "prompts", "untouched", "thresholds", "missing", "changes", "auroc", "gates")
    record: dict[str, Json] = {
        "before": "old",
        "after": "one",
        **{name: [] for name in names},
        "flips": [flip],
    }
    page, embedded = publish(results, embed_bytes=5_000_000, comparison=record)
    assert "<h2>Compared with old</h2>" in page.read_text()
    [held] = re.findall(r'id="held">(.*?)</script>', embedded.read_text())
    assert next(iter(json.loads(held))) == picture_of("parts/bolt/test/bent/007", "rotated")
    publish(results)
    assert "Compared with" not in page.read_text()


def test_a_copied_run_is_reported_wherever_it_lies(results: Results, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(results.run, copy)
    again = conclude(RunDirectory(copy))
    publish(again)
    assert str(tmp_path) not in (copy / "report.html").read_text().replace(str(copy), "")


def test_a_run_without_pictures_is_reported_all_the_same(results: Results) -> None:
    shutil.rmtree(results.run / "pictures")
    publish(results)
    assert (results.run / "report.html").is_file()


def test_no_room_for_the_page_is_said_with_what_to_type(results: Results) -> None:
    (results.run / "figures").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot write the page into .*: make room or"):
        publish(results)


def test_the_command_writes_what_its_options_say(
    results: Results, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", "runs/one", "--embed", "0.5"]) == 0
    assert (results.run / "report-embedded.html").stat().st_size <= 500_000
    assert "runs/one/report.html" in capsys.readouterr().out
    assert main(["report", "runs/one", "--vs-paper"]) == 0
    assert "The paper has no figures to set beside parts" in capsys.readouterr().out


@pytest.mark.parametrize("size", ["0", "-3", "nan", "inf", "lots"])
def test_a_size_that_is_none_is_refused(
    results: Results, size: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", str(results.run), "--embed", size])
    assert ended.value.code == 2
    assert "--embed" in capsys.readouterr().err


def test_no_room_for_parquet_is_said_with_what_to_type(
    results: Results, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed here")
    (results.run / "rows.parquet").mkdir()
    assert main(["report", str(results.run), "--parquet"]) == 2
    assert "cannot write Parquet files into" in capsys.readouterr().err


def test_parquet_files_hold_the_rows_of_their_csv_twins(results: Results) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed here")
    assert main(["report", str(results.run), "--parquet"]) == 0
    for name in ("predictions", "rows"):
        table = parquet.read_table(results.run / f"{name}.parquet")
        lines = (results.run / f"{name}.csv").read_text().splitlines()
        assert lines[0].split(",") == table.column_names
        assert table.num_rows == len(lines) - 1
