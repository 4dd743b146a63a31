"""Where weights lie on this machine, whose they are, and how they are had where they are missing."""

from __future__ import annotations

import hashlib
import json
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from iad_eval.errors import ModelError
from iad_eval.identity import sha256_of
from iad_eval.predictors import ModelContext
from iad_eval.store import drafted, write_atomically
from iad_eval.words import Json

FOLDER: Final = "IAD_WEIGHTS"
"""Environment variable: the folder of all weights. ``IAD_WEIGHTS_GLASS`` is the place of one of them."""

DEFAULT_FOLDER: Final = Path("~/.cache/iad_eval/weights")

_BLOCK: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class Published:
    """A file or folder that somebody publishes.

    ``key`` is typed before its path, ``--iad-weights glass=PATH``. ``place`` is where it lies below
    the weights folder; it may hold ``{dataset}`` and ``{class_name}``, and ``*`` in its last part.
    ``sha256`` is the published digest or as many of its first digits as are published.
    """

    key: str
    place: str
    what: str
    authors: str
    size: str
    licence: str
    sha256: str = ""
    url: str | None = None


def find(published: Published, context: ModelContext, **parts: str) -> Path:
    """Where it lies. Downloads it where the user said so; raises ModelError where it cannot be had.

    Looked for at ``--iad-weights KEY=PATH``, at ``IAD_WEIGHTS_<KEY>``, below ``--iad-weights DIR``, below
    ``IAD_WEIGHTS`` and in ``~/.cache/iad_eval/weights``, in that order; the first that is set counts.
    """
    found = find_or_none(published, context, **parts)
    if found is None:
        target = _default(published, context, parts)
        if published.url is None or not context.detectors.may_download:
            raise ModelError(_missing(published, target))
        with context.saying(f"downloads {published.what} ({published.size})"):
            _download(published, target)
        found = target
    if published.sha256:
        _verify(published, found, context)
    return found


def find_or_none(published: Published, context: ModelContext, **parts: str) -> Path | None:
    """The same, None where it is missing. Raises ModelError where a path that was typed does not exist.

    Of several files that fit a ``*`` the last one in order of the numbers in their names is taken.
    """
    within = published.place.format(**parts)
    own = _own_place(published, context)
    if own is not None:
        place, said = own
        if not place.exists():
            raise ModelError(
                f"{said} names {place}, which does not exist; {published.what} was expected there"
            )
        if place.is_file():
            return place
        inner = within.partition("/")[2] or within
        return _newest(place, inner) or _newest(place, within) or _folder_itself(published, place)
    return _newest(_folder(context), within)


def sha256(path: Path, context: ModelContext) -> str:
    """SHA-256 (hex, 64 digits) of a file, remembered in the cache as long as size and time of the file stay.

    Raises ModelError where it cannot be read.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    stamp: list[Json] = [str(path.resolve()), stat.st_size, stat.st_mtime_ns]
    name = hashlib.sha256(json.dumps(stamp).encode()).hexdigest()[:32]
    note = context.cache / "weights" / f"{name}.json"
    try:
        remembered = json.loads(note.read_text(encoding="utf-8"))
        if remembered["file"] == stamp:
            return str(remembered["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    with context.saying(f"reads {path.name} for its SHA-256"):
        digest = sha256_of(path)
    write_atomically(note, json.dumps({"file": stamp, "sha256": digest}))
    return digest


def content(path: Path, context: ModelContext) -> str:
    """A digest of a file, or of all files in a folder by name, for the identity of answers."""
    if path.is_file():
        return sha256(path, context)
    files = sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
    parts = [[str(each.relative_to(path)), sha256(each, context)] for each in files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _own_place(published: Published, context: ModelContext) -> tuple[Path, str] | None:
    for key, path in reversed(context.detectors.weights):
        if key == published.key:
            return path, f"--iad-weights {key}"
    variable = f"{FOLDER}_{published.key.upper()}"
    if variable in os.environ:
        return Path(os.environ[variable]).expanduser(), variable
    return None


def _folder(context: ModelContext) -> Path:
    for key, path in reversed(context.detectors.weights):
        if not key:
            return path
    return Path(os.environ.get(FOLDER) or DEFAULT_FOLDER).expanduser()


def _default(published: Published, context: ModelContext, parts: dict[str, str]) -> Path:
    return _folder(context) / published.place.format(**parts)


def _newest(folder: Path, within: str) -> Path | None:
    place = folder / within
    if "*" not in place.name:
        return place if place.exists() else None
    return max(place.parent.glob(place.name), key=lambda path: (_numbers(path.name), path.name), default=None)


def _folder_itself(published: Published, place: Path) -> Path | None:
    """For what is published as a folder, its own path is the place."""
    return place if published.place.endswith("/") else None


def _numbers(name: str) -> list[int]:
    return [int(part) for part in "".join(c if c.isdigit() else " " for c in name).split()]


def _missing(published: Published, target: Path) -> str:
    how = "type --iad-download to have it downloaded there, or " if published.url is not None else ""
    return (
        f"{published.what} is missing: {target} was looked for. It is published by {published.authors} "
        f"({published.size}, {published.licence}); {how}put it there, or say where it lies with "
        f"--iad-weights {published.key}=PATH"
    )


def _verify(published: Published, path: Path, context: ModelContext) -> None:
    found = sha256(path, context)
    if not found.startswith(published.sha256):
        raise ModelError(
            f"{path} is not {published.what}: its SHA-256 begins with {found[: len(published.sha256)]}, the "
            f"published one with {published.sha256}. Download it again from {published.authors}"
        )


def _download(published: Published, target: Path) -> None:
    assert published.url is not None
    try:
        with (
            drafted(target) as draft,
            urllib.request.urlopen(published.url, timeout=60) as answer,
            draft.open("wb") as file,
        ):
            while block := answer.read(_BLOCK):
                file.write(block)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot download {published.what} from {published.url}: {error}. Download it by other means "
            f"and put it at {target}"
        ) from error
