"""The tiny checkpoint's architecture, and its vision tower on a batch of equal photographs."""

from __future__ import annotations

import math

import torch
from photographs import CELL, GRID, SIDE
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration
from transformers.models.qwen2_vl.modeling_qwen2_vl import apply_rotary_pos_emb_vision

PATCH = 14
MEAN = (0.48145466, 0.4578275, 0.40821073)
DEVIATION = (0.26862954, 0.26130258, 0.27577711)


def configuration(tokens: dict[str, int], vocabulary: int) -> Qwen2VLConfig:
    """The configuration: 128 wide, 3 vision layers, 3 text layers; ``tokens`` are the special ones' ids."""
    return Qwen2VLConfig(
        text_config={
            "vocab_size": vocabulary,
            "hidden_size": 128,
            "intermediate_size": 384,
            "num_hidden_layers": 3,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "rms_norm_eps": 1e-6,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 6, 6]},
            "bos_token_id": tokens["<|endoftext|>"],
            "eos_token_id": tokens["<|im_end|>"],
            "pad_token_id": tokens["<|endoftext|>"],
            "tie_word_embeddings": True,
        },
        vision_config={
            "depth": 3,
            "embed_dim": 128,
            "num_heads": 4,
            "mlp_ratio": 4,
            "hidden_size": 128,
            "patch_size": PATCH,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
        },
        image_token_id=tokens["<|image_pad|>"],
        video_token_id=tokens["<|video_pad|>"],
        vision_start_token_id=tokens["<|vision_start|>"],
        vision_end_token_id=tokens["<|vision_end|>"],
        tie_word_embeddings=True,
    )


def build(config: Qwen2VLConfig) -> Qwen2VLForConditionalGeneration:
    """A new model; weights start at a width's own scale, which so narrow a model needs to learn at all."""
    model = Qwen2VLForConditionalGeneration(config).float()
    for name, parameter in model.named_parameters():
        if parameter.dim() >= 2 and "embed_tokens" not in name:
            nn.init.normal_(parameter, std=1 / math.sqrt(parameter[0].numel()))
    nn.init.normal_(model.model.language_model.embed_tokens.weight, std=0.1)
    depth = len(model.model.visual.blocks) + len(model.model.language_model.layers)
    for name, parameter in model.named_parameters():
        if name.endswith(("attn.proj.weight", "fc2.weight", "o_proj.weight", "down_proj.weight")):
            parameter.data /= math.sqrt(2 * depth)
    return model


def patches(pixels: Tensor) -> Tensor:
    """``pixels`` (n, 168, 168, 3) uint8 to (n, 144, 588), in the order in which the model merges them."""
    flat = pixels.float().div(255).sub(pixels.new_tensor(MEAN, dtype=torch.float32))
    flat = flat / pixels.new_tensor(DEVIATION, dtype=torch.float32)
    split = flat.view(-1, GRID, 2, PATCH, GRID, 2, PATCH, 3).permute(0, 1, 4, 2, 5, 7, 3, 6)
    return split.reshape(len(pixels), (SIDE // PATCH) ** 2, 3 * PATCH * PATCH)


def visual_tokens(model: Qwen2VLForConditionalGeneration, flat: Tensor) -> Tensor:
    """(n, 144, 588) to (n, 36, 128): what the model's own vision tower computes, for all at once.

    A photograph is a film of two equal frames, so its two kernels are summed.
    """
    visual = model.model.visual
    kernel = visual.patch_embed.proj.weight.sum(2).flatten(1)
    hidden = functional.linear(flat, kernel)
    cos, sin = _rotary(visual, hidden)
    for block in visual.blocks:
        query, key, value = (
            block.attn.qkv(block.norm1(hidden)).view(*hidden.shape[:2], 3, block.attn.num_heads, -1).unbind(2)
        )
        query, key = apply_rotary_pos_emb_vision(query, key, cos, sin)
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        )
        hidden = hidden + block.attn.proj(mixed.transpose(1, 2).flatten(2))
        hidden = hidden + block.mlp(block.norm2(hidden))
    return visual.merger(hidden.flatten(0, 1)).view(len(flat), GRID * GRID, -1)


def _rotary(visual: nn.Module, hidden: Tensor) -> tuple[Tensor, Tensor]:
    side = SIDE // PATCH
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    places = torch.stack([_merged(rows), _merged(columns)], -1)
    cos, sin = visual.rotary_pos_emb(hidden, places)
    return cos, sin


def _merged(grid: Tensor) -> Tensor:
    return grid.view(GRID, 2, GRID, 2).transpose(1, 2).flatten()


assert SIDE == GRID * CELL
