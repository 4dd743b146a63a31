"""What training changed in a network, as arrays and back, to the bit."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray

DIGEST: Final = "digest of the untrained state"

Arrays = Mapping[str, NDArray[np.generic]]


def digests_of(network: Any) -> dict[str, str]:
    """SHA-256 of every tensor of a network."""
    return {key: _digest(value) for key, value in network.state_dict().items()}


def _digest(tensor: torch.Tensor) -> str:
    sha = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)} ".encode())
    sha.update(np.ascontiguousarray(_array(tensor)).data.cast("B") if tensor.numel() else b"")
    return sha.hexdigest()


def digest_of_all(digests: Mapping[str, str]) -> str:
    """One for all tensors and their names."""
    return hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()


def changed(network: Any, before: Mapping[str, str]) -> dict[str, NDArray[np.generic]]:
    """What training changed, by type and name, and what it started from."""
    arrays: dict[str, NDArray[np.generic]] = {DIGEST: np.array(digest_of_all(before))}
    for key, tensor in network.state_dict().items():
        if before.get(key) != _digest(tensor):
            arrays[f"{str(tensor.dtype).removeprefix('torch.')} {key}"] = _array(tensor)
    return arrays


def _array(tensor: torch.Tensor) -> NDArray[np.generic]:
    own = tensor.detach().cpu()
    return cast(NDArray[np.generic], (own.view(torch.int16) if own.dtype is torch.bfloat16 else own).numpy())


def tensor_of(key: str, array: NDArray[np.generic]) -> tuple[str, torch.Tensor]:
    """A tensor's name and the tensor, of one of :func:`changed`'s. Raises KeyError for another key."""
    kind, _, name = key.partition(" ")
    dtype = getattr(torch, kind, None)
    if not isinstance(dtype, torch.dtype):
        raise KeyError(key)
    tensor = torch.from_numpy(np.array(array))
    return name, tensor.view(dtype) if dtype is torch.bfloat16 else tensor.to(dtype)


def put(network: Any, name: str, tensor: torch.Tensor) -> None:
    """Sets a parameter or a buffer; a buffer takes any shape (memory banks grow while they are filled)."""
    path, _, last = name.rpartition(".")
    try:
        owner = network.get_submodule(path)
    except AttributeError as error:
        raise KeyError(name) from error
    if last in owner._buffers:
        old = owner._buffers[last]
        owner._buffers[last] = tensor.to(old.device if old is not None else tensor.device)
        return
    parameter = owner._parameters.get(last)
    if parameter is None:
        raise KeyError(name)
    if parameter.shape != tensor.shape:
        raise ValueError(f"{name} is {tuple(tensor.shape)} and should be {tuple(parameter.shape)}")
    parameter.copy_(tensor)


@contextlib.contextmanager
def filled() -> Iterator[None]:
    """Within it, tensors that are made without values hold NaN, not what lay in memory before."""
    enabled = torch.are_deterministic_algorithms_enabled()
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(enabled, warn_only=warns)


def lay_out(network: Any) -> None:
    """Orders tensors in memory as restored ones are: the order decides the last bits of a product."""
    for each in network.modules():
        for held in (each._buffers, each._parameters):
            for tensor in held.values():
                if tensor is not None:
                    tensor.data = tensor.data.contiguous()
