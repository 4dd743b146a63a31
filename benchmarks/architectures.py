"""Qwen2-VL checkpoints without weights: a configuration, a byte-level tokenizer, a chat template."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from iad_eval.profiles import PAPER
from iad_eval.words import Json

LARGE = "72b-awq"
"""The paper's model: what is aimed at holds for this one alone."""

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
"""In the order of the true tokenizer, which begins them at 151643."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% else %}<|vision_start|><|image_pad|><|vision_end|>{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Architecture:
    """The numbers that make a Qwen2-VL this large; ``special`` is the id of the first special token."""

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    intermediate: int
    vocabulary: int
    special: int
    mrope_section: tuple[int, int, int]
    vision_depth: int
    vision_width: int
    vision_heads: int
    dtype: str
    is_awq: bool

    def config(self) -> dict[str, Json]:
        """``config.json``, laid out as the published checkpoints are (flat), without an end of text."""
        ids = {name: self.special + number for number, name in enumerate(SPECIAL)}
        config: dict[str, Json] = {
            "architectures": ["Qwen2VLForConditionalGeneration"],
            "model_type": "qwen2_vl",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "intermediate_size": self.intermediate,
            "vocab_size": self.vocabulary,
            "hidden_act": "silu",
            "max_position_embeddings": 32768,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1000000.0,
            "rope_scaling": {"type": "mrope", "mrope_section": self.mrope_section},
            "use_sliding_window": False,
            "tie_word_embeddings": False,
            "torch_dtype": self.dtype,
            "vision_start_token_id": ids["<|vision_start|>"],
            "vision_end_token_id": ids["<|vision_end|>"],
            "image_token_id": ids["<|image_pad|>"],
            "video_token_id": ids["<|video_pad|>"],
            "vision_config": {
                "depth": self.vision_depth,
                "embed_dim": self.vision_width,
                "num_heads": self.vision_heads,
                "hidden_size": self.hidden,
                "mlp_ratio": 4,
                "in_chans": 3,
                "patch_size": 14,
                "spatial_patch_size": 14,
                "spatial_merge_size": 2,
                "temporal_patch_size": 2,
            },
        }
        if self.is_awq:
            config["quantization_config"] = {
                "quant_method": "awq",
                "version": "gemm",
                "bits": 4,
                "group_size": 128,
                "zero_point": True,
                "modules_to_not_convert": ["visual"],
            }
        return config


ARCHITECTURES: Mapping[str, Architecture] = {
    # 29568 in the unquantised checkpoint; padded to 29696 so that 128-wide groups split over GPUs.
    LARGE: Architecture(
        8192, 80, 64, 8, 29696, 152064, 151643, (16, 24, 24), 32, 1280, 16, "float16", is_awq=True
    ),
    "tiny": Architecture(128, 2, 4, 2, 384, 512, 256, (4, 6, 6), 2, 128, 4, "float32", is_awq=False),
}


def write_model(folder: Path, architecture: Architecture) -> None:
    """Everything that vLLM wants of a checkpoint but its weights."""
    files: dict[str, Json] = {
        "config.json": architecture.config(),
        "tokenizer.json": tokenizer(architecture.special),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 32768},
        "preprocessor_config.json": {
            "image_processor_type": "Qwen2VLImageProcessor",
            "processor_class": "Qwen2VLProcessor",
            "min_pixels": PAPER.min_pixels,
            "max_pixels": PAPER.max_pixels,
            "patch_size": 14,
            "temporal_patch_size": 2,
            "merge_size": 2,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "chat_template.jinja").write_text(TEMPLATE)


def tokenizer(special: int) -> dict[str, Json]:
    """``tokenizer.json``: a token for each byte, stand-ins that no text becomes, then the special tokens."""
    vocabulary = {letter: number for number, letter in enumerate(_byte_letters())}
    vocabulary |= {f"stand-in-{number}": number for number in range(len(vocabulary), special)}
    plain: dict[str, Json] = {
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
    level: dict[str, Json] = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    return {
        "version": "1.0",
        "added_tokens": [
            {"id": special + number, "content": name, **plain} for number, name in enumerate(SPECIAL)
        ],
        "pre_tokenizer": level,
        "decoder": level,
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    }


def _byte_letters() -> list[str]:
    """The letter by which byte-level tokenizers write each byte: itself where it can be seen."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = itertools.count(256)
    return [chr(byte) if byte in seen else chr(next(others)) for byte in range(256)]
