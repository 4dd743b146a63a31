"""How a large vision-language model is run: frozen profiles, and what a user changes about them."""

from __future__ import annotations

import sys
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

from iad_eval.errors import UsageError, unknown
from iad_eval.words import Json

CELL = 28
"""Side in pixels of what one visual token of Qwen2-VL covers (patch 14, two by two merged)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Sampling, picture size and engine settings. None leaves a setting to the engine.

    ``min_pixels`` and ``max_pixels`` bound what the model sees of a picture (pixels after
    resizing). ``calibration`` photographs of a class's training set are asked about as well, for
    thresholds; the paper's LVLM has none. ``timeout_s`` is the most that one request may take.
    """

    name: str
    temperature: float
    max_tokens: int
    min_pixels: int | None
    max_pixels: int | None
    max_num_seqs: int
    max_model_len: int
    tensor_parallel_size: int = 1
    gpu_memory_utilization: float | None = None
    dtype: str | None = None
    quantization: str | None = None
    block_size: int | None = None
    enforce_eager: bool = False
    calibration: int = 0
    timeout_s: float = 600.0

    def __post_init__(self) -> None:
        if self.min_pixels and self.max_pixels and self.min_pixels > self.max_pixels:
            raise UsageError(
                f"min_pixels={self.min_pixels} is more than max_pixels={self.max_pixels}: change both, for "
                f"example --iad-lvlm min_pixels={self.max_pixels} --iad-lvlm max_pixels={self.max_pixels}"
            )

    def with_changes(self, changes: Mapping[str, Json]) -> Profile:
        """The same profile with some settings changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # names and types come from parse

    def to_json(self) -> dict[str, Json]:
        """All settings, by name."""
        return asdict(self)


PAPER = Profile(
    name="paper",
    temperature=0.3,
    max_tokens=1024,
    min_pixels=768 * CELL * CELL,
    max_pixels=1024 * CELL * CELL,
    max_num_seqs=5,
    max_model_len=7000,
    tensor_parallel_size=2,
)
"""The paper's settings (appendix A.1)."""

THROUGHPUT = Profile(
    name="throughput",
    temperature=0.0,
    max_tokens=4,
    min_pixels=PAPER.min_pixels,
    max_pixels=PAPER.max_pixels,
    max_num_seqs=64,
    max_model_len=7000,
)
"""Verdict and score alone, in large batches: nobody reads explanations."""

PROFILES: Mapping[str, Profile] = types.MappingProxyType(
    {profile.name: profile for profile in (PAPER, THROUGHPUT)}
)


def profile_named(name: str) -> Profile:
    """Raises UsageError for a name that is no profile's."""
    if name not in PROFILES:
        raise unknown("profile", name, PROFILES, "--iad-profile")
    return PROFILES[name]


def parse_changes(typed: Sequence[str]) -> dict[str, Json]:
    """``KEY=VALUE`` texts, the last of a key wins.

    Raises UsageError for a key that is no setting, or a value of another type or out of range.
    """
    changes: dict[str, Json] = {}
    for text in typed:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals:
            raise UsageError(
                f"--iad-lvlm {text}: expected KEY=VALUE; type for example --iad-lvlm temperature=0"
            )
        if key not in _TYPES:
            raise unknown("setting", key, _TYPES, "--iad-lvlm")
        changes[key] = _value(key, value.strip())
    return changes


_TYPES = {name: hint for name, hint in typing.get_type_hints(Profile).items() if name != "name"}
_LEAST: Mapping[str, float] = {
    "temperature": 0.0,
    "max_tokens": 1,
    "min_pixels": CELL * CELL,
    "max_pixels": CELL * CELL,
    "max_num_seqs": 1,
    "max_model_len": 16,
    "tensor_parallel_size": 1,
    "gpu_memory_utilization": 0.01,
    "block_size": 1,
    "calibration": 0,
    "timeout_s": 0.001,
}
_MOST: Mapping[str, float] = {"gpu_memory_utilization": 1.0}
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _value(key: str, text: str) -> Json:
    kinds = typing.get_args(_TYPES[key]) or (_TYPES[key],)
    if text.casefold() == "none" and type(None) in kinds:
        return None
    try:
        if bool in kinds:
            return _BOOLEANS[text.casefold()]
        if int in kinds:
            return _in_range(key, int(text))
        if float in kinds:
            return _in_range(key, float(text))
    except (KeyError, ValueError):
        wanted = "true or false" if bool in kinds else "a whole number" if int in kinds else "a number"
        least = f" from {_LEAST[key]:g} {'to 1' if key in _MOST else 'on'}" if key in _LEAST else ""
        raise UsageError(f"--iad-lvlm {key}={text}: expected {wanted}{least}") from None
    if not text:
        raise UsageError(f"--iad-lvlm {key}=: expected a name, or none to leave it to the engine")
    return text


def _in_range(key: str, number: float) -> float:
    if not _LEAST[key] <= number <= _MOST.get(key, sys.float_info.max):
        raise ValueError
    return number


assert {field.name for field in fields(Profile)} == {"name", *_TYPES}
