"""When a session is gone, however it went, its engine's processes go too: shown with real processes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iad_eval.predictors.lvlm.guardian import Guardian, descendants, end, started

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")

Sleepers = Callable[..., list[int]]

CHILD = "import time; time.sleep(60)"

# Starts one child, says both numbers, and sleeps; ``deaf`` ignores SIGTERM, and so does its child.
PARENT = f"""
import os, signal, subprocess, sys, time
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-I", "-c", {CHILD!r}])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""

# A session: starts a parent in a session of its own, has it watched, and waits to be killed.
WARD = """
import os, subprocess, sys, time
from iad_eval.predictors.lvlm.guardian import Guardian
engine = subprocess.Popen(
    [sys.executable, "-I", "-c", sys.argv[1], sys.argv[2]], stdout=subprocess.PIPE, start_new_session=True
)
numbers = engine.stdout.readline().decode().split()
guardian = Guardian(grace_s=0.5)
guardian.watch([int(numbers[0])])
if sys.argv[3] == "forks":
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    print(child, flush=True)
print(guardian._process.pid, *numbers, flush=True)
time.sleep(60)
"""


def _gone(numbers: list[int], within_s: float = 8.0) -> bool:
    deadline = time.monotonic() + within_s
    while any(started(number) for number in numbers):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def sleepers() -> Iterator[Sleepers]:
    """Starts a parent with a child below it, in a session of its own; both numbers come back."""
    begun: list[subprocess.Popen[bytes]] = []
    numbers: list[int] = []

    def start(how: str = "hears") -> list[int]:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", PARENT, how], stdout=subprocess.PIPE, start_new_session=True
        )
        begun.append(process)
        assert process.stdout is not None
        found = [int(number) for number in process.stdout.readline().split()]
        numbers.extend(found)
        return found

    yield start
    for number in numbers:
        with contextlib.suppress(OSError):
            os.kill(number, signal.SIGKILL)
    for process in begun:
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def _ward(how: str, forks: str = "alone") -> Iterator[tuple[subprocess.Popen[str], list[list[int]]]]:
    """A session of another process, and the numbers of its guardian, engine and the engine's child."""
    ward = subprocess.Popen(
        [sys.executable, "-c", WARD, PARENT, how, forks], stdout=subprocess.PIPE, text=True
    )
    assert ward.stdout is not None
    lines = 2 if forks == "forks" else 1
    numbers = [[int(number) for number in ward.stdout.readline().split()] for _ in range(lines)]
    try:
        yield ward, sorted(numbers, key=len)
    finally:
        ward.kill()
        ward.wait()
        ward.stdout.close()
        for number in (number for line in numbers for number in line):
            with contextlib.suppress(OSError):
                os.kill(number, signal.SIGKILL)


@pytest.mark.parametrize("how", ["hears", "deaf"])
def test_a_killed_session_takes_its_engine_along(how: str) -> None:
    with _ward(how) as (ward, [numbers]):
        assert len(numbers) == 3
        assert all(started(number) for number in numbers)
        ward.kill()
        assert _gone(numbers)


def test_a_forked_child_that_lives_on_does_not_keep_the_engine_alive() -> None:
    with _ward("hears", "forks") as (ward, [[child], numbers]):
        ward.kill()
        assert _gone(numbers)
        assert started(child)


def test_a_ctrl_c_does_not_end_the_guardian(sleepers: Sleepers) -> None:
    numbers = sleepers()
    guardian = Guardian()
    guardian.watch([numbers[0]])
    try:
        time.sleep(0.3)  # it has begun to listen
        assert os.getpgid(guardian._process.pid) != os.getpgid(0)
        os.killpg(os.getpgid(guardian._process.pid), signal.SIGINT)
        time.sleep(0.2)
        assert guardian._process.poll() is None
    finally:
        guardian.kill()
    assert _gone(numbers, within_s=0.0)


def test_processes_that_end_by_themselves_are_waited_for(sleepers: Sleepers) -> None:
    numbers = sleepers()
    guardian = Guardian()
    guardian.watch([numbers[0]])
    for number in numbers:
        os.kill(number, signal.SIGTERM)
    began = time.monotonic()
    guardian.finish()
    assert time.monotonic() - began < 5.0
    assert _gone(numbers, within_s=0.0)
    assert guardian._process.poll() == 0
    guardian.finish()


def test_those_that_do_not_end_are_killed_with_all_that_is_below_them(sleepers: Sleepers) -> None:
    numbers = sleepers("deaf")
    guardian = Guardian()
    guardian.watch([numbers[0]])
    os.kill(numbers[0], signal.SIGTERM)
    guardian.finish(grace_s=0.2)
    assert _gone(numbers, within_s=0.0)


def test_the_child_of_an_engine_that_died_first_is_found(sleepers: Sleepers) -> None:
    parent, child = sleepers()
    guardian = Guardian()
    guardian.watch([parent])
    os.kill(parent, signal.SIGKILL)
    assert _gone([parent])
    assert started(child)
    guardian.finish(grace_s=0.2)
    assert _gone([child], within_s=0.0)


def test_another_process_with_the_same_number_is_left_alone(sleepers: Sleepers) -> None:
    parent, child = sleepers()
    end({parent: started(parent) - 1}, grace_s=0.0)
    assert started(parent)
    assert started(child)
    end({parent: started(parent)}, grace_s=0.0)
    assert _gone([parent, child], within_s=0.0)


def test_a_finished_guardian_leaves_a_number_alone_that_was_given_out_again(sleepers: Sleepers) -> None:
    parent, child = sleepers()
    guardian = Guardian()
    guardian.watch([parent])
    guardian._watched[parent] -= 1  # as if the watched one had ended and its number had gone to this one
    guardian.finish(grace_s=0.0)
    assert started(parent)
    assert started(child)


def test_a_process_that_is_gone_already_is_nobody(sleepers: Sleepers) -> None:
    process = subprocess.Popen([sys.executable, "-I", "-c", ""])
    assert process.wait() == 0
    assert started(process.pid) == 0
    guardian = Guardian()
    guardian.watch([process.pid])
    began = time.monotonic()
    guardian.finish()
    assert time.monotonic() - began < 5.0


def test_descendants_are_all_below_and_nothing_else(sleepers: Sleepers) -> None:
    first = sleepers()
    second = sleepers()
    assert descendants(first[0]) == [first[1]]
    assert set(descendants(os.getpid())) >= {*first, *second}
    assert os.getpid() not in descendants(os.getpid())
    os.kill(first[1], signal.SIGKILL)  # a zombie now: its parent never asks for it
    assert _gone([first[1]])
    assert descendants(first[0]) == []
