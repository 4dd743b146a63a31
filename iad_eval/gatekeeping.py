"""A run held against an earlier one and against its limits: what came out, and the files that say so."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.annotating import Annotation, github, gitlab
from iad_eval.comparing import compare
from iad_eval.gating import Verdict, drop_verdicts, level_verdicts
from iad_eval.limits import GateSettings
from iad_eval.remarks import remarks
from iad_eval.reports.comparison.gates import message
from iad_eval.results import MARKDOWN_BYTES, PAGE, writing
from iad_eval.store import write_atomically
from iad_eval.stored import StoredRun
from iad_eval.visible import visible
from iad_eval.words import Case, Json

if TYPE_CHECKING:
    from iad_eval.reports import Document

COMPARISON = "comparison.json"
COMPARISON_TEXT = "comparison.md"
CODE_QUALITY = "code-quality.json"


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """What a run came to: ``record`` (the content of ``comparison.json``), gates, remarks on prompt lines.

    Without an earlier run the record holds the gates alone, and ``is_compared`` is false.
    """

    record: Mapping[str, Json]
    verdicts: Sequence[Verdict]
    annotations: Sequence[Annotation]
    is_compared: bool

    @property
    def fails(self) -> bool:
        """Whether a gate failed."""
        return any(verdict.fails for verdict in self.verdicts)

    def failures(self, look: str) -> list[tuple[str, str]]:
        """Name and message of each failed gate; ``look`` is where there is more to see."""
        record = self.record if self.is_compared else None
        return [
            (visible(each.name), message(each.to_json(), record, look))
            for each in self.verdicts
            if each.fails
        ]

    def workflow_commands(self) -> str:
        """The remarks for a step of GitHub Actions, which says that it is one; empty elsewhere."""
        return github(self.annotations) if os.environ.get("GITHUB_ACTIONS") == "true" else ""

    def document(self, *, verbose: bool, run: str | None = None, has_page: bool = True) -> Document:
        """The report for any renderer; ``run`` is the run's directory as a person types it."""
        from iad_eval.reports.comparison import comparison_document, gates_document

        if not self.is_compared:
            return gates_document(self.record)
        steps = () if run is None else _steps(self, run, has_page)
        return comparison_document(self.record, verbose=verbose, steps=steps)


def judgement(
    before: StoredRun | None,
    after: StoredRun,
    settings: GateSettings,
    *,
    untouched: Mapping[Case, str] | None = None,
    manifest: Mapping[str, Json] | None = None,
) -> Judgement:
    """Compares two runs, where there is an earlier one, and holds the later one to its limits.

    ``untouched`` cases count as they were stored; ``manifest``, the later run's own, knows the lines of
    the prompt file. Raises UsageError where the runs have no view in common.
    """
    seed = after.circumstances.get("seed", 0)
    assert isinstance(seed, int)
    noise = [each for run in (before, after) if run is not None for each in _noise(run)]
    if before is None:
        verdicts = level_verdicts([each.judged for each in after.classes], settings, seed)
        return Judgement({"gates": [each.to_json() for each in verdicts]}, verdicts, remarks(verdicts), False)
    comparison = compare(before, after, seed=seed, untouched=untouched)
    verdicts = drop_verdicts(comparison, settings, noise)
    verdicts += level_verdicts([each.judged for each in comparison.after.classes], settings, seed)
    record = {**comparison.record, "gates": [each.to_json() for each in verdicts]}
    return Judgement(record, verdicts, remarks(verdicts, record, manifest or {}), True)


def write(judged: Judgement | None, run: Path) -> None:
    """Writes ``comparison.json``, ``comparison.md`` and ``code-quality.json`` into a run's directory.

    Where nothing was compared now, files of an earlier comparison go. Raises UsageError where the directory
    cannot be written.
    """
    from iad_eval.reports.markdown import render

    with writing("the comparison", run):
        if judged is None or not judged.is_compared:
            for name in (COMPARISON, COMPARISON_TEXT, CODE_QUALITY):
                with contextlib.suppress(FileNotFoundError):
                    (run / name).unlink()
            return
        text = json.dumps(judged.record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(run / COMPARISON, text)
        document = judged.document(verbose=False)
        write_atomically(run / COMPARISON_TEXT, render(document, MARKDOWN_BYTES))
        write_atomically(run / CODE_QUALITY, gitlab(judged.annotations))


def read_record(run: Path) -> Mapping[str, Json] | None:
    """The record of the comparison that a run's directory holds, if it holds one that can be read."""
    try:
        found = json.loads((run / COMPARISON).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _steps(judged: Judgement, run: str, has_page: bool) -> tuple[tuple[str, str], ...]:
    steps = [("old and new answers side by side", f"{run}/{PAGE}")] if has_page else []
    steps.append(("this comparison to share", f"{run}/{COMPARISON_TEXT}"))
    before = str(judged.record["before"])
    if not judged.fails and not judged.record["untouched"] and not Path(before).is_dir():
        command = ["python", "-m", "iad_eval", "store", run, "-o", before]
        steps.append(("keep this run for later comparisons", shlex.join(command)))
    return tuple(steps)


def _noise(run: StoredRun) -> list[Json]:
    found = run.circumstances.get("noise", [])
    return list(found) if isinstance(found, Sequence) else []
