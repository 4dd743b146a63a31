"""Training images on their way to a fit: decoded side by side, few of them in memory at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from PIL import Image

_THREADS: Final = 2
_AHEAD: Final = 4
"""Images decoded before they are asked for: four of 3000 x 3000 pixels are 108 MB."""


def decoded(paths: Iterable[Path], read: Callable[[Path], Image.Image]) -> Generator[Image.Image, None, None]:
    """The images of ``paths`` in their order. What ``read`` raises is raised when that image's turn comes."""
    waiting = iter(paths)
    ahead: deque[Future[Image.Image]] = deque()
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="iad-train") as threads:
        try:
            while True:
                while len(ahead) < _AHEAD and (path := next(waiting, None)) is not None:
                    ahead.append(threads.submit(read, path))
                if not ahead:
                    return
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
