"""The LLM: Vicuna-7B with PandaGPT's LoRA merged in, shown an image's embedding and a map's prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import sentencepiece
import torch
from torch.nn import functional
from transformers import LlamaForCausalLM
from transformers.utils import logging as transformers_logging

from baselines.anomalygpt.layout import Tensors, account, affine, size
from baselines.anomalygpt.sentences import AFTER_IMAGE, BEFORE_ANSWER, BEFORE_IMAGE
from iad_eval.errors import ModelError

ALPHA: Final = 32
"""LoRA's weight; its rank is read from the tensors (32)."""

LONGEST: Final = 512
"""Tokens of an answer at most."""

_STOP: Final = 2277  # "##", with which the next turn begins
_CUT: Final = 2  # tokens that are taken off every answer: a line's end and the "##"
_LORA: Final = "llama_model.base_model.model."
_RECOMPUTED: Final = ".rotary_emb.inv_freq"  # in old files, and made anew by every loader


class Language:
    """The LLM on a device, in one precision."""

    def __init__(
        self, vicuna: Path, given: Tensors, source: Path, device: torch.device, precision: torch.dtype
    ) -> None:
        """``given`` are PandaGPT's tensors, of the file ``source``.

        Raises ModelError where the LLM's folder is not whole, or a tensor is missing, unknown or of
        another shape.
        """
        self._words = _tokenizer(vicuna)
        model = _llama(vicuna, precision)
        width = model.config.hidden_size
        shared = size(given, "llama_proj.weight", 1, source)
        adapted = _adapted(model)
        rank = size(given, f"{_LORA}{next(iter(adapted))}.lora_A.default.weight", 0, source)
        expected = affine("llama_proj", width, shared)
        for name, layer in adapted.items():
            out, into = layer.weight.shape
            expected[f"{_LORA}{name}.lora_A.default.weight"] = (rank, into)
            expected[f"{_LORA}{name}.lora_B.default.weight"] = (out, rank)
        account(given, expected, source)
        with torch.no_grad():
            for name, layer in adapted.items():
                down, up = (
                    given[f"{_LORA}{name}.lora_{half}.default.weight"].to(device).float() for half in "AB"
                )
                layer.to(device).weight += (ALPHA / rank * (up @ down)).to(precision)
        self._model = model.to(device).eval()
        self._projection = [given[f"llama_proj.{part}"].to(device, precision) for part in ("weight", "bias")]
        self._device = device
        self.width, self.sees = width, shared

    def embedded(self, image: torch.Tensor, prompts: torch.Tensor, prompt: str) -> torch.Tensor:
        """What the LLM is shown (1, n, H): an image's embedding (1, D) and prompts (1, 18, H) among words."""
        before = self._said([self._words.bos_id(), *self._words.encode(BEFORE_IMAGE)])
        between = self._said(self._words.encode(AFTER_IMAGE))
        after = self._said(self._words.encode(prompt + BEFORE_ANSWER))
        seen = functional.linear(image.to(before.dtype), *self._projection)[:, None]
        return torch.cat([before, seen, between, prompts, after], 1)

    def tokens(
        self, shown: torch.Tensor, longest: int = LONGEST, top_p: float = 0.0, seed: int = 0
    ) -> list[int]:
        """What the LLM goes on with, less the last two tokens, as the authors cut them.

        The likeliest token each time; with ``top_p`` one of those that together are so likely.
        """
        sampling: dict[str, Any] = {"do_sample": False}
        if top_p > 0:
            sampling = {"do_sample": True, "top_p": top_p, "temperature": 1.0, "top_k": 0}
        devices = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(seed)
            found = self._model.generate(
                inputs_embeds=shown,
                attention_mask=torch.ones(shown.shape[:2], dtype=torch.long, device=self._device),
                max_new_tokens=longest,
                eos_token_id=[self._words.eos_id(), _STOP],
                pad_token_id=self._words.eos_id(),
                **sampling,
            )
        return [int(token) for token in found[0][:-_CUT]]

    def text(self, tokens: list[int]) -> str:
        """The tokens' text; marks such as the end of the answer are left out."""
        known = [token for token in tokens if token < self._words.get_piece_size()]
        return str(
            self._words.decode(
                [t for t in known if not (self._words.is_control(t) or self._words.is_unknown(t))]
            )
        )

    def _said(self, tokens: list[int]) -> torch.Tensor:
        return self._model.get_input_embeddings()(torch.tensor([tokens], device=self._device))


def _tokenizer(vicuna: Path) -> Any:
    path = vicuna / "tokenizer.model"
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"cannot read the LLM's tokenizer {path}: {'it is missing' if not path.exists() else error}. "
            "Vicuna's folder holds it beside config.json and the weights"
        ) from error


def _llama(vicuna: Path, precision: torch.dtype) -> Any:
    """The LLM from its folder: pickles give tensors only, and every tensor is accounted for."""
    try:
        told = json.loads((vicuna / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{vicuna} is not the folder of an LLM: its config.json cannot be read ({error})"
        ) from error
    if not isinstance(told, Mapping) or told.get("model_type") != "llama":
        raise ModelError(f"{vicuna}/config.json does not describe a LLaMA: was Vicuna-7B v0 meant?")
    shown, bars = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        model, report = LlamaForCausalLM.from_pretrained(
            vicuna, dtype=precision, local_files_only=True, output_loading_info=True, weights_only=True
        )
    except Exception as error:  # torch, safetensors and transformers each have their own ways to fail
        first = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(
            f"cannot load the LLM from {vicuna}: {first}. Its weights are damaged, incomplete or not Vicuna's"
        ) from error
    finally:
        transformers_logging.set_verbosity(shown)
        if bars:
            transformers_logging.enable_progress_bar()
    unknown = [name for name in report["unexpected_keys"] if not name.endswith(_RECOMPUTED)]
    troubles = {
        "missing": report["missing_keys"],
        "unknown": unknown,
        "of another shape": report["mismatched_keys"],
    }
    wrong = [
        f"{len(names)} tensors are {what} ({min(map(str, names))} ...)"
        for what, names in troubles.items()
        if names
    ]
    if wrong:
        raise ModelError(f"the LLM in {vicuna} is not whole: {'; '.join(wrong)}. Is it Vicuna-7B v0, merged?")
    return model


def _adapted(model: Any) -> dict[str, Any]:
    """The layers that LoRA adapts, by name: queries, keys, values and outputs of every block."""
    return {
        f"model.layers.{number}.self_attn.{letter}_proj": getattr(layer.self_attn, f"{letter}_proj")
        for number, layer in enumerate(model.model.layers)
        for letter in "qkvo"
    }
