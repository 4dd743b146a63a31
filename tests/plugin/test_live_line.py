"""While long cases run, a terminal shows a live line; nothing else does."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pyte
import pytest
from driving import RunPytest

SLOW = """
import time
from iad_eval.predictors import ModelEntry, Reply
from iad_eval.predictors.floors import Blind

class Slow(Blind):
    "Thinks before it answers."
    def predict(self, views):
        for view in views:
            time.sleep(0.25)
            yield Reply(view, answer="No.")

def pytest_iad_models():
    return [ModelEntry("slow", lambda name, context: Slow(name))]
"""
CHOSEN = ("--iad-dataset", "folder:parts", "--iad-model", "slow", "--iad-perturbation", "original")


class Terminal:
    """A terminal of 100 columns that remembers every line it ever showed."""

    def __init__(self) -> None:
        self.screen = pyte.HistoryScreen(100, 24, history=1000)
        self._stream = pyte.ByteStream(self.screen)
        self.seen: set[str] = set()

    def run(self, folder: Path, *arguments: str) -> None:
        leader, follower = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "24"}
        command = [sys.executable, "-m", "pytest", *arguments]
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=follower, stdout=follower, stderr=follower
        )
        os.close(follower)
        while True:
            try:
                read = os.read(leader, 65536)
            except OSError:  # Linux says so at the end
                break
            if not read:
                break
            self._stream.feed(read)
            self.seen |= {line.rstrip() for line in self.screen.display}
        assert process.wait() == 0
        os.close(leader)

    @property
    def final(self) -> list[str]:
        """All lines in the end, those that scrolled away too."""
        history = [
            "".join(row[column].data for column in range(100)).rstrip() for row in self.screen.history.top
        ]
        return history + [line.rstrip() for line in self.screen.display]


def test_a_terminal_sees_it_come_and_go(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    pytester.makeconftest(SLOW)
    terminal = Terminal()
    terminal.run(pytester.path, *CHOSEN, *world)
    shown = {line for line in terminal.seen if line.startswith("iad-eval ")}
    assert any("/12 views, " in line and line.endswith(" left") for line in shown), shown
    final = terminal.final
    assert not [line for line in final if "views, " in line and line.endswith(" left")]
    assert any(line.startswith("12 of 12 views observed") for line in final)
    assert any(line.endswith("[100%]") or line.endswith("2 passed") for line in final)


def test_a_file_sees_nothing_of_it(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makeconftest(SLOW)
    text = run_pytest(*CHOSEN).stdout.str()
    assert "12 of 12 views observed" in text
    assert "/12 views" not in text
