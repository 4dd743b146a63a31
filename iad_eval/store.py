"""Records on disk: append-only shards, one per process, every line written when it happens.

A line reaches the operating system before the next one is begun, so a killed process
loses at most the line it was writing; readers pass over such a half line.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from iad_eval.words import Json, Observation, TrainingScores, ViewId


class Shard:
    """One process's file in a folder of records; created with the first record."""

    def __init__(self, folder: Path, owner: str) -> None:
        self._path = folder / f"{owner}-{os.getpid()}-{time.time_ns():x}.jsonl"
        self._descriptor: int | None = None

    def append(self, record: Mapping[str, Json]) -> None:
        """Writes one line with one system call. Raises OSError where the disk does not take it."""
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
        rest = memoryview(line.encode("utf-8", "backslashreplace"))
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        """Closes the file; a later append starts it again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_records(folder: Path) -> Iterator[dict[str, object]]:
    """The records of all shards of a folder; lines cut short by a kill are passed over."""
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except ValueError:
                    continue
                if isinstance(record, dict):
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


def write_atomically(path: Path, text: str) -> None:
    """Replaces a file as a whole: a reader sees the old text or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    draft.replace(path)


def _rank(observation: Observation) -> tuple[bool, str, str]:
    return (observation.error is None, observation.at, observation.key)
