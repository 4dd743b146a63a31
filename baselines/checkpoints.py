"""Checkpoint files: tensors and nothing but tensors, every key accounted for."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from iad_eval.errors import ModelError

_NAMED = 5


def read(path: Path) -> dict[str, Any]:
    """The contents of a ``.pth``, ``.pt``, ``.ckpt``, ``.bin`` or ``.safetensors`` file, on the CPU.

    Only tensors and plain containers are taken out of a pickle; no code in it is run. Raises ModelError
    for a file that is missing, cut short, or holds anything else.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return dict(load_file(path))
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=_can_be_mapped(path))
    except FileNotFoundError as error:
        raise ModelError(f"there is no checkpoint {path}") from error
    except pickle.UnpicklingError as error:
        raise ModelError(_suspicious(path, error)) from error
    except Exception as error:  # torch, zipfile and safetensors each have their own ways to fail
        raise ModelError(
            f"cannot read the checkpoint {path} ({path.stat().st_size if path.exists() else 0} bytes): it is "
            f"damaged or cut short ({_first_line(error)}). Compare its size with the published one and "
            "download it again"
        ) from error
    if not isinstance(found, Mapping):
        raise ModelError(
            f"{path} holds a {type(found).__name__}, where a dictionary of tensors by name was expected: "
            "is it the right file?"
        )
    return dict(found)


def tensors(contents: Mapping[str, Any], source: Path) -> dict[str, torch.Tensor]:
    """The same where every value is a tensor. Raises ModelError naming those that are none."""
    others = [str(key) for key, value in contents.items() if not isinstance(value, torch.Tensor)]
    if others:
        raise ModelError(
            f"{source} holds entries that are no tensors ({_some(others)}): is it the right checkpoint?"
        )
    return dict(contents)


def section(contents: Mapping[str, Any], name: str, source: Path) -> dict[str, torch.Tensor]:
    """The tensors that lie one level down under ``name``. Raises ModelError where there are none."""
    found = contents.get(name)
    if not isinstance(found, Mapping):
        raise ModelError(
            f"{source} has no section {name!r}; it has {_some(map(str, contents))}: "
            "is it the right checkpoint?"
        )
    return tensors(found, source)


def load_exactly(
    module: nn.Module,
    given: Mapping[str, torch.Tensor],
    source: Path | str,
    leave_out: Collection[str] = (),
) -> None:
    """Puts tensors into a module, in its own precision: all of them, and all that it has.

    ``leave_out`` names what of the module stays as it is. Raises ModelError naming what is missing, what
    is too much, and what has another shape; the module is untouched then.
    """
    own = {key: value for key, value in module.state_dict().items() if key not in leave_out}
    missing, extra = own.keys() - given.keys(), given.keys() - own.keys()
    shapes = [
        f"{key} is {tuple(given[key].shape)} and should be {tuple(own[key].shape)}"
        for key in sorted(own.keys() & given.keys())
        if given[key].shape != own[key].shape
    ]
    troubles = []
    if missing:
        troubles.append(f"{len(missing)} of {len(own)} tensors are missing ({_some(sorted(missing))})")
    if extra:
        troubles.append(f"{len(extra)} are not known here ({_some(sorted(extra))})")
    if shapes:
        troubles.append(f"{len(shapes)} have another shape ({_some(shapes, '; ')})")
    if troubles:
        raise ModelError(
            f"{source} does not fit {type(module).__name__}: {'; '.join(troubles)}. "
            "Is it the checkpoint of this model, at this size?"
        )
    module.load_state_dict(dict(given), strict=False)


def _can_be_mapped(path: Path) -> bool:
    """Files in torch's format since 1.6 are read as far as they are needed; older ones whole."""
    return zipfile.is_zipfile(path)


def _suspicious(path: Path, error: Exception) -> str:
    text = str(error)
    if "global" in text.lower():
        return (
            f"{path} holds more than tensors, and what else it holds could run code when it is loaded: it "
            f"was not loaded ({_reason(text)}). Take the checkpoint from where its authors publish it"
        )
    return (
        f"cannot read the checkpoint {path}: it is damaged or cut short, or no file of tensors "
        f"({_reason(text)}). Download it again"
    )


def _reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if "global" in line.lower() or "nsupported" in line]
    return (lines or text.splitlines() or [""])[0].strip()[:160]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


def _some(names: Any, between: str = ", ") -> str:
    listed = list(names)
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return between.join(listed[:_NAMED]) + more
