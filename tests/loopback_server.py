"""An OpenAI-compatible server on 127.0.0.1 whose every reply can be scripted, faults included."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal

MODEL = "tiny/Qwen2-VL"
CHAT = "/v1/chat/completions"

Fault = Literal["none", "drop_before", "drop_midway", "silence"]


@dataclass(frozen=True)
class Reply:
    """What comes back: ``fault`` tells how the connection misbehaves, ``delay_s`` how late it is."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = "none"
    delay_s: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; ``body`` is its JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


def as_json(found: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, json.dumps(found).encode(), {"Content-Type": "application/json", **headers})


def answer(
    text: str = "Yes. A crack.",
    logprobs: Mapping[str, float] | None = None,
    finish: str = "stop",
    delay_s: float = 0.0,
) -> Reply:
    """A chat completion as vLLM writes it; ``logprobs`` are the alternatives of its first token."""
    content = logprobs and [
        {
            "token": max(logprobs, key=lambda token: logprobs[token]),
            "logprob": max(logprobs.values()),
            "bytes": None,
            "top_logprobs": [
                {"token": token, "logprob": value, "bytes": None} for token, value in logprobs.items()
            ],
        }
    ]
    found = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "logprobs": {"content": content} if content else None,
                "finish_reason": finish,
            }
        ],
        "usage": {
            "prompt_tokens": 547,
            "completion_tokens": 6,
            "total_tokens": 553,
            "prompt_tokens_details": {"cached_tokens": 256},
        },
    }
    return Reply(200, json.dumps(found).encode(), delay_s=delay_s)


def openai_error(
    status: int, message: str, *, param: str | None = None, code: str | None = None, **headers: str
) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return as_json({"error": error}, status, **headers)


def vllm_error(status: int, message: str, kind: str = "BadRequestError") -> Reply:
    return as_json({"error": {"message": message, "type": kind, "param": None, "code": status}}, status)


def fastapi_error(field_name: str, message: str) -> Reply:
    detail = [{"type": "extra_forbidden", "loc": ["body", field_name], "msg": message, "input": "seed n"}]
    return as_json({"detail": detail}, 422)


def too_many(retry_after: str) -> Reply:
    return openai_error(429, "Rate limit reached", code="rate_limit_exceeded", **{"Retry-After": retry_after})


def failing(status: int) -> Reply:
    return Reply(status, b"<html><head><title>oops</title></head></html>", {"Content-Type": "text/html"})


def garbage(body: bytes = b"<html>ok</html>") -> Reply:
    return Reply(200, body)


DROPPED = Reply(fault="drop_before")
CUT_OFF = Reply(200, answer().body, fault="drop_midway")
SILENT = Reply(fault="silence")


def listing(*names: str, owner: str = "vllm", max_model_len: int | None = 4096) -> Reply:
    cards = [
        {"id": name, "object": "model", "owned_by": owner, "root": f"/weights/{name}"}
        | ({"max_model_len": max_model_len} if max_model_len else {})
        for name in names
    ]
    return as_json({"object": "list", "data": cards})


class LoopbackServer:
    """Serves while its ``with`` block lasts.

    ``script`` holds the replies to the first chat requests, ``then`` makes those to all others;
    ``models`` is the reply to GET /v1/models. ``chats`` are the chat requests seen, in order of
    arrival; ``most_at_once`` how many were being answered together.
    """

    def __init__(
        self,
        script: Sequence[Reply] = (),
        then: Callable[[Seen], Reply] = lambda _seen: answer(),
        models: Reply | None = None,
    ) -> None:
        self._script = list(script)
        self._then = then
        self._models = models or listing(MODEL)
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._at_once = 0
        self.most_at_once = 0
        self.seen: list[Seen] = []
        self.is_closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.loopback = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def chats(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == CHAT]

    def open_connections(self, patience_s: float = 2.0) -> int:
        """Connections that a client still holds, after those just closed have had time to arrive."""
        end = time.monotonic() + patience_s
        while self._connections and time.monotonic() < end:
            time.sleep(0.005)
        return len(self._connections)

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends every connection and listens no more; the ``with`` block may end later."""
        self.is_closing.set()
        self._http.shutdown()
        with self._lock:
            for connection in self._connections:
                hang_up(connection)
        self._http.server_close()
        self._thread.join()

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)

    def reply_to(self, seen: Seen) -> Reply:
        with self._lock:
            self.seen.append(seen)
            if seen.method == "GET":
                pages = {"/v1/models": self._models, "/version": as_json({"version": "0.32.0"})}
                return pages.get(seen.path, Reply(404))
            if seen.path != CHAT:
                return Reply(404)
            return self._script.pop(0) if self._script else self._then(seen)

    def busy(self, change: int) -> None:
        with self._lock:
            self._at_once += change
            self.most_at_once = max(self.most_at_once, self._at_once)


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for them all: nothing outlives a test
    request_queue_size = 64
    loopback: LoopbackServer

    def process_request(self, request: Any, client_address: Any) -> None:
        self.loopback.opened(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.loopback.closed(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: object) -> None:
        loopback = self.server.loopback
        loopback.busy(+1)
        try:
            self._send(loopback.reply_to(Seen(self.command, self.path, dict(self.headers.items()), body)))
        finally:
            loopback.busy(-1)

    def _send(self, reply: Reply) -> None:
        loopback = self.server.loopback
        if reply.fault == "silence":
            self._wait_for_the_client_to_go()
        if reply.fault in ("silence", "drop_before"):
            self._hang_up()
            return
        loopback.is_closing.wait(reply.delay_s)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.fault == "drop_midway":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self._hang_up()
            return
        self.wfile.write(reply.body)

    def _wait_for_the_client_to_go(self) -> None:
        while not self.server.loopback.is_closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.01)
            if readable:
                return

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        hang_up(self.connection)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: a test prints what it has to say itself."""


def hang_up(connection: socket.socket) -> None:
    """Ends both directions at once; the peer may have done so before."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
