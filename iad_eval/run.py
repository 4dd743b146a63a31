"""A run: one directory holding everything one pytest session saw."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.store import Shard, merged, merged_training_scores, read_records, write_atomically
from iad_eval.words import Case, Json, Observation, TrainingScores, ViewId

RUNS = "runs"
LATEST = "latest"
REQUIRED = [each.name for each in fields(Observation) if each.default is each.default_factory is MISSING]
"""What a line has to hold to be an observation."""


@dataclass(frozen=True, slots=True)
class PlannedCase:
    """A case that a session selected, and how many views it has."""

    case: Case
    views: int


class RunDirectory:
    """The files of one run. Reading needs nothing but the directory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def observations_folder(self) -> Path:
        """Where the shards of observations lie."""
        return self.path / "observations"

    @property
    def repeats_folder(self) -> Path:
        """Where the shards of further answers about the same views lie; not there in most runs."""
        return self.path / "repeats"

    @property
    def training_folder(self) -> Path:
        """Where the shards of training scores lie."""
        return self.path / "training_scores"

    @property
    def saying_folder(self) -> Path:
        """Where each process writes what it is doing while no view is finished."""
        return self.path / "doing"

    @property
    def manifest_path(self) -> Path:
        """The circumstances of the run."""
        return self.path / "manifest.json"

    def manifest(self) -> dict[str, Json]:
        """The stored circumstances; empty for a new run. Raises UsageError where the file is no JSON."""
        try:
            found = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (OSError, ValueError) as error:
            raise UsageError(
                f"cannot read {self.manifest_path}: {error}; choose another directory with --iad-run"
            ) from error
        if not isinstance(found, dict):
            raise UsageError(f"{self.manifest_path} is not the manifest of a run; choose another --iad-run")
        return found

    def observations(self) -> dict[ViewId, Observation]:
        """Everything observed so far, one observation a view."""
        return _observations(self.observations_folder)

    def repeats(self) -> dict[ViewId, Observation]:
        """The further answers, of the repeats from 1 on, about views that are among the observations."""
        return _observations(self.repeats_folder)

    def training_scores(self) -> list[TrainingScores]:
        """The training scores from which thresholds are taken."""
        records = read_records(self.training_folder, TrainingScores.__dataclass_fields__)
        return list(merged_training_scores(map(TrainingScores.from_json, records)).values())

    def planned(self) -> list[PlannedCase]:
        """The cases that all sessions of this run selected."""
        cases = self.manifest().get("cases", [])
        assert isinstance(cases, list)
        try:
            return [
                PlannedCase(Case(**{name: entry[name] for name in Case.__dataclass_fields__}), entry["views"])
                for entry in cases
            ]
        except (KeyError, TypeError) as error:
            raise UsageError(
                f"{self.manifest_path} is damaged: a case lacks its {error}; choose another --iad-run"
            ) from error

    def write_manifest(self, manifest: Mapping[str, Json]) -> None:
        """Replaces the manifest as a whole. Raises UsageError where the directory cannot be written."""
        text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            write_atomically(self.manifest_path, text)
        except OSError as error:
            raise UsageError(
                f"cannot write the run directory {self.path}: {error.strerror or error}; "
                "choose a writable one with --iad-run DIR"
            ) from error

    def require_a_run(self) -> None:
        """Raises UsageError where this is no run directory."""
        if not self.manifest_path.is_file():
            raise UsageError(
                f"{self.path} is not a run directory: it has no manifest.json. "
                f"Runs lie in {RUNS}/; the newest is {RUNS}/{LATEST}"
            )


class RunWriter:
    """One process's pen in a run directory."""

    def __init__(self, run: RunDirectory, owner: str) -> None:
        self._observations = Shard(run.observations_folder, owner)
        self._repeats = Shard(run.repeats_folder, owner)
        self._training = Shard(run.training_folder, owner)

    def observe(self, observation: Observation) -> None:
        """Puts an observation on disk before it returns."""
        shard = self._repeats if observation.repeat else self._observations
        shard.append(observation.to_json())

    def calibrate(self, scores: TrainingScores) -> None:
        """Puts a class's training scores on disk before it returns."""
        self._training.append(scores.to_json())

    def close(self) -> None:
        """Closes the files."""
        self._observations.close()
        self._repeats.close()
        self._training.close()


def new_run_path(root: Path) -> Path:
    """``runs/<UTC time>`` below ``root``, with a counter where that second is taken.

    The directory is made, so that no two sessions take one name; :func:`give_back` undoes that.
    Where it cannot be made, whoever writes into it says so.
    """
    stem = root / RUNS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    path, count = stem, 1
    while True:
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            count += 1
            path = stem.with_name(f"{stem.name}-{count}")
        except OSError:
            return path
        else:
            return path


def give_back(run: Path) -> None:
    """Removes the directory of a new run that was never begun."""
    with contextlib.suppress(OSError):  # something lies in it
        run.rmdir()
        run.parent.rmdir()


def point_latest(run: Path) -> None:
    """Lets ``runs/latest`` point at a run in ``runs``; one that lies elsewhere gets no link beside it.

    Quietly not, where links cannot be made or something that is no link has that name.
    """
    link = run.parent / LATEST
    if run.parent.name != RUNS or run == link or (link.exists() and not link.is_symlink()):
        return
    draft = link.with_name(f".{LATEST}.{os.getpid()}")
    with contextlib.suppress(OSError):
        draft.unlink(missing_ok=True)
        draft.symlink_to(run.name, target_is_directory=True)
        draft.replace(link)


def refuse_other_configuration(run: Path, stored: Mapping[str, Json], asked: Mapping[str, Json]) -> None:
    """Raises UsageError where a run directory was begun under other circumstances, naming each."""
    differing = _differences(stored, asked, "")
    if differing:
        raise UsageError(
            f"the run directory {run} holds observations of another configuration: {'; '.join(differing)}. "
            "Choose another --iad-run, or repeat the command that began it to go on with it"
        )


def entries(planned: Sequence[PlannedCase]) -> list[Json]:
    """The planned cases as the manifest keeps them."""
    return [{**asdict(entry.case), "views": entry.views} for entry in planned]


def _observations(folder: Path) -> dict[ViewId, Observation]:
    return merged(map(Observation.from_json, read_records(folder, REQUIRED)))


def _differences(stored: Json, asked: Json, place: str) -> list[str]:
    if isinstance(stored, Mapping) and isinstance(asked, Mapping):
        both = sorted(set(stored) | set(asked))
        return [
            line for key in both for line in _differences(stored.get(key), asked.get(key), f"{place}.{key}")
        ]
    return [] if stored == asked else [f"{place.lstrip('.')} is {stored!r} there and {asked!r} here"]
