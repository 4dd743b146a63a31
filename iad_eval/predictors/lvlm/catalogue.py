"""The LVLMs that have a name here, and what each needs set differently from a profile."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field

from iad_eval.predictors import TINY
from iad_eval.words import Json

FAMILY = "vllm:"
"""What stands before any model that vLLM serves: ``vllm:ORG/NAME``, ``vllm:/path``."""


@dataclass(frozen=True, slots=True)
class KnownLvlm:
    """``target`` as vLLM is told it; ``changes`` to any profile that this model needs."""

    target: str
    changes: Mapping[str, Json] = field(default_factory=dict)


_ONE_GPU: Mapping[str, Json] = {"tensor_parallel_size": 1}

KNOWN: Mapping[str, KnownLvlm] = types.MappingProxyType(
    {
        "qwen2-vl-72b-awq": KnownLvlm("Qwen/Qwen2-VL-72B-Instruct-AWQ"),
        "qwen2-vl-7b": KnownLvlm("Qwen/Qwen2-VL-7B-Instruct", _ONE_GPU),
        "qwen2-vl-2b": KnownLvlm("Qwen/Qwen2-VL-2B-Instruct", _ONE_GPU),
        "qwen2-vl-tiny": KnownLvlm(
            str(TINY),
            {
                "temperature": 0.0,
                "max_tokens": 32,
                "min_pixels": 168 * 168,
                "max_pixels": 170 * 170,
                "max_num_seqs": 16,
                "max_model_len": 1024,
                "tensor_parallel_size": 1,
                "dtype": "float32",
                "block_size": 32,  # its reference takes 36 tokens: larger blocks would never be found again
                "enforce_eager": True,  # compiling costs more time than so small a model saves
            },
        ),
    }
)
"""The paper's model first, its smaller siblings, and the embedded one."""
