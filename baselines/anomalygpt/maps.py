"""Where a part looks odd: its patches compared with sentences, or with those of good photographs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch.nn import functional

from baselines.anomalygpt.layout import PATCHES, PROMPTS, Tensors, account, affine, cut, size
from baselines.anomalygpt.sentences import states
from baselines.anomalygpt.towers import SIDE_PX, Towers

_LEVELS: Final = 4
_GRID: Final = 16
_SHARPNESS: Final = 100.0
_CONVOLUTIONS: Final = 5  # each followed by a halving: 224 places become 7, and a last kernel of 5 makes 3
_FC, _NET = "image_decoder.fc.", "prompt_learner.meta_net."


def account_for_training(given: Tensors, source: Path) -> None:
    """Holds the file of what AnomalyGPT trained against its layout: 8 and 13 tensors.

    Raises ModelError where a tensor is missing, unknown or of another shape.
    """
    out, into = (size(given, f"{_FC}0.weight", axis, source) for axis in (0, 1))
    expected: dict[str, tuple[int, ...]] = {}
    for level in range(_LEVELS):
        expected.update(affine(f"{_FC}{level}", out, into))
    before = 1
    for number in range(_CONVOLUTIONS + 1):
        name, kernel = f"{_NET}{3 * number}", 3 if number < _CONVOLUTIONS else 5
        after = size(given, f"{name}.weight", 0, source)
        expected.update(affine(name, after, before, kernel, kernel))
        before = after
    account(given, {**expected, "prompt_learner.base_prompts": (PROMPTS, before)}, source)


class ImageDecoder:
    """AnomalyGPT's own part of a map: the patches of four levels brought to where sentences lie."""

    def __init__(self, given: Tensors, device: torch.device, precision: torch.dtype) -> None:
        """``given`` is accounted for."""
        placed = {name: tensor.to(device, precision) for name, tensor in cut(given, _FC).items()}
        self._layers = [(placed[f"{level}.weight"], placed[f"{level}.bias"]) for level in range(_LEVELS)]
        out, into = placed["0.weight"].shape
        self.sizes = (into, out)

    def __call__(self, features: Sequence[torch.Tensor], texts: torch.Tensor) -> torch.Tensor:
        """How much more each place looks like the bad sentences: (B, 1, 224, 224), 0 to 1.

        ``features`` are (B, 256, W) of each level, ``texts`` (2, D) unit vectors of good and bad.
        """
        odd = []
        for (weight, bias), level in zip(self._layers, features, strict=True):
            tokens = functional.normalize(functional.linear(level, weight, bias).float(), dim=-1)
            alike = _SHARPNESS * tokens @ texts.T
            odd.append(_enlarged(alike.transpose(1, 2)).softmax(1)[:, 1:])
        return torch.stack(odd).mean(0)


class PromptLearner:
    """Makes a map into 9 vectors of the LLM's size, behind 9 that were learned."""

    def __init__(self, given: Tensors, device: torch.device, precision: torch.dtype) -> None:
        """``given`` is accounted for."""
        placed = {name: tensor.to(device, precision) for name, tensor in cut(given, _NET).items()}
        numbers = range(0, 3 * _CONVOLUTIONS + 1, 3)
        *self._halving, self._last = [(placed[f"{at}.weight"], placed[f"{at}.bias"]) for at in numbers]
        self._learned = given["prompt_learner.base_prompts"].to(device, precision)
        self._precision = precision
        self.width: int = self._learned.shape[1]

    def __call__(self, maps: torch.Tensor) -> torch.Tensor:
        """18 vectors (B, 18, H) of maps (B, 1, 224, 224)."""
        made = maps.to(self._precision)
        for weight, bias in self._halving:
            made = functional.max_pool2d(functional.conv2d(made, weight, bias, padding=1).relu(), 2)
        made = functional.conv2d(made, *self._last).flatten(2).transpose(1, 2)
        return torch.cat([self._learned.expand(len(maps), -1, -1), made], 1)


def sentence_pair(towers: Towers, word: str) -> torch.Tensor:
    """The unit vectors (2, D) of the sentences that call a ``word`` good, and of those that call it bad."""
    means = [towers.read(sentences).float().mean(0) for sentences in states(word)]
    return functional.normalize(torch.stack(means), dim=-1)


def unlike(features: Sequence[torch.Tensor], good: Sequence[torch.Tensor]) -> torch.Tensor:
    """How unlike the nearest good patch each place is: (B, 1, 224, 224), 0 to 2.

    ``features`` are (B, 256, W), ``good`` (k, 256, W) of each level.
    """
    nearest = []
    for level, bank in zip(features, good, strict=True):
        ours, theirs = (functional.normalize(each.float(), dim=-1) for each in (level, bank.flatten(0, 1)))
        nearest.append((ours @ theirs.T).amax(-1))
    return 1 - _enlarged(torch.stack(nearest).mean(0)[:, None])


def _enlarged(places: torch.Tensor) -> torch.Tensor:
    """(B, C, 256) patches on the image's grid (B, C, 224, 224)."""
    grid = places.unflatten(-1, (_GRID, PATCHES // _GRID))
    return functional.interpolate(grid, size=SIDE_PX, mode="bilinear", align_corners=True)
