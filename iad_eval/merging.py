"""Several runs as one: machines share out a matrix, the report is about all of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from iad_eval.circumstances import comparable, joined
from iad_eval.errors import UsageError
from iad_eval.maps import map_path, take
from iad_eval.pictures import FOLDER as PICTURES
from iad_eval.run import RunDirectory, entries, refuse_other_configuration
from iad_eval.store import merged, merged_training_scores, write_atomically
from iad_eval.storing.circumstances import placeless_configuration
from iad_eval.words import Json, Observation, ViewId


def merge(runs: Sequence[Path], output: Path) -> Path:
    """Puts runs into one directory; doing it twice, or adding a run later, changes nothing else.

    Raises UsageError where a directory is no run, where runs were made under different
    configurations, where two of them hold different truths about one view, or where the
    merged one cannot be written.
    """
    parts = [RunDirectory(path) for path in runs]
    for part in parts:
        part.require_a_run()
    whole = RunDirectory(output)
    if whole.manifest_path.exists():
        parts = [whole, *(part for part in parts if part.path.resolve() != output.resolve())]
    manifests = [part.manifest() for part in parts]
    for manifest in manifests[1:]:
        first, other = placeless_configuration(manifests[0]), placeless_configuration(manifest)
        refuse_other_configuration(parts[0].path, comparable(first, other), comparable(other, first))
    records = [part.observations() | part.repeats() for part in parts]
    _refuse_other_truths(records)
    observations = merged(chain.from_iterable(found.values() for found in records))
    training = merged_training_scores(chain.from_iterable(part.training_scores() for part in parts))
    planned = {entry.case: entry for part in parts for entry in part.planned()}
    ordered = sorted(observations.values(), key=lambda each: each.view.sort_key)
    try:
        _write_lines(whole.observations_folder, (each.to_json() for each in ordered if not each.repeat))
        if any(each.repeat for each in ordered):
            _write_lines(whole.repeats_folder, (each.to_json() for each in ordered if each.repeat))
        _write_lines(whole.training_folder, (training[place].to_json() for place in sorted(training)))
        for part in parts:
            _bring_maps(part.path, whole.path, ordered)
            _bring_pictures(part.path / PICTURES, whole.path / PICTURES)
    except OSError as error:
        raise UsageError(
            f"cannot write the merged run {output}: {error.strerror or error}; "
            "choose a writable folder with -o RUN"
        ) from error
    whole.write_manifest({**_joined_manifests(manifests), "cases": entries(list(planned.values()))})
    return output


def _refuse_other_truths(records: Iterable[Mapping[ViewId, Observation]]) -> None:
    keys: dict[ViewId, str] = {}
    for found in records:
        for view, observation in found.items():
            if observation.error is None and keys.setdefault(view, observation.key) != observation.key:
                raise UsageError(
                    f"two runs hold observations of {observation.sample} ({observation.perturbation}, "
                    f"{observation.model}) made under different circumstances: the photograph, the training "
                    "images or the model's settings differ. Merge runs of one dataset and one configuration"
                )


def _joined_manifests(manifests: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    whole: dict[str, Json] = {}
    sessions: list[Json] = []
    for manifest in manifests:
        whole = joined(whole, manifest)
        of_this = manifest.get("sessions", [])
        assert isinstance(of_this, list)
        sessions += [session for session in of_this if session not in sessions]
    starts = [str(manifest["started"]) for manifest in manifests if manifest.get("started")]
    files = [file for manifest in manifests if (file := manifest.get("prompt_file")) is not None]
    return {
        **whole,
        "command_line": manifests[-1].get("command_line"),
        "prompt_file": files[-1] if files else None,
        "sessions": sessions,
        "started": min(starts, default=None),
    }


def _bring_maps(part: Path, whole: Path, observations: Iterable[Observation]) -> None:
    for observation in observations:
        source = map_path(part, observation.model, observation.key)
        if source.is_file() and not (target := map_path(whole, observation.model, observation.key)).exists():
            take(source, target)


def _bring_pictures(part: Path, whole: Path) -> None:
    for source in part.glob("*/*.*"):
        if not (target := whole / source.relative_to(part)).exists():
            take(source, target)


def _write_lines(folder: Path, records: Iterable[Mapping[str, Json]]) -> None:
    """One shard with these records alone; the shards they were read from give way to it."""
    before = set(folder.glob("*.jsonl"))
    path = folder / "merged.jsonl"
    lines = (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)
    write_atomically(path, "".join(lines))
    for shard in before - {path}:
        shard.unlink()
