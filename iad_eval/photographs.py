"""Decoded photographs, kept while further views of them may come: a photograph is decoded once for all."""

from __future__ import annotations

import threading

from iad_eval.asks import Ask
from iad_eval.views import Decoded, View, decode, load_view

ROOM = 256 * 2**20
"""How many bytes of pixels are kept at most: 66 photographs of 900 x 900 pixels with their masks."""

_Key = tuple[str, str, str]


class Photographs:
    """Makes views, from any thread. ``room`` bounds the pixels that are kept (bytes).

    A class is asked about under one perturbation after the other, so what is kept is given up
    for another class only. Where a class does not fit as a whole, its first photographs stay.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._kept: dict[_Key, tuple[str, Decoded]] = {}
        self._bytes = 0
        self._changing = threading.Lock()

    def view(self, ask: Ask) -> View:
        """Raises DataError where photograph or mask cannot be used."""
        decoded = self._decoded(ask)
        own = Decoded(decoded.image.copy(), None if decoded.mask is None else decoded.mask.copy())
        return load_view(
            ask.sample, ask.siblings, ask.perturbation, ask.case.protocol, ask.key, own, ask.repeat
        )

    def forget(self) -> None:
        """Gives the memory back."""
        with self._changing:
            self._kept.clear()
            self._bytes = 0

    def _decoded(self, ask: Ask) -> Decoded:
        key = (str(ask.sample.image_path), ask.image_digest, ask.mask_digest)
        found = self._kept.get(key)
        if found is not None:
            return found[1]
        decoded = decode(ask.sample)
        self._keep(key, f"{ask.case.dataset}/{ask.case.class_name}", decoded)
        return decoded

    def _keep(self, key: _Key, of: str, decoded: Decoded) -> None:
        with self._changing:
            if key in self._kept or decoded.bytes > self._room:
                return
            others = (each for each, (owner, _) in list(self._kept.items()) if owner != of)
            while self._bytes + decoded.bytes > self._room:
                oldest = next(others, None)
                if oldest is None:
                    return
                self._bytes -= self._kept.pop(oldest)[1].bytes
            self._kept[key] = (of, decoded)
            self._bytes += decoded.bytes
