"""The desk gives all workers one server, starts a dead one again once, and closes with the session."""

from __future__ import annotations

import contextlib
import multiprocessing
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from iad_eval.errors import ModelError
from iad_eval.predictors import EngineDesk
from iad_eval.predictors.lvlm.desk import Desk, Served, ask_desk
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.server import Server
from iad_eval.predictors.lvlm.weights import Weights
from iad_eval.profiles import PAPER

PLAN = EnginePlan("tiny", Weights("/m", None, "content-1"), PAPER, 2, 0, bounds_pixels=True)
OTHER = EnginePlan("other", Weights("/n", None, "content-2"), PAPER, 2, 0, bounds_pixels=True)


class FakeServer(Server):
    """A server that starts when it is let, and dies when it is told to."""

    def __init__(self, plan: EnginePlan, number: int, ready: threading.Event) -> None:
        self.key = f"key-{number}"
        self.plan = plan
        self.ready = ready
        self.waits = threading.Event()
        self.stopped = threading.Event()
        self.is_dead = False
        self.answers = True
        self.trouble: str | None = None
        self._number = number

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._number}/v1"

    @property
    def has_ended(self) -> bool:
        return self.is_dead or self.stopped.is_set()

    @property
    def is_alive(self) -> bool:
        return not self.has_ended and self.answers

    def wait(self) -> None:
        self.waits.set()
        while not self.ready.wait(0.01):
            if self.stopped.is_set():
                raise ModelError("its server ended")
        if self.trouble:
            raise ModelError(self.trouble)

    def lines(self) -> str:
        return f"  last words of {self._number}"

    def stop(self) -> None:
        self.stopped.set()


class Room:
    """A desk with what it started."""

    def __init__(self, cache: Path) -> None:
        self.servers: list[FakeServer] = []
        self.ready = threading.Event()
        self.ready.set()
        self.trouble: str | None = None
        self.logs: list[Path] = []
        self.desk = Desk(cache, self._launch)

    def _launch(self, plan: EnginePlan, log: Path) -> Server:
        server = FakeServer(plan, len(self.servers) + 1, self.ready)
        server.trouble = self.trouble
        self.servers.append(server)
        self.logs.append(log)
        return server

    def ask(self, plan: EnginePlan = PLAN, lost_url: str | None = None) -> Served:
        return ask_desk(self.desk.address, plan, lost_url)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    opened = Room(tmp_path)
    yield opened
    opened.ready.set()
    opened.desk.close()


def _in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except ModelError as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_workers_that_ask_at_once_are_given_the_same_server(room: Room, tmp_path: Path) -> None:
    room.ready.clear()
    threads = [_in_thread(room.ask) for _ in range(4)]
    _until(lambda: bool(room.servers))
    time.sleep(0.05)
    room.ready.set()
    for thread, found in threads:
        thread.join(5)
        assert found == [Served("http://127.0.0.1:1/v1", "key-1")]
    assert len(room.servers) == 1
    assert room.servers[0].plan == PLAN
    assert room.logs[0].is_relative_to(tmp_path)


def test_each_model_has_a_server_of_its_own(room: Room) -> None:
    assert room.ask().url != room.ask(OTHER).url
    assert [server.plan.name for server in room.servers] == ["tiny", "other"]


def test_a_desk_that_nobody_asks_starts_nothing(room: Room) -> None:
    assert room.servers == []


@pytest.mark.filterwarnings("error")
def test_a_visitor_without_the_secret_is_refused_and_the_desk_lives_on(room: Room) -> None:
    with pytest.raises(ModelError, match="does not answer any more"):
        ask_desk(EngineDesk(room.desk.address.port, b"guessed"), PLAN, None)
    with socket.create_connection(("127.0.0.1", room.desk.address.port)) as visitor:
        visitor.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert room.servers == []
    assert room.ask().key == "key-1"


def test_a_visitor_who_says_nothing_keeps_nobody_waiting(room: Room) -> None:
    with socket.create_connection(("127.0.0.1", room.desk.address.port)):
        thread, found = _in_thread(room.ask)
        thread.join(5)
        assert found == [Served("http://127.0.0.1:1/v1", "key-1")]
        closer, _ = _in_thread(room.desk.close)
        closer.join(5)
        assert not closer.is_alive()


def test_a_visitor_who_leaves_before_the_answer_harms_nobody(room: Room) -> None:
    room.ready.clear()
    with Client(("127.0.0.1", room.desk.address.port), authkey=room.desk.address.secret) as visitor:
        visitor.send((PLAN, None))
        _until(lambda: bool(room.servers))
    room.ready.set()
    assert room.ask().key == "key-1"


def test_a_living_server_is_handed_out_again(room: Room) -> None:
    first = room.ask()
    assert room.ask(lost_url=first.url) == first
    assert len(room.servers) == 1


def test_a_dead_server_is_started_again_once_and_then_its_last_lines_are_told(room: Room) -> None:
    first = room.ask()
    room.servers[0].is_dead = True
    second = room.ask(lost_url=first.url)
    assert second == Served("http://127.0.0.1:2/v1", "key-2")
    assert room.servers[0].stopped.is_set()
    assert room.ask(lost_url=first.url) == second  # another worker that lost the first
    room.servers[1].is_dead = True
    for lost_url in (second.url, first.url, None):
        with pytest.raises(ModelError, match=r"(?s)the engine of tiny died, and again.*last words of 2"):
            room.ask(lost_url=lost_url)
    assert len(room.servers) == 2


def test_a_server_that_does_not_answer_is_replaced_for_the_worker_that_lost_it_only(room: Room) -> None:
    first = room.ask()
    room.servers[0].answers = False
    assert room.ask() == first  # it may just be busy
    assert room.ask(lost_url=first.url).key == "key-2"


def test_a_server_that_died_unnoticed_is_given_to_nobody(room: Room) -> None:
    room.ask()
    room.servers[0].is_dead = True
    assert room.ask().key == "key-2"


def test_a_server_that_does_not_start_is_tried_once_and_everybody_is_told_why(room: Room) -> None:
    room.trouble = "vLLM did not start tiny: no GPU"
    for _ in range(3):
        with pytest.raises(ModelError, match="did not start tiny: no GPU"):
            room.ask()
    assert len(room.servers) == 1
    assert room.servers[0].stopped.is_set()


def test_a_fault_of_ours_reaches_the_worker_as_a_reason(tmp_path: Path) -> None:
    def launch(plan: EnginePlan, log: Path) -> Server:
        raise OSError("no process left")

    desk = Desk(tmp_path, launch)
    with pytest.raises(ModelError, match="tiny: OSError: no process left"):
        ask_desk(desk.address, PLAN, None)
    desk.close()


def test_closing_stops_all_servers_and_sends_later_visitors_away(room: Room) -> None:
    room.ask()
    room.ask(OTHER)
    room.desk.close()
    room.desk.close()
    assert all(server.stopped.is_set() for server in room.servers)
    with pytest.raises(ModelError, match="the leading process, which runs the engine of tiny"):
        room.ask()
    assert len(room.servers) == 2


def test_closing_while_a_server_starts_stops_it_and_tells_who_waits(room: Room) -> None:
    room.ready.clear()
    waiting = [_in_thread(room.ask) for _ in range(2)]
    _until(lambda: bool(room.servers) and room.servers[0].waits.is_set())
    began = time.monotonic()
    room.desk.close()
    assert time.monotonic() - began < 3
    assert room.servers[0].stopped.is_set()
    for thread, found in waiting:
        thread.join(5)
        assert isinstance(found[0], ModelError)
    assert len(room.servers) == 1


LEADER = """
import sys, time
from pathlib import Path
from iad_eval.predictors.lvlm.desk import Desk

class Slow:
    def __init__(self, plan, log): print("launched", flush=True)
    def wait(self): time.sleep(60)
    def stop(self): pass

desk = Desk(Path(sys.argv[1]), Slow)
print(desk.address.port, desk.address.secret.hex(), flush=True)
time.sleep(60)
"""


def test_a_worker_is_told_when_the_leading_process_is_killed_while_it_waits(tmp_path: Path) -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", LEADER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert leader.stdout is not None
    try:
        port, secret = leader.stdout.readline().split()
        address = EngineDesk(int(port), bytes.fromhex(secret))
        thread, found = _in_thread(lambda: ask_desk(address, PLAN, None))
        assert leader.stdout.readline() == "launched\n"
        leader.kill()
        thread.join(5)
        assert "does not answer any more" in str(found[0])
        with pytest.raises(ModelError, match="does not answer any more"):
            ask_desk(address, PLAN, None)
    finally:
        leader.kill()
        leader.wait()
        leader.stdout.close()


def test_a_worker_in_another_process_is_served(room: Room) -> None:
    with contextlib.closing(multiprocessing.get_context("spawn").Pool(1)) as pool:
        assert pool.apply(ask_desk, (room.desk.address, PLAN, None)) == room.ask()
        pool.terminate()
        pool.join()
