"""Random streams found by name: what is drawn depends on names alone, never on what was drawn before."""

from __future__ import annotations

import hashlib

from numpy.random import PCG64, Generator


def stream(seed: int, *names: str) -> Generator:
    """The generator of one purpose, seeded by the SHA-256 of the seed and the names."""
    text = "\x1f".join((str(seed), *names))
    return Generator(PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest())))
