"""The names and shapes of the authors' checkpoint files, and what becomes of a file that has others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import torch

from baselines import checkpoints
from iad_eval.errors import ModelError

Shapes = Mapping[str, tuple[int, ...]]
Tensors = Mapping[str, torch.Tensor]

PATCHES: Final = 256
"""16 x 16 patches of 14 x 14 pixels."""

PROMPTS: Final = 9
"""As many prompts are learned, and as many made of a map, of 3 x 3 places."""

_SAID: Final = 4


def read(path: Path) -> dict[str, torch.Tensor]:
    """A file's tensors by the authors' names. Raises ModelError for a file that holds anything else."""
    return checkpoints.tensors(checkpoints.read(path), path)


def account(given: Tensors, expected: Shapes, source: Path, unused: Collection[str] = ()) -> None:
    """Every tensor is expected, and every expected one is there, in its shape.

    ``unused`` are beginnings of names that may be there and are not looked at. Raises ModelError with all
    that is wrong.
    """
    extra = [name for name in given if name not in expected and not name.startswith(tuple(unused))]
    missing = [name for name in expected if name not in given]
    shapes = [
        f"{name} is {tuple(given[name].shape)} and should be {shape}"
        for name, shape in expected.items()
        if name in given and tuple(given[name].shape) != shape
    ]
    troubles = [
        f"{len(names)} {what}: {_some(names)}"
        for what, names in (
            (f"of {len(expected)} tensors are missing", missing),
            ("tensors are unknown", extra),
            ("tensors have another shape", shapes),
        )
        if names
    ]
    if troubles:
        raise ModelError(
            f"{source} is not laid out as its authors publish it: {'; '.join(troubles)}. "
            "Is it the right file? Download it again"
        )


def size(given: Tensors, name: str, axis: int, source: Path) -> int:
    """How long an axis of a tensor is; raises ModelError where there is no such tensor."""
    if name not in given or given[name].ndim <= axis:
        account(given, {name: ()}, source, unused=("",))
    return int(given[name].shape[axis])


def count(given: Iterable[str], prefix: str) -> int:
    """How many blocks are numbered after a prefix."""
    return len({name[len(prefix) :].partition(".")[0] for name in given if name.startswith(prefix)})


def cut(given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The entries whose names begin so, without that beginning."""
    return {name[len(prefix) :]: value for name, value in given.items() if name.startswith(prefix)}


def affine(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    """A layer's weight of a shape, and its bias."""
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SAID} more" if len(names) > _SAID else ""
    return ", ".join(names[:_SAID]) + more
