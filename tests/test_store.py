"""Records survive kills, in any order, from any number of processes."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iad_eval.errors import UsageError
from iad_eval.store import Shard, file_name, merged, read_records, require_writable, write_atomically
from iad_eval.words import Observation, TrainingScores

TEXT = st.text(max_size=30)
FRACTION = st.none() | st.floats(0, 1)
NUMBER = st.none() | st.floats(allow_nan=False, allow_infinity=False)

OBSERVATIONS = st.builds(
    Observation,
    sample=st.sampled_from(["d/c/test/good/0", "d/c/test/hole/1"]),
    dataset=TEXT,
    class_name=TEXT,
    defect=TEXT,
    is_anomalous=st.booleans(),
    perturbation=st.sampled_from(["original", "rotated"]),
    model=st.sampled_from(["a", "b"]),
    protocol=st.none() | st.just("oneshot"),
    score=NUMBER,
    answer=st.none() | TEXT,
    latency_s=NUMBER,
    error=st.none() | TEXT,
    mask_fraction=FRACTION,
    key=st.text("0123456789abcdef", max_size=4),
    hidden_fraction=FRACTION,
    image_digest=TEXT,
    mask_digest=TEXT,
    at=st.sampled_from(["", "2026-01-01T00:00:00", "2026-01-02T00:00:00"]),
    details=st.dictionaries(TEXT, NUMBER, max_size=2),
)


@given(OBSERVATIONS)
def test_observation_returns_from_its_json(observation: Observation) -> None:
    assert Observation.from_json(json.loads(json.dumps(observation.to_json()))) == observation


@given(st.lists(st.floats(allow_nan=False), max_size=5))
def test_training_scores_return_from_their_json(scores: list[float]) -> None:
    stored = TrainingScores("d", "c", "m", None, tuple(scores), "leave-one-out", "k")
    assert TrainingScores.from_json(json.loads(json.dumps(stored.to_json()))) == stored


@given(st.lists(OBSERVATIONS, max_size=8), st.randoms())
def test_merging_does_not_depend_on_order_or_repetition(
    observations: list[Observation], chance: random.Random
) -> None:
    shuffled = [*observations, *observations]
    chance.shuffle(shuffled)
    once, again = merged(observations), merged(shuffled)
    assert {view: (o.at, o.key, o.error is None) for view, o in once.items()} == {
        view: (o.at, o.key, o.error is None) for view, o in again.items()
    }


@given(st.lists(OBSERVATIONS, max_size=8))
def test_an_answer_is_never_replaced_by_a_failure(observations: list[Observation]) -> None:
    answered = {o.view for o in observations if o.error is None}
    kept = merged(observations)
    assert {view for view, o in kept.items() if o.error is None} == answered


def test_half_a_line_and_foreign_lines_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"n":1}\n[2]\nnot json\n{"n":3}\n{"n":4')
    assert list(read_records(tmp_path)) == [{"n": 1}, {"n": 3}]


def test_every_line_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    shard = Shard(tmp_path / "new" / "folder", "gw0")
    for number in range(3):
        shard.append({"n": number, "text": "a\ud800b\nc"})
        assert [record["n"] for record in read_records(tmp_path / "new" / "folder")] == list(
            range(number + 1)
        )
    shard.close()
    shard.append({"n": 3})
    assert len(list(read_records(tmp_path / "new" / "folder"))) == 4


def test_a_killed_writer_loses_no_finished_line(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from iad_eval.store import Shard\n"
        "shard = Shard(Path(sys.argv[1]), 'x')\n"
        "for n in range(10**9):\n"
        "    shard.append({'n': n, 'pad': 'x' * 300}); sys.stdout.write(f'{n}\\n'); sys.stdout.flush()\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = writer.stdout.readline()  # it has begun, however busy the machine is
    time.sleep(0.3)
    os.kill(writer.pid, signal.SIGKILL)
    said += writer.communicate()[0]
    finished = [int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")]
    assert finished
    stored = {record["n"] for record in read_records(tmp_path)}
    assert stored >= set(finished)


def test_after_a_write_that_failed_a_new_file_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = Shard(tmp_path, "main")
    shard.append({"line": 1})
    written = os.write
    monkeypatch.setattr(os, "write", lambda file, text: written(file, bytes(text)[:4]) and _full())
    with pytest.raises(UsageError, match=r"No space left on device; make room or .*--iad-run"):
        shard.append({"line": 2})
    monkeypatch.undo()
    shard.append({"line": 3})
    shard.close()
    assert [record["line"] for record in read_records(tmp_path)] == [1, 3]


def _full() -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_folder_that_cannot_be_written_is_named_with_its_option(tmp_path: Path) -> None:
    require_writable(tmp_path / "new" / "folder", "--iad-cache")
    assert list((tmp_path / "new" / "folder").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"cannot write into .*file.*choose a writable folder with --iad-c"):
        require_writable(tmp_path / "file" / "folder", "--iad-cache")


@given(st.text(max_size=20))
def test_any_name_becomes_one_path_component(text: str) -> None:
    name = file_name(text)
    assert name
    assert name not in {".", ".."}
    assert "/" not in name


def test_what_cannot_be_written_takes_no_room(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.mkdir()  # no file can take its place
    with pytest.raises(OSError, match="directory"):
        write_atomically(path, "one")
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.json"
    write_atomically(path, "one\r\n")
    write_atomically(path, "two\n")
    assert path.read_bytes() == b"two\n"
    assert [found.name for found in path.parent.iterdir()] == ["file.json"]
