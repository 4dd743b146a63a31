"""The file of a stored run, written and read; a file that is something else says so."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from iad_eval.errors import UsageError
from iad_eval.run import RunDirectory
from iad_eval.store import write_atomically
from iad_eval.stored import StoredRun
from iad_eval.storing import layout
from iad_eval.storing.condensing import stored_run
from iad_eval.storing.fields import Damaged, count, field, mapping
from iad_eval.storing.parsing import parsed
from iad_eval.storing.writing import text_of
from iad_eval.visible import visible
from iad_eval.words import Json

_GZIP = b"\x1f\x8b"
_MERGE = b"\n<<<<<<< "
_GIVE = f"Give a run directory or a file made by: {layout.MADE_BY}"


def write(stored: StoredRun, path: Path) -> None:
    """Replaces the file as a whole, compressed where its name ends in ``.gz``.

    Raises UsageError where it cannot be written.
    """
    content = text_of(stored).encode("utf-8")
    try:
        write_atomically(path, _compressed(content) if path.suffix.lower() == ".gz" else content)
    except (OSError, ValueError) as error:  # ValueError: a path that has no file name
        raise UsageError(
            f"cannot write {path}: {_reason(error)}; choose another file with -o FILE"
        ) from error


def opened(path: Path) -> StoredRun:
    """A run from its directory, or from the file that it was stored in; its name is the path.

    Raises UsageError where there is neither.
    """
    if not path.is_dir():
        return read(path)
    run = RunDirectory(path)
    run.require_a_run()
    return stored_run(
        str(path), run.observations().values(), run.training_scores(), run.manifest(), run.planned()
    )


def read(path: Path) -> StoredRun:
    """A stored run from its file, compressed or not.

    Shares of masked pixels are not kept and read as NaN. Raises UsageError where the file is
    missing, something else, of a newer format or damaged.
    """
    value = _json(path, _content(path))
    if not isinstance(value, dict) or layout.KIND not in value:
        raise UsageError(_is_something_else(path, value))
    try:
        made = count(field(mapping(value[layout.KIND]), "format"))
        if made > layout.FORMAT:
            raise UsageError(
                f"{path} was written by a newer iad_eval (format {made}; this one reads {layout.FORMAT}): "
                f"update iad_eval, or store the run again: {layout.MADE_BY}"
            )
        return parsed(str(path), value)
    except Damaged as damage:
        raise UsageError(_damaged(path, str(damage))) from damage


def _compressed(content: bytes) -> bytes:
    """Without a name and a time, so that the same content gives the same bytes."""
    file = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        packed.write(content)
    return file.getvalue()


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise UsageError(f"cannot read the stored run {path}: {_reason(error)}. {_GIVE}") from error
    if not content.startswith(_GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(_damaged(path, str(error))) from error


def _json(path: Path, content: bytes) -> Json:
    if _MERGE in content:
        raise UsageError(
            f"{path} holds two versions that git could not merge: take one of them "
            f"(git checkout --theirs {path}), or store the run again: {layout.MADE_BY}"
        )
    try:
        found: Json = json.loads(content.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no stored run, or damaged: {visible(str(error))}. {_GIVE}") from error
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _is_something_else(path: Path, value: Json) -> str:
    holds = value.keys() if isinstance(value, Mapping) else set[str]()
    for name, parts in (("summary.json", {"rows", "completeness"}), ("manifest.json", {"cases", "sessions"})):
        if holds >= parts:
            return f"{path} is the {name} of a run: give the run's directory, {path.parent}"
    return f"{path} is JSON, but no stored run. {_GIVE}"


def _damaged(path: Path, what: str) -> str:
    return (
        f"{path} is damaged: {visible(what)}. Take it anew from where it was committed "
        f"(git checkout {path}), or store the run again: {layout.MADE_BY}"
    )


def _reason(error: OSError | ValueError) -> str:
    return visible(str(getattr(error, "strerror", None) or error))
