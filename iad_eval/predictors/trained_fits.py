"""Fits on disk, found by content: one ``.npz`` per fit, never half written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from iad_eval.errors import ModelError
from iad_eval.store import drafted, locked

Arrays = Mapping[str, NDArray[np.generic]]


class FitFiles:
    """A folder of fits; several processes may read and write it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where the fit of this digest lies or would lie."""
        return self._folder / f"{digest}.npz"

    @contextlib.contextmanager
    def alone(self, digest: str) -> Iterator[None]:
        """Held by one process at a time: who comes second finds what the first one saved."""
        turn = self._folder / f".{digest}.lock"
        with locked(turn):
            try:
                yield
            finally:
                with contextlib.suppress(OSError):  # nobody can come between: whoever does, fits twice
                    turn.rmdir()

    def load(self, digest: str) -> Arrays | None:
        """The arrays of a fit; None where there is none or its file is damaged."""
        try:
            # Opened here: np.load leaves a file open where its end is missing.
            with self.path(digest).open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                return {name: file[name] for name in file.files}
        except FileNotFoundError:
            return None
        except Exception:
            # A damaged archive can raise anything from zlib.error to MemoryError. Whatever it was,
            # the way out is the same: fit anew and replace the file.
            return None

    def save(self, digest: str, arrays: Arrays) -> None:
        """Puts a fit where :meth:`load` finds it, all at once.

        Raises ModelError where the folder cannot be written, TypeError for arrays of objects:
        these would be pickled, and no fit is ever unpickled.
        """
        if objects := [name for name, array in arrays.items() if array.dtype.hasobject]:
            raise TypeError(f"arrays of objects cannot be kept: {', '.join(objects)}")
        path = self.path(digest)
        try:
            with drafted(path) as draft, draft.open("wb") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]  # no name of ours is an option's
        except OSError as error:
            raise ModelError(
                f"cannot keep a fit as {path}: {error.strerror or error}. Make room or make {self._folder} "
                "writable, then run the same command again"
            ) from error
