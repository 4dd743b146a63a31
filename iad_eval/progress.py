"""The live line: images done, images a second, time left - read from the run's own growing files.

The observations of all processes end up in one directory, so the line needs no word from
any worker: it counts lines.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from iad_eval.store import write_atomically

PERIOD_S = 0.5
RATE_OVER_S = 10.0


class LineCount:
    """How many lines the files of a folder hold; only what was added is read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._lines = 0

    def lines(self) -> int:
        """Lines finished so far, in all files."""
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                added = file.read()
            self._read[path] = self._read.get(path, 0) + len(added)
            self._lines += added.count(b"\n")
        return self._lines


class Said:
    """What a process is doing, for the live line of the leading one: a file that it writes over.

    Before :meth:`begin` nobody listens. A message of the same breath replaces the one before it
    without being written: training says something a hundred times a second.
    """

    def __init__(self) -> None:
        self._file: Path | None = None
        self._at = 0.0

    def begin(self, folder: Path, owner: str) -> None:
        """From here on it is written into ``folder``."""
        self._file = folder / f"{owner}.txt"

    def __call__(self, text: str) -> None:
        """Says what is being done; "" says that it is done."""
        if self._file is None:
            return
        if not text:
            self._at = 0.0
            self._file.unlink(missing_ok=True)
        elif time.monotonic() - self._at > PERIOD_S:
            self._at = time.monotonic()
            with contextlib.suppress(OSError):  # a line that nobody sees costs no answer
                write_atomically(self._file, text)

    def close(self) -> None:
        """Leaves nothing behind."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
                self._file.parent.rmdir()  # the last one out


def said(folder: Path) -> str:
    """What processes are doing that say so, in the order of their names; "" where none does."""
    texts = []
    for path in sorted(folder.glob("*.txt")):
        with contextlib.suppress(OSError):  # done meanwhile
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    return "; ".join(dict.fromkeys(texts))


def progress_text(done: int, total: int, rate: float | None) -> str:
    """``iad-eval 120/332 views, 45.2/s, 0:05 left``; no rate, no time left."""
    text = f"iad-eval {min(done, total)}/{total} views"
    if rate is not None and rate > 0:
        left = max(0, round((total - done) / rate))
        clock = (
            f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}"
            if left >= 3600
            else f"{left // 60}:{left % 60:02d}"
        )
        text += f", {rate:.3g}/s, {clock} left"
    return text


def line_below(text: str) -> str:
    """Terminal codes that put a text on the line below the cursor and bring the cursor back."""
    make_room = "\x1bD\x1bM"  # index, reverse index: scrolls where the cursor is on the last line
    return f"{make_room}\x1b7\x1b[B\r\x1b[2K{text}\x1b8"


class FileWithLine:
    """A terminal's file that keeps one line of text below whatever is written to it.

    The line is wiped before each write and drawn again after it, in one go, so that nothing of
    it stays behind in what scrolls away.
    """

    def __init__(self, file: TextIO, width: Callable[[], int]) -> None:
        self._file = file
        self._width = width
        self._line = ""
        self._lock = threading.Lock()

    def write(self, text: str) -> int:
        """Writes a text where the cursor is."""
        with self._lock:
            shown = self._line[: self._width() - 1]
            self._file.write(f"{line_below('')}{text}{line_below(shown)}" if shown else text)
        return len(text)

    def show(self, line: str) -> None:
        """Changes the line below; an empty one wipes it."""
        with self._lock:
            self._line = line
            self._file.write(line_below(line[: self._width() - 1]))
            self._file.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class LiveLine:
    """Shows the progress of a run below a terminal's text until it is closed."""

    def __init__(self, observations: Path, saying: Path, total: int, show: Callable[[str], None]) -> None:
        self._count = LineCount(observations)
        self._saying = saying
        self._total = total
        self._show_line = show
        self._seen: deque[tuple[float, int]] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._show, name="iad-live-line", daemon=True)

    def start(self) -> None:
        """Begins to show."""
        self._thread.start()

    def close(self) -> None:
        """Wipes the line and shows no more; may be called twice."""
        if self._thread.is_alive():
            self._stop.set()
            self._thread.join()
            self._show_line("")

    def text(self, at_s: float) -> str:
        """The line at a time (seconds on a steady clock)."""
        done = self._count.lines()
        self._seen.append((at_s, done))
        while len(self._seen) > 2 and at_s - self._seen[0][0] > RATE_OVER_S:
            self._seen.popleft()
        since_s, before = self._seen[0]
        rate = (done - before) / (at_s - since_s) if at_s > since_s else None
        doing = said(self._saying)
        return progress_text(done, self._total, rate) + (f" - {doing}" if doing else "")

    def _show(self) -> None:
        while not self._stop.wait(PERIOD_S):
            self._show_line(self.text(time.monotonic()))
