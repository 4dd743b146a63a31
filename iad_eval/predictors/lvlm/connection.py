"""One HTTP server, asked patiently: a bounded pool, a time limit for every try, faults put into words."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from iad_eval.predictors.lvlm.address import endpoint, usable
from iad_eval.predictors.lvlm.chat import EngineLost, RequestFailed
from iad_eval.predictors.lvlm.complaints import Complaint, clean, complaint
from iad_eval.predictors.lvlm.loose_json import MalformedReply
from iad_eval.predictors.lvlm.retrying import GaveUp, Retrying, Transient, asked_wait_s, persist

T = TypeVar("T")

CONNECT_S = 10.0
"""How long a server may take to accept a connection."""


class Connection:
    """Requests to the server at ``url``, at most ``connections`` at once, ``timeout_s`` for each try.

    A try's time runs from when a connection is free for it. The key (None where there is none)
    travels in a header and appears in no text. The sockets belong to the event loop of the first
    request. Raises UsageError for a bad URL or key.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float,
        connections: int,
        api_key: str | None,
        retrying: Retrying,
        draws: random.Random,
    ) -> None:
        self.url = endpoint(url)
        self._key = usable(api_key, "the API key") if api_key else None
        self._timeout_s = timeout_s
        self._connections = connections
        self._retrying = retrying
        self._draws = draws
        self._slots = asyncio.Semaphore(connections)
        self._client: httpx.AsyncClient | None = None
        self._is_closed = False

    async def send(self, method: str, url: str, content: bytes | None = None) -> httpx.Response:
        """One try: a reply that is final, good or bad. Raises Transient for a fault that may pass."""
        try:
            async with self._slots, asyncio.timeout(self._timeout_s):
                reply = await self._open().request(method, url, content=content)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            seen = f"nobody answers at {self.url} ({self._why(error)})"
            raise Transient(seen, is_unreachable=True) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Transient(f"{self.url} gave no whole answer in {self._timeout_s:g} s") from error
        except httpx.HTTPError as error:
            raise Transient(f"the connection to {self.url} broke ({self._why(error)})") from error
        if not reply.is_success and (said := self.complaint(reply)).is_transient:
            asked_s = asked_wait_s(reply.headers.get("retry-after"), self._retrying.now_s())
            words = f": {said.words}" if said.words else ""
            raise Transient(f"{self.url} answered HTTP {said.status}{words}", asked_s=asked_s)
        return reply

    async def persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The first good result of ``attempt``. Raises RequestFailed or EngineLost when patience ends."""
        try:
            return await persist(attempt, self._retrying, self._draws)
        except GaveUp as error:
            if not error.is_unreachable:
                raise RequestFailed(str(error)) from error
            raise EngineLost(
                f"{error}. Is the server running, and is that its address? Look with: curl {self.url}/models "
                "- and type another with --iad-endpoint URL."
            ) from error

    def read(self, reader: Callable[[bytes], T], reply: httpx.Response) -> T:
        """The reply as ``reader`` understands it. Raises Transient where that is a MalformedReply."""
        try:
            return reader(reply.content)
        except MalformedReply as error:
            words = self.complaint(reply).words
            said = f": {words}" if words else ""
            raise Transient(f"{self.url} sent {error} (HTTP {reply.status_code}){said}") from error

    def complaint(self, reply: httpx.Response) -> Complaint:
        """What an error reply says, without the key."""
        return complaint(reply.status_code, reply.content, self._key)

    def clean(self, text: str) -> str:
        """A server's text as it may be shown: one line, without the key."""
        return clean(text, self._key)

    async def close(self) -> None:
        """Closes all sockets; what is under way fails with EngineLost. May be called twice."""
        self._is_closed = True
        if self._client is not None:
            await self._client.aclose()

    def _open(self) -> httpx.AsyncClient:
        if self._is_closed:
            raise EngineLost(f"the connections to {self.url} were closed before all answers had come")
        if self._client is None:
            key = {"Authorization": f"Bearer {self._key}"} if self._key else {}
            self._client = httpx.AsyncClient(
                headers={"Content-Type": "application/json", **key},
                timeout=httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s), pool=None),
                limits=httpx.Limits(
                    max_connections=self._connections,
                    max_keepalive_connections=self._connections,
                    keepalive_expiry=4.0,  # seconds; vLLM's server closes after 5
                ),
                # A company's proxy is for the world outside, never for this machine.
                trust_env=urlsplit(self.url).hostname not in ("localhost", "127.0.0.1", "::1"),
            )
        return self._client

    def _why(self, error: Exception) -> str:
        return self.clean(f"{type(error).__name__}: {error}".removesuffix(": "))
