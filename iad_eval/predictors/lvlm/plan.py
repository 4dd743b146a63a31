"""What an engine is to be started with: decided before vLLM is imported, the same wherever it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from iad_eval.predictors.lvlm.weights import Weights
from iad_eval.profiles import Profile
from iad_eval.words import Json


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """``name`` is the model's as typed, ``pictures`` the most that one request shows.

    ``bounds_pixels`` says whether the model's picture processor takes pixel limits. ``extra`` are
    further engine arguments of vLLM's, by its own names; they win over what the profile sets.
    """

    name: str
    weights: Weights
    profile: Profile
    pictures: int
    seed: int
    bounds_pixels: bool
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def processor(self) -> dict[str, int]:
        """The picture processor's settings; empty where the model takes none."""
        if not self.bounds_pixels:
            return {}
        limits = {"min_pixels": self.profile.min_pixels, "max_pixels": self.profile.max_pixels}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def processor_arguments(self) -> dict[str, Json] | None:
        """The same as the picture processor wants it: as a size, where both limits are given."""
        limits = self.processor
        if set(limits) == {"min_pixels", "max_pixels"}:
            return {"size": {"shortest_edge": limits["min_pixels"], "longest_edge": limits["max_pixels"]}}
        return dict(limits) or None

    def engine_settings(self) -> dict[str, Json]:
        """vLLM's engine arguments, by its own names; what is left out stays vLLM's default.

        ``generation_config`` is vLLM's: a model's own file (Qwen2-VL ships ``top_k`` 1) must not
        change the sampling that was asked for.
        """
        profile = self.profile
        settings: dict[str, Json] = {
            "model": self.weights.target,
            "revision": self.weights.revision,
            "tokenizer_revision": self.weights.revision,
            "max_num_seqs": profile.max_num_seqs,
            "max_model_len": profile.max_model_len,
            "tensor_parallel_size": profile.tensor_parallel_size,
            "distributed_executor_backend": "uni" if profile.tensor_parallel_size == 1 else None,
            "gpu_memory_utilization": profile.gpu_memory_utilization,
            "dtype": profile.dtype,
            "quantization": profile.quantization,
            "block_size": profile.block_size,
            "enforce_eager": profile.enforce_eager,
            "seed": self.seed,
            "generation_config": "vllm",
            "enable_prefix_caching": True,
            "limit_mm_per_prompt": {"image": self.pictures},
            "mm_processor_kwargs": self.processor_arguments,
        } | dict(self.extra)
        return {name: value for name, value in settings.items() if value is not None}

    def environment(self) -> Mapping[str, str]:
        """Environment of every process of the engine, where the user's own does not say otherwise."""
        return {
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # this process has threads: a fork of it may hang
            "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB; read on machines without a GPU only
        }
