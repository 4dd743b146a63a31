"""AnomalyGPT's networks on a device, put together from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from PIL import Image

from baselines.anomalygpt.language import Language
from baselines.anomalygpt.layout import read
from baselines.anomalygpt.maps import (
    ImageDecoder,
    PromptLearner,
    account_for_training,
    sentence_pair,
    unlike,
)
from baselines.anomalygpt.shown import Fitting, prepared
from baselines.anomalygpt.towers import Seen, Towers
from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext

_PRECISIONS: Final[Mapping[str, torch.dtype]] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


@dataclass(frozen=True, slots=True, eq=False)
class Talking:
    """What answers: the LLM, and what tells it of a map."""

    language: Language
    prompts: PromptLearner


class Networks:
    """All that a recipe needs; compares patches with sentences where it has a ``decoder``."""

    def __init__(self, towers: Towers, decoder: ImageDecoder | None, talking: Talking | None) -> None:
        self.towers = towers
        self.talking = talking
        self._decoder = decoder
        self._pairs: dict[str, torch.Tensor] = {}

    def see(self, images: Sequence[Image.Image], fitting: Fitting) -> Seen:
        """Looks at RGB images of any sizes."""
        return self.towers.see(torch.stack([prepared(image, fitting) for image in images]))

    def maps(self, seen: Seen, word: str, good: Sequence[torch.Tensor] | None) -> torch.Tensor:
        """Anomaly maps (B, 1, 224, 224): against ``good`` patches where there are any, else sentences."""
        if good is not None:
            return unlike(seen.features, good)
        if self._decoder is None:
            raise ValueError("these networks were loaded to compare with good patches only")
        if word not in self._pairs:
            self._pairs[word] = sentence_pair(self.towers, word)
        return self._decoder(seen.features, self._pairs[word])

    def shown(self, seen: Seen, number: int, maps: torch.Tensor, prompt: str) -> torch.Tensor:
        """What the LLM is shown of one of the images: (1, n, H)."""
        talking = self._talking()
        one = slice(number, number + 1)
        return talking.language.embedded(seen.embeddings[one], talking.prompts(maps[one]), prompt)

    def answer(self, shown: torch.Tensor, longest: int, top_p: float, seed: int) -> str:
        """What the LLM says to that."""
        language = self._talking().language
        return language.text(language.tokens(shown, longest, top_p, seed))

    def _talking(self) -> Talking:
        if self.talking is None:
            raise ValueError("these networks were loaded without an LLM")
        return self.talking


def load(
    paths: Mapping[str, Path], device: torch.device, precision: str, context: ModelContext, name: str
) -> Networks:
    """Puts the networks together; ``paths`` as ``downloads.needed`` gives them.

    Raises ModelError where a file is damaged, holds anything but tensors, or has a tensor too many, too few
    or of another shape, and where the files do not fit one another.
    """
    number = _PRECISIONS.get(precision) or (torch.float32 if device.type == "cpu" else torch.float16)
    with context.saying(f"{name} reads {paths['imagebind'].name}"):
        towers = Towers(read(paths["imagebind"]), paths["imagebind"], device, number)
    decoder: ImageDecoder | None = None
    talking: Talking | None = None
    if "anomalygpt" in paths:
        trained = read(paths["anomalygpt"])
        account_for_training(trained, paths["anomalygpt"])
        decoder = ImageDecoder(trained, device, number)
        _meet(paths, "imagebind", towers.sizes, "anomalygpt", decoder.sizes, "features and embeddings")
    if "vicuna" in paths:
        with context.saying(f"{name} reads {paths['vicuna'].name}"):
            language = Language(paths["vicuna"], read(paths["pandagpt"]), paths["pandagpt"], device, number)
        prompts = PromptLearner(trained, device, number)
        _meet(paths, "imagebind", towers.sizes[1], "pandagpt", language.sees, "embeddings")
        _meet(paths, "vicuna", language.width, "anomalygpt", prompts.width, "words")
        talking = Talking(language, prompts)
    return Networks(towers, decoder, talking)


def _meet(paths: Mapping[str, Path], one: str, ours: object, other: str, theirs: object, what: str) -> None:
    if ours != theirs:
        raise ModelError(
            f"the {what} of {paths[one]} and {paths[other]} are {ours} and {theirs} wide: they do not belong "
            "together"
        )
