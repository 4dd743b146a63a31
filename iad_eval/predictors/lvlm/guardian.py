"""A guardian process: when its ward is gone, however it went, the engine's processes go too.

Run as ``python -m iad_eval.predictors.lvlm.guardian`` it reads process numbers from its standard
input. The end of the input means that the process holding the other end has ended: after a
Ctrl-C, a failing test or a kill that leaves no time for clean-up.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

GRACE_S = 10.0
"""How long a process may take to end by itself before it is killed."""


class Guardian:
    """Watches over the processes of one engine."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is not for it
        )
        self._watched: list[int] = []

    def watch(self, processes: Iterable[int]) -> None:
        """Adds processes, by number, to those that end when this process does."""
        for process in processes:
            if process == self._process.pid:
                continue
            self._watched.append(process)
            self._tell(f"{process} {started(process)}\n")

    def finish(self, grace_s: float = GRACE_S) -> None:
        """Waits for the watched processes to end, kills those that do not, and goes home."""
        tree = [(process, started(process)) for process in self._watched]
        end(tree, grace_s)
        self._tell("done\n")
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        self._process.wait()

    def kill(self) -> None:
        """Ends the watched processes at once."""
        self.finish(grace_s=0.0)

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(OSError):
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


def descendants(root: int) -> list[int]:
    """All living processes below ``root``, parents first. Empty where the system has no /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields is not None and fields[0] != "Z":
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def started(process: int) -> int:
    """When a process began, in ticks since the machine did; 0 where there is none (any more)."""
    fields = _stat(process)
    return int(fields[19]) if fields is not None and fields[0] != "Z" else 0


def end(tree: Iterable[tuple[int, int]], grace_s: float) -> None:
    """Waits ``grace_s`` seconds for processes (number and start) and what is below them, then kills them."""
    known = dict(tree)
    for process in list(known):
        known |= {below: started(below) for below in descendants(process)}
    alive = {process: since for process, since in known.items() if since}
    deadline = time.monotonic() + grace_s
    while (alive := _still(alive)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in alive:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)


def _still(processes: dict[int, int]) -> dict[int, int]:
    return {process: since for process, since in processes.items() if started(process) == since}


def _stat(process: int) -> list[str] | None:
    """State, parent and so on: what /proc/N/stat holds after the command's name."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def main() -> None:
    """Reads lines until the other end closes; then asks what it was told of to end, and kills what stays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        if line == "done\n":
            return
        process, since = map(int, line.split())
        watched[process] = since
    alive = _still({process: since for process, since in watched.items() if since})
    for process in alive:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGTERM)
    end(alive.items(), GRACE_S)


if __name__ == "__main__":
    main()
