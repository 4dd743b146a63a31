"""Remarks on what gates came to: on the lines of the prompt file that explain it, where there are such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from iad_eval.annotating import Annotation, relative, repository_root
from iad_eval.gating import Verdict
from iad_eval.prompts.lines import spelt
from iad_eval.prompts.origins import Origin, blamed
from iad_eval.reports.comparison.gates import sentence
from iad_eval.reports.reading import records
from iad_eval.words import Json


def remarks(
    verdicts: Sequence[Verdict],
    record: Mapping[str, Json] | None = None,
    manifest: Mapping[str, Json] | None = None,
) -> list[Annotation]:
    """An error for each failed gate, a warning for an undecided drop that a prompt line explains.

    A drop is remarked on each line of the prompt file to which a changed prompt of its classes goes back;
    ``record`` knows the changed prompts, ``manifest``, the later run's, the lines. What all classes together
    came to is remarked on lines only where no class of theirs fails. Everything else is on no line.
    """
    failed = {
        (each.dataset, each.asker)
        for each in verdicts
        if each.class_name is not None and _is_failed_drop(each)
    }
    found = []
    for each in verdicts:
        is_drop = each.gate == "fail_drop" and (each.fails or each.outcome == "undecided")
        is_told_by_class = each.class_name is None and (each.dataset, each.asker) in failed
        lines: list[tuple[Path, Origin]] = []
        if is_drop and not is_told_by_class and record is not None and manifest is not None:
            lines = _lines(each, record, manifest)
        told = sentence(each.to_json())
        for path, origin in lines:
            title = f"{each.name}: {origin.key}"
            found.append(Annotation("error" if each.fails else "warning", path, origin.line, title, told))
        if each.fails and not lines:
            found.append(Annotation("error", None, None, each.name, told))
    return found


def _is_failed_drop(verdict: Verdict) -> bool:
    return verdict.gate == "fail_drop" and verdict.fails


def _lines(
    verdict: Verdict, record: Mapping[str, Json], manifest: Mapping[str, Json]
) -> list[tuple[Path, Origin]]:
    """The prompt file and what in it explains the changed prompts of a verdict's classes, each once."""
    file, known = manifest.get("prompt_file"), manifest.get("prompt_origins")
    if not isinstance(file, str) or not isinstance(known, Mapping):
        return []
    start = f"{verdict.dataset}/" + (f"{verdict.class_name}/" if verdict.class_name is not None else "")
    found: dict[Origin, None] = {}
    for change in records(record, "prompts"):
        places = change["places"]
        assert isinstance(places, Sequence)
        if change["protocol"] == verdict.asker[1] and any(str(place).startswith(start) for place in places):
            of_protocol = known.get(str(change["protocol"]))
            rows = of_protocol.get(str(change["after"])) if isinstance(of_protocol, Mapping) else None
            origins = [each for each in _origins(rows) if _is_about(each, verdict.class_name)]
            found |= dict.fromkeys(blamed(str(change["before"]), str(change["after"]), origins))
    root = repository_root(Path(file).parent)
    return [(relative(Path(file), root), origin) for origin in found]


def _origins(rows: Json) -> list[Origin]:
    """As a manifest keeps them: key, line, text."""
    return [
        Origin(str(row[0]), int(str(row[1])), str(row[2]))
        for row in (rows if isinstance(rows, Sequence) else ())
        if isinstance(row, Sequence) and len(row) == 3
    ]


def _is_about(origin: Origin, class_name: str | None) -> bool:
    """Whether words are those of a class: classes with one prompt share its origins."""
    if class_name is None or not origin.key.startswith("classes."):
        return True
    return f".{spelt((class_name,))}." in f"{origin.key}."
