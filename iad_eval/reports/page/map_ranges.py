"""The ranges of many stored anomaly maps, from their first bytes: decoding them takes minutes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from iad_eval.maps import map_path
from iad_eval.store import file_name

_HEAD = 512  # bytes: PNG signature, IHDR and our two texts come first
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class MapFile:
    """An anomaly map's name (without folder and ending) and the values of its black and its white."""

    key: str
    low: float
    high: float


def shared_scale(maps: Sequence[MapFile]) -> tuple[float, float]:
    """From the lowest to the highest value of a typical map: the medians of both ends.

    All maps of a class are shown on one scale. What lies beyond is shown as its end, so that one
    outlier does not darken all others.
    """
    return median(each.low for each in maps), median(each.high for each in maps)


class MapFolders:
    """The maps of a run, each folder listed once."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._listed: dict[str, frozenset[str]] = {}

    def find(self, model: str, key: str) -> MapFile | None:
        """The map of a model's answer; None where there is none, or the file is not one of ours."""
        name = f"{key}.png"
        if name not in self._names(model):
            return None
        facts = png_texts(map_path(self._run, model, key))
        try:
            low, high = float(facts["iad-low"]), float(facts["iad-high"])
        except (KeyError, ValueError):
            return None
        return MapFile(key, low, high) if math.isfinite(low) and math.isfinite(high) else None

    def _names(self, model: str) -> frozenset[str]:
        if model not in self._listed:
            try:
                names = [path.name for path in (self._run / "maps" / file_name(model)).iterdir()]
            except OSError:
                names = []
            self._listed[model] = frozenset(names)
        return self._listed[model]


def png_texts(path: Path) -> Mapping[str, str]:
    """The texts that stand before a PNG's pixels, within its first 512 bytes; none where it is unreadable.

    Chunks as in the PNG specification, section 5.3; ``tEXt`` as in section 11.3.3.2.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            head = os.read(descriptor, _HEAD)
        finally:
            os.close(descriptor)
    except OSError:
        return {}
    found: dict[str, str] = {}
    place = len(_SIGNATURE)
    while head.startswith(_SIGNATURE) and place + 8 <= len(head):
        length, kind = int.from_bytes(head[place : place + 4]), head[place + 4 : place + 8]
        body = head[place + 8 : place + 8 + length]
        if kind == b"IDAT" or len(body) < length:
            break
        if kind == b"tEXt":
            name, _, text = body.partition(b"\0")
            found[name.decode("latin-1")] = text.decode("latin-1")
        place += 12 + length
    return found
