"""Handing an engine's processes to their guardian from the moment they exist."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from iad_eval.predictors.lvlm.guardian import Guardian, descendants

LOOK_S = 0.25
"""How often new processes are looked for while an engine starts."""


@contextlib.contextmanager
def watched_from_birth(guardian: Guardian) -> Iterator[None]:
    """Hands every process that is started below this one meanwhile to the guardian, at once.

    The tracker that multiprocessing starts for its own housekeeping ends with this process anyway.
    """
    others, over = set(descendants(os.getpid())), threading.Event()

    def look() -> None:
        is_over = False
        while not is_over:
            is_over = over.wait(LOOK_S)
            new = [each for each in descendants(os.getpid()) if each not in others]
            others.update(new)
            guardian.watch(each for each in new if "resource_tracker" not in _command(each))

    watcher = threading.Thread(target=look, name="iad-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
