"""Checkpoint files laid out as AnomalyGPT's authors publish them, filled with seeded random numbers."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch


@dataclass(frozen=True)
class Sizes:
    """How large the networks are; the layout is the authors' whatever they are."""

    vision: int = 32
    vision_blocks: int = 4
    text: int = 32
    text_blocks: int = 2
    shared: int = 16
    channels: tuple[int, ...] = (4, 4, 4, 8, 8)
    hidden: int = 32
    llm_heads: int = 4
    llm_kv_heads: int = 4
    llm_blocks: int = 2
    rank: int = 4


TINY = Sizes()

AS_PUBLISHED = Sizes(1280, 4, 64, 2, 1024, (4, 16, 64, 256, 1024), 4096, 32, 4, 2, 32)
"""Their widths, which the authors' code demands, at a reduced depth."""

VOCABULARY = 2400
STOP = 2277


@dataclass(frozen=True)
class Files:
    imagebind: Path
    vicuna: Path
    pandagpt: Path
    anomalygpt: Path


def write(folder: Path, sizes: Sizes = TINY, seed: int = 0) -> Files:
    """All four downloads."""
    draw = torch.Generator().manual_seed(seed)
    files = Files(
        folder / "imagebind_huge.pth", folder / "vicuna", folder / "pandagpt.pt", folder / "anomalygpt.pt"
    )
    torch.save(drawn(imagebind(sizes), draw), files.imagebind)
    torch.save(drawn(pandagpt(sizes), draw), files.pandagpt)
    torch.save(drawn(anomalygpt(sizes), draw), files.anomalygpt)
    files.vicuna.mkdir()
    torch.save(drawn(vicuna(sizes), draw), files.vicuna / "pytorch_model.bin")
    (files.vicuna / "config.json").write_text(json.dumps(vicuna_config(sizes)))
    (files.vicuna / "tokenizer.model").write_bytes(tokenizer())
    return files


def drawn(shapes: Mapping[str, tuple[int, ...]], draw: torch.Generator) -> dict[str, torch.Tensor]:
    """Even draws, which are the same to the bit on every processor, kept in half precision.

    Nothing stays as it is at the beginning of a training: norms, biases and LoRA's B are drawn too.
    """
    tensors = {}
    for name, shape in shapes.items():
        numbers = (2 * torch.rand(shape, generator=draw) - 1) * 3**0.5
        if name.endswith("text.mask"):
            numbers = torch.full(shape, float("-inf")).triu_(1)
        elif "logit_scale" in name:
            numbers = 2.0 + 0.1 * numbers
        elif "norm" in name or "_layer.0." in name or "heads.vision.0" in name or "text.proj.0" in name:
            numbers = 0.1 * numbers + (name.endswith("weight"))
        elif len(shape) == 1:
            numbers = 0.1 * numbers
        elif "embed" not in name and "prompts" not in name:
            numbers *= 1.5 * (numbers[0].numel()) ** -0.5
        if "meta_net.15" in name:
            numbers *= 0.3  # as small as the learned prompts, so that one bound holds for both
        tensors[name] = numbers.half()
    return tensors


def imagebind(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Both towers that are used, and the others at the least size there is."""
    vision, text, shared = sizes.vision, sizes.text, sizes.shared
    pre, trunks, heads, post = (
        f"modality_{part}" for part in ("preprocessors", "trunks", "heads", "postprocessors")
    )
    shapes: dict[str, tuple[int, ...]] = {
        f"{pre}.vision.cls_token": (1, 1, vision),
        f"{pre}.vision.rgbt_stem.proj.1.weight": (vision, 3, 2, 14, 14),
        f"{pre}.vision.pos_embedding_helper.pos_embed": (1, 257, vision),
        f"{pre}.text.pos_embed": (1, 77, text),
        f"{pre}.text.mask": (77, 77),
        f"{pre}.text.token_embedding.weight": (49408, text),
        **_linear(f"{trunks}.vision.pre_transformer_layer.0", vision),
        **_linear(f"{heads}.vision.0", vision),
        f"{heads}.vision.2.weight": (shared, vision),
        **_linear(f"{heads}.text.proj.0", text),
        f"{heads}.text.proj.1.weight": (shared, text),
        f"{post}.text.1.log_logit_scale": (),
    }
    for tower, width, blocks in (
        ("vision", vision, sizes.vision_blocks),
        ("text", text, sizes.text_blocks),
    ):
        for number in range(blocks):
            shapes.update(_block(f"{trunks}.{tower}.blocks.{number}", width))
    return {**shapes, **_other_modalities(shared)}


def _other_modalities(shared: int) -> dict[str, tuple[int, ...]]:
    """Audio, depth, thermal, inertia: 16 wide, one block each, as small as the authors' code lets them be."""
    pre, trunks, heads, post = (
        f"modality_{part}" for part in ("preprocessors", "trunks", "heads", "postprocessors")
    )
    stems = {
        "audio": ("rgbt_stem.proj.weight", (16, 1, 16, 16), "rgbt_stem", 12 * 19 + 1),
        "depth": ("depth_stem.proj.weight", (16, 1, 16, 16), "depth_stem", 14 * 14 + 1),
        "thermal": ("rgbt_stem.proj.weight", (16, 1, 16, 16), "rgbt_stem", 14 * 14 + 1),
        "imu": ("imu_stem.proj.weight", (16, 48), "imu_stem", 2000 // 8 + 1),
    }
    shapes: dict[str, tuple[int, ...]] = {}
    for tower, (stem, shape, norm, places) in stems.items():
        place = "pos_embed" if tower == "imu" else "pos_embedding_helper.pos_embed"
        head = 3 if tower == "imu" else 2
        shapes.update(
            {
                f"{pre}.{tower}.cls_token": (1, 1, 16),
                f"{pre}.{tower}.{stem}": shape,
                **_linear(f"{pre}.{tower}.{norm}.norm_layer", 16),
                f"{pre}.{tower}.{place}": (1, places, 16),
                f"{trunks}.{tower}.blocks.0.attn.bias_k": (1, 1, 16),
                f"{trunks}.{tower}.blocks.0.attn.bias_v": (1, 1, 16),
                **_block(f"{trunks}.{tower}.blocks.0", 16),
                **_linear(f"{heads}.{tower}.0", 16),
                f"{heads}.{tower}.{head}.weight": (shared, 16),
                f"{post}.{tower}.1.log_logit_scale": (),
            }
        )
    return shapes


def _block(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {
        f"{name}.attn.in_proj_weight": (3 * width, width),
        f"{name}.attn.in_proj_bias": (3 * width,),
        **_linear(f"{name}.attn.out_proj", width, width),
        **_linear(f"{name}.norm_1", width),
        **_linear(f"{name}.mlp.fc1", 4 * width, width),
        **_linear(f"{name}.mlp.fc2", width, 4 * width),
        **_linear(f"{name}.norm_2", width),
    }


def _linear(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def pandagpt(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """LoRA's halves and the projection of the image's embedding."""
    shapes = _linear("llama_proj", sizes.hidden, sizes.shared)
    for name, out in _attention(sizes):
        lora = f"llama_model.base_model.model.{name}"
        shapes[f"{lora}.lora_A.default.weight"] = (sizes.rank, sizes.hidden)
        shapes[f"{lora}.lora_B.default.weight"] = (out, sizes.rank)
    return shapes


def anomalygpt(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """What the authors trained: 8 tensors of the image decoder, 13 of the prompt learner."""
    shapes: dict[str, tuple[int, ...]] = {}
    for number in range(4):
        shapes.update(_linear(f"image_decoder.fc.{number}", sizes.shared, sizes.vision))
    shapes["prompt_learner.base_prompts"] = (9, sizes.hidden)
    widths = (1, *sizes.channels)
    for number, (into, out) in enumerate(pairwise(widths)):
        shapes.update(_linear(f"prompt_learner.meta_net.{3 * number}", out, into, 3, 3))
    shapes.update(_linear("prompt_learner.meta_net.15", sizes.hidden, widths[-1], 5, 5))
    return shapes


def vicuna(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """The LLM as its conversion leaves it, with the frequencies that later versions leave out."""
    hidden = sizes.hidden
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (VOCABULARY, hidden),
        "model.norm.weight": (hidden,),
        "lm_head.weight": (VOCABULARY, hidden),
    }
    for name, out in _attention(sizes):
        shapes[f"{name}.weight"] = (hidden, hidden) if name.endswith("o_proj") else (out, hidden)
    for number in range(sizes.llm_blocks):
        block = f"model.layers.{number}"
        shapes[f"{block}.mlp.gate_proj.weight"] = shapes[f"{block}.mlp.up_proj.weight"] = (64, hidden)
        shapes[f"{block}.mlp.down_proj.weight"] = (hidden, 64)
        shapes[f"{block}.input_layernorm.weight"] = (hidden,)
        shapes[f"{block}.post_attention_layernorm.weight"] = (hidden,)
        shapes[f"{block}.self_attn.rotary_emb.inv_freq"] = (hidden // sizes.llm_heads // 2,)
    return shapes


def _attention(sizes: Sizes) -> Iterator[tuple[str, int]]:
    narrow = sizes.hidden // sizes.llm_heads * sizes.llm_kv_heads
    for number in range(sizes.llm_blocks):
        for letter, out in (("q", sizes.hidden), ("k", narrow), ("v", narrow), ("o", sizes.hidden)):
            yield f"model.layers.{number}.self_attn.{letter}_proj", out


def vicuna_config(sizes: Sizes) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": sizes.hidden,
        "intermediate_size": 64,
        "num_attention_heads": sizes.llm_heads,
        "num_key_value_heads": sizes.llm_kv_heads,
        "num_hidden_layers": sizes.llm_blocks,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-6,
        "tie_word_embeddings": False,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }


def tokenizer() -> bytes:
    """A SentencePiece model as LLaMA's: bytes, then characters, then fillers, ``##`` at its true place."""
    pieces = [("<unk>", 2), ("<s>", 3), ("</s>", 3), *((f"<0x{code:02X}>", 6) for code in range(256))]
    pieces += [(chr(code), 1) for code in range(33, 127)] + [("▁", 1)]
    pieces += [(f"~{number}", 1) for number in range(len(pieces), VOCABULARY)]
    pieces[STOP] = ("##", 1)
    message = b""
    for number, (piece, kind) in enumerate(pieces):
        inner = _text(1, piece.encode()) + b"\x15" + struct.pack("<f", -float(number)) + _number(3, kind)
        message += _text(1, inner)
    trainer = _number(3, 2) + _number(4, VOCABULARY) + _number(35, 1)  # BPE, with a fallback to bytes
    normalizer = _text(1, b"identity") + _number(3, 1) + _number(4, 0) + _number(5, 1)
    return message + _text(2, trainer) + _text(3, normalizer)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
