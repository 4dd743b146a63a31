"""Several runs become one; doing it again changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from observing import view_of
from PIL import Image

from iad_eval.errors import UsageError
from iad_eval.maps import map_path, read_map, write_map
from iad_eval.merging import merge
from iad_eval.pictures import Pictures, picture_path
from iad_eval.results import conclude
from iad_eval.run import PlannedCase, RunDirectory, RunWriter, entries
from iad_eval.words import Case, Json, TrainingScores


def _run(path: Path, class_name: str, *, seed: int = 0, failed: bool = False, key: str = "k") -> Path:
    run = RunDirectory(path)
    writer = RunWriter(run, "main")
    for truth in (False, True):
        score, error = (None, "gone") if failed else (float(truth), None)
        writer.observe(view_of(f"parts/{class_name}", 0, truth, score=score, error=error, key=key))
    writer.calibrate(TrainingScores("parts", class_name, "glass", None, (0.0, 0.5), "5-fold", "fit"))
    writer.close()
    configuration: dict[str, Json] = {"seed": seed, "models": {"glass": {"kind": "trained"}}}
    configuration["datasets"] = {"parts": {"kind": "folder", "root": f"/data/of/{class_name}"}}
    case = PlannedCase(Case("glass", "parts", class_name, "original"), 2)
    started = f"2026-01-0{seed + 1}"
    manifest: dict[str, Json] = {"seed": seed, "configuration": configuration, "cases": entries([case])}
    run.write_manifest({**manifest, "started": started, "sessions": [{"started": class_name}]})
    return path


def _files(path: Path) -> dict[str, bytes]:
    return {str(each.relative_to(path)): each.read_bytes() for each in path.rglob("*") if each.is_file()}


def test_the_whole_is_what_one_session_would_have_seen(tmp_path: Path) -> None:
    parts = [_run(tmp_path / name, name) for name in ("bolt", "nut")]
    results = conclude(RunDirectory(merge(parts, tmp_path / "whole")))
    assert results.summary["completeness"] == {"asked": 4, "observed": 4, "unreadable": 0, "failed": 0}
    sessions = RunDirectory(tmp_path / "whole").manifest()["sessions"]
    assert sessions == [{"started": "bolt"}, {"started": "nut"}]


def test_merging_twice_or_in_another_order_changes_nothing(tmp_path: Path) -> None:
    bolt, nut = (_run(tmp_path / name, name) for name in ("bolt", "nut"))
    merge([bolt, nut], tmp_path / "whole")
    once = _files(tmp_path / "whole")
    merge([bolt, nut], tmp_path / "whole")
    assert _files(tmp_path / "whole") == once
    merge([bolt], tmp_path / "step by step")
    merge([nut], tmp_path / "step by step")
    conclude(RunDirectory(tmp_path / "whole"))
    conclude(RunDirectory(tmp_path / "step by step"))
    merge([nut, bolt], tmp_path / "other order")
    conclude(RunDirectory(tmp_path / "other order"))
    summaries = {
        (tmp_path / name / "summary.json").read_bytes() for name in ("whole", "step by step", "other order")
    }
    assert len(summaries) == 1


def test_an_answer_counts_more_than_a_failure(tmp_path: Path) -> None:
    parts = [_run(tmp_path / "well", "bolt"), _run(tmp_path / "badly", "bolt", failed=True)]
    for order in (parts, parts[::-1]):
        whole = RunDirectory(merge(order, tmp_path / order[0].name / "whole"))
        assert [each.error for each in whole.observations().values()] == [None, None]


def test_further_answers_come_along(tmp_path: Path) -> None:
    parts = [_run(tmp_path / name, name) for name in ("bolt", "nut")]
    merge(parts, tmp_path / "whole")
    assert not (tmp_path / "whole" / "repeats").exists()
    writer = RunWriter(RunDirectory(parts[0]), "again")
    for repeat in (2, 1):
        writer.observe(view_of("parts/bolt", 0, True, score=0.5, key=f"k{repeat}", repeat=repeat))
    writer.close()
    whole = RunDirectory(merge(parts, tmp_path / "whole"))
    once = _files(whole.path)
    merge(parts[1:], whole.path)
    assert _files(whole.path) == once
    assert [(view.repeat, found.key) for view, found in whole.repeats().items()] == [(1, "k1"), (2, "k2")]
    assert {view.repeat for view in whole.observations()} == {0}
    other = _run(tmp_path / "other", "bolt")
    writer = RunWriter(RunDirectory(other), "again")
    writer.observe(view_of("parts/bolt", 0, True, score=0.5, key="another", repeat=1))
    writer.close()
    with pytest.raises(UsageError, match="made under different circumstances"):
        merge([other], whole.path)


def test_runs_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    bolt = _run(tmp_path / "bolt", "bolt")
    with pytest.raises(UsageError, match="seed is 0 there and 1 here"):
        merge([bolt, _run(tmp_path / "other seed", "nut", seed=1)], tmp_path / "whole")
    with pytest.raises(UsageError, match="made under different circumstances"):
        merge([bolt, _run(tmp_path / "other key", "bolt", key="other")], tmp_path / "whole")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="is not a run directory"):
        merge([bolt, tmp_path / "empty"], tmp_path / "whole")
    assert not (tmp_path / "whole").exists()


def test_anomaly_maps_come_along(tmp_path: Path) -> None:
    bolt, nut = (_run(tmp_path / name, name, key=f"key-{name}") for name in ("bolt", "nut"))
    for run, name in ((bolt, "bolt"), (nut, "nut")):
        write_map(map_path(run, "glass", f"key-{name}"), np.ones((2, 3), np.float32))
    for _ in range(2):
        merge([bolt, nut], tmp_path / "whole")
        found = [map_path(tmp_path / "whole", "glass", f"key-{name}") for name in ("bolt", "nut")]
        assert [read_map(path).shape for path in found] == [(2, 3), (2, 3)]


def test_pictures_come_along(tmp_path: Path) -> None:
    _run(tmp_path / "one", "cup")
    _run(tmp_path / "two", "jar")
    grey = Image.new("RGB", (64, 48), (90, 90, 90))
    for name, sample in (("one", "parts/cup/test/good/000"), ("two", "parts/jar/test/good/000")):
        Pictures(tmp_path / name, tmp_path / "cache").keep(sample, "original", name, grey, None)
    merge([tmp_path / "one", tmp_path / "two"], tmp_path / "whole")
    merge([tmp_path / "two"], tmp_path / "whole")
    for sample in ("parts/cup/test/good/000", "parts/jar/test/good/000"):
        assert picture_path(tmp_path / "whole", sample, "original").is_file()
