"""Where an engine's words go: into a log file of its own, not between the test results."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from iad_eval.store import file_name


def log_file(cache: Path, name: str) -> Path:
    """Where the engine of this model writes."""
    return cache / "logs" / f"vllm-{file_name(name)}.log"


@contextlib.contextmanager
def child_output_into(log: Path) -> Iterator[None]:
    """Lets standard output and error of processes that are started meanwhile go into ``log``.

    This process's own are back in place afterwards; what it writes meanwhile goes there too.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    _flush()
    kept = [os.dup(number) for number in (1, 2)]
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        for number in (1, 2):
            os.dup2(file, number)
        yield
    finally:
        _flush()
        for number, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)
        os.close(file)


def vllm_log_into(log: Path) -> None:
    """Sends what vLLM says in this process into the same file."""
    logger = logging.getLogger("vllm")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    handler = logging.FileHandler(log, delay=True)
    handler.setFormatter(logging.Formatter("%(levelname)s %(asctime)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
