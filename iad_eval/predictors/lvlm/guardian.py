"""A guardian process: when its ward is gone, however it went, the engine's processes go too.

Run as a script of its own (it needs nothing of this package) it is given its ward's process number
and a grace in seconds, and reads process numbers from its standard input. The end of the input, or
another parent than the ward, means that the ward has ended: after a Ctrl-C, a failing test or a
kill that leaves no time for clean-up.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

GRACE_S = 10.0
"""How long a process may take to end by itself before it is killed."""

_LOOK_S = 1.0


class Guardian:
    """Watches over the processes of one engine; ``grace_s`` is theirs when this process is gone."""

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).resolve()), str(os.getpid()), str(grace_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is not for it
        )
        self._watched: dict[int, int] = {}

    def watch(self, processes: Iterable[int]) -> None:
        """Adds processes, by number, to those that end when this process does."""
        for process in processes:
            since = started(process)
            if process != self._process.pid and since:
                self._watched[process] = since
                self._tell(f"{process} {since}\n")

    def finish(self, grace_s: float = GRACE_S) -> None:
        """Waits for the watched processes to end, kills those that do not, and goes home."""
        end(self._watched, grace_s)
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


class _Entry(NamedTuple):
    parent: int
    session: int
    since: int


def descendants(root: int) -> list[int]:
    """All living processes below ``root``, parents first. Empty where the system has no /proc."""
    return _below([root], _table())


def started(process: int) -> int:
    """When a process began, in ticks since the machine did; 0 where there is none (any more)."""
    entry = _entry(process)
    return entry.since if entry is not None else 0


def end(watched: Mapping[int, int], grace_s: float) -> None:
    """Waits ``grace_s`` seconds for processes (number -> start) and their families, then kills them.

    Returns when they are gone (a killed one may take seconds to give back a device's memory).
    """
    known = _family(watched)
    _wait_for(known, grace_s)
    for process in (killed := known | _family(known | dict(watched))):
        if started(process) == killed[process]:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
    _wait_for(killed, GRACE_S)


def _wait_for(processes: Mapping[int, int], most_s: float) -> None:
    deadline = time.monotonic() + most_s
    while any(started(process) == since for process, since in processes.items()):
        if time.monotonic() >= deadline:
            return
        time.sleep(0.05)


def _family(watched: Mapping[int, int]) -> dict[int, int]:
    """What lives of ``watched``, below them, and in the sessions that they began.

    The last finds the children of one that died first: they have another parent by then. A number
    that meanwhile means another process is left alone.
    """
    table = _table()
    same = [
        process for process, since in watched.items() if process in table and table[process].since == since
    ]
    gone = {process for process in watched if process not in table}
    orphans = [process for process, entry in table.items() if entry.session in gone.union(same)]
    roots = [*same, *orphans]
    return {process: table[process].since for process in (*roots, *_below(roots, table))}


def _below(roots: Iterable[int], table: Mapping[int, _Entry]) -> list[int]:
    children: dict[int, list[int]] = {}
    for process, entry in table.items():
        children.setdefault(entry.parent, []).append(process)
    found, waiting = [], list(roots)
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _table() -> dict[int, _Entry]:
    numbers = (int(place.name) for place in Path("/proc").glob("[0-9]*"))
    return {number: entry for number in numbers if (entry := _entry(number)) is not None}


def _entry(process: int) -> _Entry | None:
    """Parent, session and start from what /proc/N/stat holds after the command's name; None for zombies."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else _Entry(int(fields[1]), int(fields[3]), int(fields[19]))


def _told(ward: int) -> Iterator[str]:
    """Lines of the standard input, until the ward is gone.

    A child that the ward forked may hold the other end open: then the ward's number tells.
    """
    rest = b""
    while True:
        if select.select([0], [], [], _LOOK_S)[0]:
            read = os.read(0, 4096)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            yield from (line.decode() for line in lines)
        elif os.getppid() != ward:
            return


def main(ward: int, grace_s: float) -> None:
    """Waits for the ward to end; then asks what it was told of to end, and kills what stays."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in _told(ward):
        if line == "done":
            return
        process, since = map(int, line.split())
        watched[process] = since
    family = _family(watched)
    for process, since in watched.items():
        if started(process) == since:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGTERM)
    end(family | watched, grace_s)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
