"""An event loop in a thread, and a line to the engine that is mended once when it breaks."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.chat import Chat, ChatRequest, Completion, EngineLost
from iad_eval.words import Json

Connect = Callable[[int], Awaitable[Chat]]
"""Makes a line to the engine; given how often one was lost before (0 at first). Raises ModelError.

It may be cancelled, and then gives back what it began.
"""

_CLOSED = "the line to the engine was closed before the answer had come"

RESTARTS = 1
"""How often an engine that died is started again (in a session)."""


class Line:
    """Carries requests to whatever :data:`Connect` connects to, from any thread.

    Nothing is connected before the first request. An engine that is lost is connected to once
    more, and what it left unanswered is asked again; after that, and where there never was one,
    every request fails with the same reason. A closed line answers nothing any more.
    """

    def __init__(self, connect: Connect, restarts: int = RESTARTS) -> None:
        self._connect = connect
        self._restarts = restarts
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._chat: asyncio.Task[Chat] | None = None
        self._lost = 0
        self._changing = threading.Lock()
        self._is_closed = False

    def ask(self, request: ChatRequest) -> Future[Completion]:
        """The completion to come. Its exception is a ModelError where there will be none."""
        return self._submit(self._answered(request))

    def describe(self) -> Mapping[str, Json]:
        """What the engine says of itself, once it was asked for something; empty before."""
        chat = self._chat
        if chat is None or not chat.done() or chat.cancelled() or chat.exception() is not None:
            return {}
        return {**chat.result().describe(), "restarts": self._lost}

    def close(self) -> None:
        """Ends requests under way, the engine and the thread; may be called twice, from any other thread."""
        with self._changing:
            self._is_closed = True
            loop, self._loop = self._loop, None
        if self._thread is None:
            return
        if loop is not None:
            try:
                asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            finally:
                loop.call_soon_threadsafe(loop.stop)
                self._thread.join()
                loop.close()
        self._thread.join()  # another thread may be about to close it

    def _submit(self, work: Coroutine[Any, Any, Completion]) -> Future[Completion]:
        with self._changing:
            if self._is_closed:
                work.close()
                refused: Future[Completion] = Future()
                refused.set_exception(ModelError(_CLOSED))
                return refused
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="iad-engine", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _answered(self, request: ChatRequest) -> Completion:
        try:
            return await self._completed(request)
        except asyncio.CancelledError:
            if not self._is_closed:
                raise
            raise ModelError(_CLOSED) from None

    async def _completed(self, request: ChatRequest) -> Completion:
        while True:
            if self._chat is None:
                self._chat = asyncio.ensure_future(self._connected(self._lost))
            asked = self._chat
            chat = await asyncio.shield(asked)
            try:
                return await chat.complete(request)
            except EngineLost as error:
                await self._mend(asked, error)
            except Exception:
                if self._chat is asked:
                    raise  # else the engine was lost meanwhile, and this is how it left the request

    async def _connected(self, lost: int) -> Chat:
        return await self._connect(lost)

    async def _mend(self, asked: asyncio.Task[Chat], error: EngineLost) -> None:
        """Puts a new engine in the place of the lost one, unless another request has just done so."""
        if self._chat is not asked:
            return
        self._lost += 1
        if self._lost > self._restarts:
            again = f" (it was started again {self._restarts} time)" if self._restarts else ""
            self._chat = asyncio.ensure_future(_gone(ModelError(f"{error}{again}")))
        else:
            self._chat = asyncio.ensure_future(self._replaced(asked.result(), self._lost))
        with contextlib.suppress(ModelError):  # whoever asks next is told
            await asyncio.shield(self._chat)

    async def _replaced(self, old: Chat, lost: int) -> Chat:
        with contextlib.suppress(Exception):  # it is gone: what matters is whether the next one starts
            await old.close()
        return await self._connect(lost)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()  # one that connects gives back what it began
        await asyncio.gather(*others, return_exceptions=True)
        chat = self._chat
        if chat is not None and not chat.cancelled() and chat.exception() is None:
            await chat.result().close()
        await asyncio.get_running_loop().shutdown_asyncgens()


async def _gone(error: ModelError) -> Chat:
    raise error
