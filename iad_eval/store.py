"""Records on disk: append-only shards, one per process, every line written when it happens.

A line reaches the operating system before the next one is begun, so a killed process
loses at most the line it was writing; readers pass over such a half line.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.words import Json, Observation, TrainingScores, ViewId


class Shard:
    """One process's file in a folder of records; created with the first record."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._folder = folder
        self._owner = owner
        self._descriptor: int | None = None

    def append(self, record: Mapping[str, Json]) -> None:
        """Writes one line with one system call. Raises UsageError where the disk does not take it."""
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
        rest = memoryview(line.encode("utf-8", "backslashreplace"))
        try:
            if self._descriptor is None:
                self._descriptor = self._new_file()
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except OSError as error:
            self.close()  # it may end in half a line: the next record begins a new file
            raise UsageError(
                f"cannot write into {self._folder}: {error.strerror or error}; make room or choose another "
                "folder with --iad-run DIR or --iad-cache DIR. What was written before is kept"
            ) from error

    def close(self) -> None:
        """Closes the file; a later append begins another."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _new_file(self) -> int:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._owner}-{os.getpid()}-{time.time_ns():x}.jsonl"
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def require_writable(folder: Path, flag: str) -> None:
    """Raises UsageError, naming the option, where no file can be made in a folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot write into {folder}: {error.strerror or error}; choose a writable folder with {flag} DIR"
        ) from error


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Held by one process at a time; the folder is made if need be.

    Where nothing can be locked it is not: whoever writes into the folder says what is wrong there.
    """
    descriptor = None
    try:
        with contextlib.suppress(OSError, ImportError):
            import fcntl

            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def read_records(folder: Path, required: Collection[str] = ()) -> Iterator[dict[str, object]]:
    """The records of all shards of a folder.

    Lines cut short by a kill or damaged on disk, which lack a ``required`` name, are passed over.
    """
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict) and all(name in record for name in required):
                    yield record


def merged(observations: Iterable[Observation]) -> dict[ViewId, Observation]:
    """One observation a view, whatever the order: an answer before a failure, then the later one."""
    kept: dict[ViewId, Observation] = {}
    for new in observations:
        old = kept.get(new.view)
        if old is None or _rank(new) > _rank(old):
            kept[new.view] = new
    return kept


def merged_training_scores(records: Iterable[TrainingScores]) -> dict[tuple[str, ...], TrainingScores]:
    """One set of training scores for each (dataset, class, model, protocol), whatever the order."""
    kept: dict[tuple[str, ...], TrainingScores] = {}
    for new in sorted(records, key=lambda scores: (scores.key, scores.scores)):
        kept[(new.dataset, new.class_name, new.model, new.protocol or "")] = new
    return kept


def file_name(text: str) -> str:
    """A name as one path component on every file system: ``vllm:Qwen/X`` becomes ``vllm_Qwen_X``."""
    return re.sub(r"[^A-Za-z0-9_.=+-]", "_", text).lstrip(".") or "_"


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replaces a file as a whole: a reader sees the old content or the new one, never a part."""
    with drafted(path) as draft:
        draft.write_bytes(
            content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
        )


@contextlib.contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A file to write, which takes the place of ``path`` once it is whole; a failure leaves none behind.

    Threads and processes may write one file at once: the last one counts.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident():x}")
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def _rank(observation: Observation) -> tuple[bool, str, str]:
    return (observation.error is None, observation.at, observation.key)
