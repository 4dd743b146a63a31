"""What anomalib's models want from the Hugging Face hub and elsewhere, and how they are kept from it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import constants as hub

from iad_eval.errors import ModelError


@contextlib.contextmanager
def noting_backbones(random: bool, named: list[str]) -> Iterator[None]:
    """Notes which backbones timm is asked for; ``random``: it makes them without their weights."""
    own = timm.create_model

    def create_model(model_name: str, pretrained: bool = False, *arguments: Any, **options: Any) -> Any:
        named.append(model_name)
        return own(model_name, pretrained and not random, *arguments, **options)

    timm.create_model = create_model
    try:
        yield
    finally:
        timm.create_model = own


@contextlib.contextmanager
def offline(may_download: bool) -> Iterator[None]:
    """Without leave: huggingface_hub, torch.hub and anomalib's own downloads give what is here, or fail."""
    if may_download:
        yield
        return
    places: list[tuple[Any, str]] = [(hub, "HF_HUB_OFFLINE"), (torch.hub, "download_url_to_file")]
    places += [
        (module, "download_and_extract")
        for name, module in list(sys.modules.items())
        if name.startswith("anomalib.models.image.") and hasattr(module, "download_and_extract")
    ]
    before = [getattr(module, attribute) for module, attribute in places]
    environment = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    hub.HF_HUB_OFFLINE = True
    torch.hub.download_url_to_file = _refused_file
    for module, attribute in places[2:]:
        setattr(module, attribute, _refused_archive)
    try:
        yield
    finally:
        for (module, attribute), value in zip(places, before, strict=True):
            setattr(module, attribute, value)
        if environment is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = environment


def _refused_file(url: str, dst: str, *arguments: Any, **options: Any) -> None:
    raise ModelError(
        f"the backbone {url} is not on this machine: type --iad-download to have it downloaded, "
        f"or put it at {dst}"
    )


def _refused_archive(root: Path, info: Any) -> None:
    raise ModelError(
        f"{info.url} is wanted and not on this machine: type --iad-download to have it downloaded, "
        f"or unpack it at {root}"
    )


def wanted_in_vain(error: BaseException, backbones: Sequence[str]) -> str:
    """What the hub was asked for in vain; "" for another error."""
    seen: BaseException | None = error
    while seen is not None:
        if type(seen).__module__.startswith("huggingface_hub") or isinstance(seen, ConnectionError):
            break
        seen = seen.__cause__ or seen.__context__
    else:
        return ""
    if not backbones:
        return f"a file of the Hugging Face hub ({str(seen).splitlines()[0][:160]})"
    known = timm.models.get_pretrained_cfg(backbones[-1])
    where = getattr(known, "hf_hub_id", None) or backbones[-1]
    return f"the backbone {backbones[-1]} (model.safetensors of {where} on the Hugging Face hub)"
