"""Files of scores that the suite writes: a template to fill in, and what a run holds."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from parts import write_parts

from iad_eval.cli import main
from iad_eval.datasets.folder import Folder
from iad_eval.exporting import Exported, write_scores_of
from iad_eval.predictors.scores_format import read_scores
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.words import Case, Observation, TrainingScores

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _says(capture: Capture, *arguments: str) -> tuple[int, str, str]:
    code = main(["export-scores", *arguments])
    out, err = capture.readouterr()
    return code, out, err


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _run(
    path: Path,
    scores: Sequence[float | None],
    *,
    models: Sequence[str] = ("knn",),
    protocol: str | None = None,
) -> Path:
    run = RunDirectory(path)
    cases = [Case(model, "parts", "cup", "original", protocol) for model in models]
    run.write_manifest({"seed": 0, "cases": entries([PlannedCase(case, len(scores)) for case in cases])})
    writer = RunWriter(run, "main")
    for model in models:
        for number, score in enumerate(scores):
            asked = (f"parts/cup/test/good/{number:03d}", "parts", "cup", "good", False, "original", model)
            answer = None if score is not None else "No."
            writer.observe(Observation(*asked, protocol, score, answer, 0.1, None, 0.0, "key"))
        writer.calibrate(TrainingScores("parts", "cup", model, protocol, (0.5, 0.1 + 0.2), "5-fold", "key"))
    writer.close()
    return path


def test_a_template_lists_every_training_photograph_once_and_every_view(capsys: Capture) -> None:
    write_parts(Path("parts"))
    code, out, err = _says(capsys, "line3=folder:parts", "-o", "out/template.csv")
    assert (code, err) == (0, "")
    assert out == (
        "out/template.csv lists 48 views and 6 training photographs. Fill in their scores, then type: "
        "pytest cases --iad-dataset line3=folder:parts --iad-model scores:out/template.csv\n"
    )
    rows = _rows(Path("out/template.csv"))
    dataset = Folder("line3", Path("parts").resolve())
    views = ("original", "rotated", "padded", "timestamp")
    wanted = {
        (sample.id, name, "", str(sample.image_path))
        for class_name in ("cup", "lid")
        for samples, names in (
            (dataset.samples(class_name).train, views[:1]),
            (dataset.samples(class_name).test, views),
        )
        for sample in samples
        for name in names
    }
    assert {(row["sample"], row["perturbation"], row["score"], row["image"]) for row in rows} == wanted
    assert len(rows) == len(wanted) == 54
    assert all(Path(row["image"]).is_file() for row in rows)


def test_a_template_is_of_the_views_that_were_asked_for_and_knows_other_good_folders(capsys: Capture) -> None:
    root = write_parts(Path("parts"), ("cup",))
    for split in ("train", "test"):
        (root / "cup" / split / "good").rename(root / "cup" / split / "ok")
    asked = ["--iad-perturbation", "rotate:15.0", "--iad-perturbation", "original", "--iad-good", "ok"]
    assert _says(capsys, "folder:parts", *asked, "-o", "some.csv")[0] == 0
    rows = _rows(Path("some.csv"))
    assert [row["perturbation"] for row in rows].count("rotate:15") == 6
    assert {row["perturbation"] for row in rows} == {"original", "rotate:15"}
    assert sum(row["sample"].startswith("folder/cup/train/good/") for row in rows) == 3


def test_the_scores_of_a_run_are_written_to_the_last_digit_and_can_be_read(capsys: Capture) -> None:
    _run(Path("run"), [1 / 3, 1e-300, -7.0])
    code, out, err = _says(capsys, "--from", "run", "-o", "knn.csv")
    assert (code, err) == (0, "")
    assert out.startswith("knn.csv holds 3 scores of views and 2 training scores. ")
    entries = read_scores(Path("knn.csv"), "knn.csv")["parts", "cup"]
    assert [entry.score for entry in entries.test["original"].values()] == [1 / 3, 1e-300, -7.0]
    assert [entry.score for entry in entries.unnamed] == [0.5, 0.1 + 0.2]
    assert not entries.train


def test_one_model_and_protocol_of_several_is_chosen(capsys: Capture) -> None:
    _run(Path("run"), [0.25, 0.75], models=("glass", "knn"), protocol="oneshot")
    assert _says(capsys, "--from", "run", "--model", "glass", "--protocol", "oneshot", "-o", "a.csv")[0] == 0
    assert _says(capsys, "--from", "run", "--model", "glass", "-o", "b.csv")[0] == 0
    assert Path("a.csv").read_text() == Path("b.csv").read_text()
    assert len(_rows(Path("a.csv"))) == 4


def test_a_view_without_a_score_keeps_its_row(capsys: Capture) -> None:
    _run(Path("run"), [0.25, None])
    assert _says(capsys, "--from", "run", "-o", "a.csv")[0] == 0
    assert [row["score"] for row in _rows(Path("a.csv"))[2:]] == ["0.25", ""]


@pytest.mark.parametrize("name", ['6" x, y', "one\rline", "=1+1", "ü"])
def test_names_of_photographs_come_back_as_they_were(name: str) -> None:
    run = RunDirectory(_run(Path("run"), [0.25]))
    writer = RunWriter(run, "more")
    asked = (f"parts/cup/test/good/{name}", "parts", "cup", "good", False, "original", "knn")
    writer.observe(Observation(*asked, None, 0.75, None, 0.1, None, 0.0, "key"))
    writer.close()
    assert write_scores_of(Path("a.csv"), run, None, None) == Exported(views=2, training=2, classes=1)
    entries = read_scores(Path("a.csv"), "a.csv")["parts", "cup"].test["original"]
    assert entries[f"parts/cup/test/good/{name}"].score == 0.75


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-o", "a.csv"], "name a dataset for a template, as in mvtec:data/mvtec, or a run with --from RUN"),
        (["folder:parts", "--from", "run", "-o", "a.csv"], "name a dataset for a template"),
        (["folder:parts", "--model", "knn", "-o", "a.csv"], "--model and --protocol choose among a run's"),
        (["--from", "two", "--iad-good", "ok", "-o", "a.csv"], "--iad-good are for a template"),
        (["folder:parts", "-o", "there.csv"], "there.csv is there already; name a new file"),
        (["folder:parts", "-o", "a.parquet"], "a.parquet does not end in .csv"),
        (["folder:parts", "-o", "there.csv/a.csv"], "cannot write there.csv/a.csv: "),
        (["folder:nowhere", "-o", "a.csv"], "nowhere does not exist"),
        (["mvtek:x", "-o", "a.csv"], "unknown dataset 'mvtek'"),
        (["folder:parts", "--iad-perturbation", "rotatd", "-o", "a.csv"], "unknown perturbation 'rotatd'"),
        (["--from", "nowhere", "-o", "a.csv"], "nowhere is not a run directory"),
        (["--from", "two", "-o", "a.csv"], "two holds 2 models (glass, knn); choose with --model NAME"),
        (
            ["--from", "two", "--model", "glas", "-o", "a.csv"],
            "unknown model of two 'glas'. Did you mean 'glass'",
        ),
        (
            ["--from", "two", "--model", "knn", "--protocol", "x", "-o", "a.csv"],
            "unknown protocol of two 'x'",
        ),
        (["--from", "answers", "-o", "a.csv"], "answers holds no score of knn"),
    ],
)
def test_wrong_use_says_what_was_seen_and_writes_nothing(
    capsys: Capture, arguments: list[str], says: str
) -> None:
    write_parts(Path("parts"), ("cup",))
    Path("there.csv").write_text("filled in")
    _run(Path("two"), [0.5], models=("glass", "knn"))
    _run(Path("answers"), [None])
    before = sorted(Path().rglob("*"))
    code, out, err = _says(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("iad-eval: ")
    assert says in err
    assert sorted(Path().rglob("*")) == before
    assert Path("there.csv").read_text() == "filled in"


def test_a_file_without_a_name_is_an_incomplete_command_line(capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export-scores", "folder:parts"])
    assert ended.value.code == 2
    assert "-o" in capsys.readouterr().err
