"""Training images on their way to a fit: decoded when they are wanted, few of them in memory at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final, overload

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


class TrainingImages(Sequence[Image.Image]):
    """The images of ``paths``: iterating decodes ahead in threads, an index decodes that one again."""

    def __init__(self, paths: Sequence[Path], read: Callable[[Path], Image.Image]) -> None:
        self._paths = tuple(paths)
        self._read = read

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[Image.Image]:
        with closing(decoded(self._paths, self._read)) as images:
            yield from images

    @overload
    def __getitem__(self, index: int) -> Image.Image: ...

    @overload
    def __getitem__(self, index: slice) -> TrainingImages: ...

    def __getitem__(self, index: int | slice) -> Image.Image | TrainingImages:
        if isinstance(index, slice):
            return TrainingImages(self._paths[index], self._read)
        return self._read(self._paths[index])
