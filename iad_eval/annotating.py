"""Remarks on lines of files, as GitHub and GitLab show them beside a change."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from iad_eval.visible import visible

_SEVERITIES = {"error": "major", "warning": "minor", "notice": "info"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark; without ``path`` it is on the change as a whole.

    ``path`` starts from the repository's root (:func:`relative`), ``line`` counts from 1; None is
    the file as a whole. ``title`` is a few words, ``message`` may have several lines.
    """

    level: Literal["error", "warning", "notice"]
    path: Path | None
    line: int | None
    title: str
    message: str


def github(annotations: Sequence[Annotation]) -> str:
    """Workflow commands, a line each, to be printed by a step of GitHub Actions.

    Format: GitHub's "Workflow commands for GitHub Actions".
    """
    return "".join(_command(each) + "\n" for each in annotations)


def _command(annotation: Annotation) -> str:
    properties = {"title": annotation.title}
    if annotation.path is not None:
        properties = {"file": annotation.path.as_posix(), "line": str(annotation.line or 1), **properties}
    shown = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{annotation.level} {shown}::{_escaped(annotation.message)}"


def _escaped(text: str) -> str:
    return visible(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def gitlab(annotations: Sequence[Annotation]) -> str:
    """A Code Quality report: a JSON array. What is not on a file has no place there and is left out.

    Format: GitLab's "Code Quality report format". A fingerprint stays the same while level, file,
    line and title do, whatever numbers the message holds: so GitLab tells new findings from old ones.
    """
    found, seen = [], Counter[str]()
    for each in annotations:
        if each.path is None:
            continue
        place = json.dumps([each.level, each.path.as_posix(), each.line, each.title])
        seen[place] += 1
        found.append(
            {
                "description": visible(f"{each.title}: {each.message}"),
                "check_name": "iad-eval",
                "fingerprint": hashlib.sha256(f"{place} {seen[place]}".encode()).hexdigest(),
                "severity": _SEVERITIES[each.level],
                "location": {"path": each.path.as_posix(), "lines": {"begin": each.line or 1}},
            }
        )
    return json.dumps(found, indent=2) + "\n"


def relative(path: Path, root: Path) -> Path:
    """``path`` as it starts from ``root``; as it is, made absolute, where it lies elsewhere."""
    lexical = Path(os.path.normpath(path.absolute()))  # a link in the repository is the repository's file
    for one, top in ((lexical, root.absolute()), (path.resolve(), root.resolve())):
        if one.is_relative_to(top):
            return one.relative_to(top)
    return lexical


def repository_root(start: Path) -> Path:
    """The root of the repository that ``start`` lies in.

    What GITHUB_WORKSPACE or CI_PROJECT_DIR name, if ``start`` lies there; else the nearest folder
    from ``start`` upward that has a ``.git``; else ``start``.
    """
    place = start.resolve()
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        named = os.environ.get(name)
        if named and place.is_relative_to(Path(named).resolve()):
            return Path(named)
    return next((folder for folder in (place, *place.parents) if (folder / ".git").exists()), start)
