"""ImageBind-Huge's image and text towers (Girdhar et al., 2023), which are CLIP's under other names.

Three things differ: a frame is shown twice to a patch kernel two frames deep, so that the kernel
is the sum over both; queries, keys and values lie in one matrix; and features are taken
from four blocks, at each quarter of the depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import open_clip
import torch
from transformers import (
    CLIPTextConfig,
    CLIPTextModelWithProjection,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

from baselines.anomalygpt.layout import PATCHES, Shapes, Tensors, account, affine, count, cut, size

SIDE_PX: Final = 224

_PATCH_PX: Final = 14
_HEADS: Final = 16  # of both towers; no tensor's shape tells
_EPSILON: Final = 1e-6
_FRAMES: Final = 2
_END: Final = 49_407  # the last word of CLIP's vocabulary ends a sentence
_PRE, _TRUNK, _HEAD, _POST = (
    f"modality_{part}" for part in ("preprocessors", "trunks", "heads", "postprocessors")
)
_OTHERS: Final = tuple(
    f"{part}.{modality}."
    for part in (_PRE, _TRUNK, _HEAD, _POST)
    for modality in ("audio", "depth", "thermal", "imu")
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the image tower makes of B images: embeddings (B, D), 4 times raw patch features (B, 256, W)."""

    embeddings: torch.Tensor
    features: tuple[torch.Tensor, ...]


class Towers:
    """Both towers on a device, in one precision."""

    def __init__(self, given: Tensors, source: Path, device: torch.device, precision: torch.dtype) -> None:
        """Raises ModelError where a tensor is missing, unknown or of another shape."""
        account(given, _layout(given, source), source, unused=_OTHERS)
        self._vision = _vision(given, precision).to(device).eval()
        self._text = _text(given, precision).to(device).eval()
        self._scale = given[f"{_POST}.text.1.log_logit_scale"].float().exp().clamp(max=100).item()
        self._device, self._precision = device, precision
        self._tokens = _tokenizer()
        depth = self._vision.config.num_hidden_layers
        self._taken = tuple(depth * quarter // 4 for quarter in (1, 2, 3, 4))
        self.sizes = (self._vision.config.hidden_size, self._vision.config.projection_dim)

    def see(self, images: torch.Tensor) -> Seen:
        """Looks at normalised images (B, 3, 224, 224)."""
        shown = images.to(self._device, self._precision)
        found = self._vision(pixel_values=shown, output_hidden_states=True)
        features = tuple(found.hidden_states[block][:, 1:] for block in self._taken)
        return Seen(torch.nn.functional.normalize(found.image_embeds, dim=-1), features)

    def read(self, sentences: Sequence[str]) -> torch.Tensor:
        """Embeddings (n, D) of sentences, at the length that training gave them."""
        tokens = self._tokens(list(sentences)).to(self._device)
        found = self._text(input_ids=tokens)
        return torch.nn.functional.normalize(found.text_embeds, dim=-1) * self._scale


@cache
def _tokenizer() -> Any:
    return open_clip.SimpleTokenizer()


def _layout(given: Tensors, source: Path) -> Shapes:
    width = size(given, f"{_PRE}.vision.cls_token", 2, source)
    words, told = (
        size(given, f"{_PRE}.text.token_embedding.weight", 0, source),
        size(given, f"{_PRE}.text.token_embedding.weight", 1, source),
    )
    length = size(given, f"{_PRE}.text.pos_embed", 1, source)
    shared = size(given, f"{_HEAD}.vision.2.weight", 0, source)
    shapes: dict[str, tuple[int, ...]] = {
        f"{_PRE}.vision.cls_token": (1, 1, width),
        f"{_PRE}.vision.rgbt_stem.proj.1.weight": (width, 3, _FRAMES, _PATCH_PX, _PATCH_PX),
        f"{_PRE}.vision.pos_embedding_helper.pos_embed": (1, PATCHES + 1, width),
        f"{_PRE}.text.pos_embed": (1, length, told),
        f"{_PRE}.text.mask": (length, length),
        f"{_PRE}.text.token_embedding.weight": (words, told),
        **affine(f"{_TRUNK}.vision.pre_transformer_layer.0", width),
        **affine(f"{_HEAD}.vision.0", width),
        f"{_HEAD}.vision.2.weight": (shared, width),
        **affine(f"{_HEAD}.text.proj.0", told),
        f"{_HEAD}.text.proj.1.weight": (shared, told),
        f"{_POST}.text.1.log_logit_scale": (),
    }
    for tower, wide in (("vision", width), ("text", told)):
        blocks = f"{_TRUNK}.{tower}.blocks."
        inner = size(given, f"{blocks}0.mlp.fc1.weight", 0, source)
        for number in range(count(given, blocks)):
            shapes.update(_block(f"{blocks}{number}", wide, inner))
    return shapes


def _block(name: str, width: int, inner: int) -> Shapes:
    return {
        f"{name}.attn.in_proj_weight": (3 * width, width),
        f"{name}.attn.in_proj_bias": (3 * width,),
        **affine(f"{name}.attn.out_proj", width, width),
        **affine(f"{name}.norm_1", width),
        **affine(f"{name}.norm_2", width),
        **affine(f"{name}.mlp.fc1", inner, width),
        **affine(f"{name}.mlp.fc2", width, inner),
    }


def _vision(given: Tensors, precision: torch.dtype) -> Any:
    pre, head = cut(given, f"{_PRE}.vision."), cut(given, f"{_HEAD}.vision.")
    blocks, sizes = _blocks(given, "vision")
    config = CLIPVisionConfig(
        **sizes, projection_dim=len(head["2.weight"]), image_size=SIDE_PX, patch_size=_PATCH_PX
    )
    tensors = {
        "embeddings.class_embedding": pre["cls_token"][0, 0],
        "embeddings.patch_embedding.weight": pre["rgbt_stem.proj.1.weight"].float().sum(2),
        "embeddings.position_embedding.weight": pre["pos_embedding_helper.pos_embed"][0],
        **_renamed(cut(given, f"{_TRUNK}.vision.pre_transformer_layer.0."), "pre_layrnorm"),
        **_renamed(cut(head, "0."), "post_layernorm"),
        **blocks,
    }
    named = {f"vision_model.{name}": tensor for name, tensor in tensors.items()}
    return _filled(
        CLIPVisionModelWithProjection,
        config,
        {**named, "visual_projection.weight": head["2.weight"]},
        precision,
    )


def _text(given: Tensors, precision: torch.dtype) -> Any:
    pre, head = cut(given, f"{_PRE}.text."), cut(given, f"{_HEAD}.text.proj.")
    blocks, sizes = _blocks(given, "text")
    words = pre["token_embedding.weight"]
    config = CLIPTextConfig(
        **sizes,
        projection_dim=len(head["1.weight"]),
        vocab_size=len(words),
        max_position_embeddings=pre["pos_embed"].shape[1],
        eos_token_id=_END,
    )
    tensors = {
        "embeddings.token_embedding.weight": words,
        "embeddings.position_embedding.weight": pre["pos_embed"][0],
        **_renamed(cut(head, "0."), "final_layer_norm"),
        **blocks,
    }
    named = {f"text_model.{name}": tensor for name, tensor in tensors.items()}
    return _filled(
        CLIPTextModelWithProjection, config, {**named, "text_projection.weight": head["1.weight"]}, precision
    )


def _blocks(given: Tensors, tower: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """A trunk's tensors under CLIP's names, and what CLIP's configuration says of it."""
    prefix = f"{_TRUNK}.{tower}.blocks."
    depth = count(given, prefix)
    tensors: dict[str, torch.Tensor] = {}
    for number in range(depth):
        block = cut(given, f"{prefix}{number}.")
        name = f"encoder.layers.{number}"
        for part in ("weight", "bias"):
            split = block[f"attn.in_proj_{part}"].chunk(3)
            tensors.update(
                {
                    f"{name}.self_attn.{which}_proj.{part}": own
                    for which, own in zip("qkv", split, strict=True)
                }
            )
            tensors[f"{name}.self_attn.out_proj.{part}"] = block[f"attn.out_proj.{part}"]
            for layer in (1, 2):
                tensors[f"{name}.layer_norm{layer}.{part}"] = block[f"norm_{layer}.{part}"]
                tensors[f"{name}.mlp.fc{layer}.{part}"] = block[f"mlp.fc{layer}.{part}"]
    inner, width = given[f"{prefix}0.mlp.fc1.weight"].shape
    return tensors, {
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": depth,
        "num_attention_heads": _HEADS,
        "hidden_act": "gelu",
        "layer_norm_eps": _EPSILON,
    }


def _renamed(given: Tensors, name: str) -> dict[str, torch.Tensor]:
    return {f"{name}.{part}": tensor for part, tensor in given.items()}


def _filled(kind: Any, config: Any, tensors: Tensors, precision: torch.dtype) -> Any:
    """The model with these tensors for weights, without making random ones first."""
    with torch.device("meta"):
        model = kind(config)
    model.load_state_dict(
        {name: tensor.to(precision) for name, tensor in tensors.items()}, strict=True, assign=True
    )
    for module in model.modules():  # the only buffers, and in no checkpoint
        if hasattr(module, "position_ids"):
            module.position_ids = torch.arange(module.position_ids.shape[-1])[None]
    return model
