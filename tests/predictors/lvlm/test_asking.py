"""A line to the engine: connected when needed, mended once, and closed without leaving anything behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field

import pytest

from iad_eval.errors import ModelError, UsageError
from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.chat import Chat, ChatRequest, Completion, EngineLost, RequestFailed, Sampling
from iad_eval.words import Json

Answer = Callable[[ChatRequest], Awaitable[Completion]]


def _request(text: str) -> ChatRequest:
    return ChatRequest((), text, Sampling(0.0, 4))


@dataclass
class FakeChat:
    """Answers as it is told to; remembers what it was asked and whether it was closed."""

    answer: Answer
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    closed: int = 0

    async def complete(self, request: ChatRequest) -> Completion:
        self.asked.append(request.text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.answer(request)
        finally:
            self.at_once -= 1

    def describe(self) -> Mapping[str, Json]:
        return {"engine": "fake 1.0"}

    async def close(self) -> None:
        self.closed += 1


async def _echo(request: ChatRequest) -> Completion:
    await asyncio.sleep(0.001)
    return Completion(request.text)


async def _never(request: ChatRequest) -> Completion:
    await asyncio.sleep(60)
    return Completion("too late")


class Engines:
    """Connects to one chat after the other, and counts."""

    def __init__(self, *chats: FakeChat | Exception) -> None:
        self._chats = list(chats)
        self.lost: list[int] = []

    async def connect(self, lost: int) -> Chat:
        self.lost.append(lost)
        await asyncio.sleep(0.005)
        chat = self._chats[len(self.lost) - 1]
        if isinstance(chat, Exception):
            raise chat
        return chat


@pytest.fixture(autouse=True)
def nothing_stays(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No thread, no complaint of asyncio's about tasks and futures that nobody asked after."""
    before = set(threading.enumerate())
    yield
    gc.collect()
    deadline = time.monotonic() + 3
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left
    said = [*caplog.get_records("call"), *caplog.records]
    assert not [record.getMessage() for record in said if record.levelno >= logging.WARNING]


def test_nothing_is_connected_before_the_first_request() -> None:
    engines = Engines(FakeChat(_echo))
    line = Line(engines.connect)
    assert line.describe() == {}
    line.close()
    line.close()
    assert engines.lost == []


def test_requests_run_at_the_same_time_over_one_connection() -> None:
    chat = FakeChat(_echo)
    engines = Engines(chat)
    line = Line(engines.connect)
    futures = [line.ask(_request(f"q{number}")) for number in range(20)]
    assert [future.result(5).text for future in futures] == [f"q{number}" for number in range(20)]
    assert engines.lost == [0]
    assert chat.most_at_once == 20
    assert line.describe() == {"engine": "fake 1.0", "restarts": 0}
    line.close()
    assert chat.closed == 1


def test_threads_that_ask_at_once_share_one_loop_and_one_connection() -> None:
    engines = Engines(FakeChat(_echo))
    line = Line(engines.connect)
    barrier = threading.Barrier(8)
    answers: list[str] = []

    def ask(number: int) -> None:
        barrier.wait()
        answers.append(line.ask(_request(str(number))).result(5).text)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [str(number) for number in range(8)]
    assert engines.lost == [0]
    line.close()


def test_a_lost_engine_is_connected_to_once_more_and_all_unanswered_requests_asked_again() -> None:
    async def dies_after_three(request: ChatRequest) -> Completion:
        await asyncio.sleep(0.02)
        if int(request.text) < 3:
            return Completion(f"first {request.text}")
        raise EngineLost("it died")

    first, second = FakeChat(dies_after_three), FakeChat(_echo)
    engines = Engines(first, second)
    line = Line(engines.connect)
    futures = [line.ask(_request(str(number))) for number in range(10)]
    found = [future.result(5).text for future in futures]
    assert found == ["first 0", "first 1", "first 2", *(str(number) for number in range(3, 10))]
    assert engines.lost == [0, 1]
    assert first.closed == 1
    assert sorted(second.asked) == [str(number) for number in range(3, 10)]
    assert line.describe()["restarts"] == 1
    line.close()
    assert (first.closed, second.closed) == (1, 1)


def test_a_request_that_breaks_because_its_engine_was_just_put_away_is_asked_again() -> None:
    lost = asyncio.Event()

    async def loses(request: ChatRequest) -> Completion:
        if request.text == "loses":
            await asyncio.sleep(0.01)
            lost.set()
            raise EngineLost("it died")
        await lost.wait()
        await asyncio.sleep(0.002)
        raise AttributeError("'NoneType' object has no attribute 'generate'")

    engines = Engines(FakeChat(loses), FakeChat(_echo))
    line = Line(engines.connect)
    futures = [line.ask(_request(text)) for text in ("loses", "breaks")]
    assert [future.result(5).text for future in futures] == ["loses", "breaks"]
    assert engines.lost == [0, 1]
    line.close()


def test_after_a_second_loss_every_request_fails_with_the_reason() -> None:
    async def dies(request: ChatRequest) -> Completion:
        raise EngineLost("its last lines: boom")

    first, second = FakeChat(dies), FakeChat(dies)
    engines = Engines(first, second)
    line = Line(engines.connect)
    futures = [line.ask(_request(str(number))) for number in range(6)]
    for future in [*futures, line.ask(_request("later"))]:
        error = future.exception(5)
        assert isinstance(error, ModelError)
        assert "its last lines: boom" in str(error)
        assert "started again 1 time" in str(error)
    assert engines.lost == [0, 1]
    assert line.describe() == {}
    line.close()
    assert first.closed == 1


def test_a_line_that_is_never_mended_says_nothing_of_restarts() -> None:
    async def dies(request: ChatRequest) -> Completion:
        raise EngineLost("gone")

    engines = Engines(FakeChat(dies))
    line = Line(engines.connect, restarts=0)
    assert str(line.ask(_request("a")).exception(5)) == "gone"
    assert engines.lost == [0]
    line.close()


@pytest.mark.parametrize(
    "error",
    [
        ModelError("no GPU"),
        UsageError("no such URL"),
        EngineLost("nobody answers"),
        RuntimeError("unforeseen"),
    ],
)
def test_a_connect_that_fails_is_tried_once_not_once_a_request(error: Exception) -> None:
    engines = Engines(error)
    line = Line(engines.connect)
    futures = [line.ask(_request(str(number))) for number in range(5)]
    wait_for(futures, timeout=5)
    futures.append(line.ask(_request("later")))
    for future in futures:
        assert future.exception(5) is error
    assert engines.lost == [0]
    line.close()


def test_an_engine_that_cannot_be_started_again_is_tried_once() -> None:
    async def dies(request: ChatRequest) -> Completion:
        await asyncio.sleep(0.01)
        raise EngineLost("it died")

    engines = Engines(FakeChat(dies), ModelError("no memory left"))
    line = Line(engines.connect)
    futures = [line.ask(_request(str(number))) for number in range(4)]
    assert {str(future.exception(5)) for future in futures} == {"no memory left"}
    assert str(line.ask(_request("later")).exception(5)) == "no memory left"
    assert engines.lost == [0, 1]
    line.close()


def test_a_lost_engine_that_does_not_even_close_is_replaced_all_the_same() -> None:
    async def dies(request: ChatRequest) -> Completion:
        raise EngineLost("it died")

    class Stuck(FakeChat):
        async def close(self) -> None:
            raise OSError("no such process")

    line = Line(Engines(Stuck(dies), FakeChat(_echo)).connect)
    assert line.ask(_request("again")).result(5).text == "again"
    line.close()


def test_one_bad_request_fails_alone() -> None:
    async def refuses(request: ChatRequest) -> Completion:
        if request.text == "bad":
            raise RequestFailed("too long")
        return Completion(request.text)

    chat = FakeChat(refuses)
    engines = Engines(chat)
    line = Line(engines.connect)
    bad, good = line.ask(_request("bad")), line.ask(_request("good"))
    assert isinstance(bad.exception(5), RequestFailed)
    assert good.result(5).text == "good"
    assert engines.lost == [0]
    assert chat.asked.count("bad") == 1
    line.close()


def _closed_from_two_threads(line: Line) -> None:
    closers = [threading.Thread(target=line.close) for _ in range(2)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join(5)
        assert not closer.is_alive()
    line.close()


def _waiting(line: Line, chat: FakeChat, count: int) -> list[Future[Completion]]:
    futures = [line.ask(_request(str(number))) for number in range(count)]
    deadline = time.monotonic() + 5
    while chat.at_once < count and time.monotonic() < deadline:
        time.sleep(0.005)
    assert chat.at_once == count
    return futures


def test_closing_while_requests_are_under_way_answers_them_with_the_reason() -> None:
    chat = FakeChat(_never)
    line = Line(Engines(chat).connect)
    futures = _waiting(line, chat, 3)
    _closed_from_two_threads(line)
    for future in futures:
        error = future.exception(0)
        assert isinstance(error, ModelError)
        assert "closed before the answer had come" in str(error)
    assert (chat.closed, chat.at_once) == (1, 0)


def test_closing_while_connecting_ends_the_connecting() -> None:
    was_cancelled = threading.Event()
    is_connecting = threading.Event()

    async def connect(lost: int) -> Chat:
        is_connecting.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            was_cancelled.set()
            raise
        raise AssertionError

    line = Line(connect)
    future = line.ask(_request("a"))
    assert is_connecting.wait(5)
    began = time.monotonic()
    _closed_from_two_threads(line)
    assert time.monotonic() - began < 2
    assert was_cancelled.is_set()
    assert isinstance(future.exception(0), ModelError)


def test_closing_while_a_lost_engine_is_replaced_ends_that_too() -> None:
    async def dies(request: ChatRequest) -> Completion:
        raise EngineLost("it died")

    is_replacing = threading.Event()
    first = FakeChat(dies)

    async def connect(lost: int) -> Chat:
        if lost:
            is_replacing.set()
            await asyncio.sleep(60)
        return first

    line = Line(connect)
    futures = [line.ask(_request(str(number))) for number in range(3)]
    assert is_replacing.wait(5)
    line.close()
    assert all(isinstance(future.exception(0), ModelError) for future in futures)
    assert first.closed == 1


def test_a_closed_line_answers_with_the_reason_and_starts_nothing() -> None:
    engines = Engines(FakeChat(_echo), FakeChat(_echo))
    line = Line(engines.connect)
    assert line.ask(_request("a")).result(5).text == "a"
    line.close()
    assert isinstance(line.ask(_request("b")).exception(0), ModelError)
    assert engines.lost == [0]


def test_a_request_that_nobody_waits_for_is_given_up() -> None:
    chat = FakeChat(_never)
    line = Line(Engines(chat).connect)
    first, second = _waiting(line, chat, 2)
    assert first.cancel()
    deadline = time.monotonic() + 5
    while chat.at_once > 1 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert chat.at_once == 1
    assert not second.done()
    line.close()
    assert chat.closed == 1
