"""The identity of an answer: known from file bytes and settings, without decoding an image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from iad_eval.errors import DataError
from iad_eval.perturbations import Perturbation
from iad_eval.words import Json

_READ = 1 << 20


def digest_json(value: Json) -> str:
    """SHA-256 (hex, 32 digits) of a JSON value in its one canonical form."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def observation_key(image_digest: str, perturbation: Perturbation, identity: Mapping[str, Json]) -> str:
    """The identity of an observation: photograph, perturbation, and all that the model adds.

    The photograph's place, name and truth are left out: they do not change what a model says.
    """
    return digest_json(
        {
            "image": image_digest,
            "perturbation": [perturbation.name, perturbation.version, dict(perturbation.parameters)],
            "model": dict(identity),
        }
    )


class FileDigests:
    """SHA-256 (hex, 32 digits) of files, each file read once in a session.

    Where something :meth:`stands <stand>` for a file's bytes, that is given instead.
    """

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}
        self._stand_ins: dict[str, str] = {}

    def stand(self, stand_ins: Mapping[str, str]) -> None:
        """Lets other digests stand for these from now on."""
        self._stand_ins.update(stand_ins)

    def __call__(self, path: Path) -> str:
        """Raises DataError where the file cannot be read."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = digest_file(path)
        return self._stand_ins.get(known, known)

    def warm(self, paths: Iterable[Path]) -> None:
        """Reads files side by side; one that cannot be read is left for the call that needs it."""
        missing = [path for path in dict.fromkeys(paths) if path not in self._known]
        if not missing:
            return
        with ThreadPoolExecutor(4) as pool:
            for path, digest in zip(missing, pool.map(_digest_or_none, missing), strict=True):
                if digest is not None:
                    self._known[path] = digest


def digest_file(path: Path) -> str:
    """SHA-256 (hex, 32 digits) of a file's bytes. Raises DataError where it cannot be read."""
    return sha256_of(path)[:32]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes in all its 64 digits. Raises DataError where it cannot be read."""
    sha = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_READ):
                sha.update(block)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    return sha.hexdigest()


def _digest_or_none(path: Path) -> str | None:
    try:
        return digest_file(path)
    except DataError:
        return None
