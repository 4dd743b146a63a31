"""Which weights a name means: a model of the hub at a revision, or a folder by its content."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from iad_eval.errors import ModelError
from iad_eval.words import Json

WHOLE = 64 << 20
"""Files up to this many bytes are read whole for the digest, larger ones at both ends."""

_ENDS = 1 << 20
_HUB_NAME = re.compile(r"(?P<name>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>\S*))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Weights:
    """``target`` is what vLLM is told to load: ``ORG/NAME`` or a folder; ``revision`` is None for folders.

    ``identity`` stands for the content in the identity of answers.
    """

    target: str
    revision: str | None
    identity: str

    @property
    def is_local(self) -> bool:
        """Whether the weights lie in a folder of this machine."""
        return self.revision is None


def weights(text: str) -> Weights:
    """``ORG/NAME``, ``ORG/NAME@REVISION`` or a folder. Raises ModelError for a folder that holds no model.

    Without a revision, the one that the hub's local cache holds is taken; where it holds none,
    the branch ``main``.
    """
    folder = Path(text).expanduser()
    if folder.is_dir():
        return Weights(str(folder.resolve()), None, _content(folder))
    read = _HUB_NAME.fullmatch(text)
    if read is None:
        raise ModelError(
            f"{text} is no folder with a model, and does not read as a model of the hub; type for example "
            "--iad-model vllm:Qwen/Qwen2-VL-7B-Instruct or --iad-model vllm:/data/models/qwen2-vl"
        )
    name = read["name"]
    revision = read["revision"] or _cached_revision(name) or "main"
    return Weights(name, revision, f"{name}@{revision}")


def model_type(found: Weights) -> str | None:
    """``qwen2_vl`` and so on, from the configuration beside the weights; None where it is not here yet."""
    if found.revision is None:
        place = Path(found.target)
    else:
        place = _hub_folder(found.target) / "snapshots" / found.revision
    try:
        kind: Json = json.loads((place / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError):
        return None
    return kind if isinstance(kind, str) else None


def _content(folder: Path) -> str:
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    if not any(path.name == "config.json" for path in files):
        raise ModelError(f"{folder} holds no config.json: name the folder that the model was saved into")
    sha = hashlib.sha256()
    for path in files:
        if path.suffix in (".md", ".csv", ".png", ".svg"):
            continue  # what people read about a model does not change its answers
        try:
            size = path.stat().st_size
            sha.update(f"{path.name}\0{size}\0".encode())
            with path.open("rb") as file:
                if size <= WHOLE:
                    sha.update(file.read())
                else:
                    sha.update(file.read(_ENDS))
                    file.seek(-_ENDS, os.SEEK_END)
                    sha.update(file.read())
        except OSError as error:
            raise ModelError(f"cannot read {path}: {error.strerror or error}") from error
    return f"content-{sha.hexdigest()[:32]}"


def _hub_folder(name: str) -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
    home = Path(os.environ.get("HF_HOME") or caches / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub").expanduser()
    return hub / f"models--{name.replace('/', '--')}"


def _cached_revision(name: str) -> str | None:
    try:
        return (_hub_folder(name) / "refs" / "main").read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
