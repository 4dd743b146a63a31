"""A deliberately unreliable proxy on loopback in front of a real server."""

from __future__ import annotations

import http.client
import random
import socket
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FAULTS = ("503", "429", "500", "drop", "cut")


class FlakyProxy:
    """Passes requests on to ``port`` of this machine, but spoils a share of them, drawn from ``seed``.

    Only POST requests are spoilt. ``spoilt`` counts what was done to them.
    """

    def __init__(self, port: int, share: float, seed: int) -> None:
        self.spoilt: Counter[str] = Counter()
        self.passed = 0
        draws, lock, proxy = random.Random(seed), threading.Lock(), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._pass_on(b"", None)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    fault = draws.choice(FAULTS) if draws.random() < share else None
                    proxy.spoilt[fault or "passed"] += 1
                self._pass_on(body, fault)

            def _pass_on(self, body: bytes, fault: str | None) -> None:
                if fault == "drop":
                    return self._reset()
                if fault in ("503", "429", "500"):
                    self.send_response(int(fault))
                    if fault == "429":
                        self.send_header("Retry-After", "0")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return None
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
                try:
                    headers = {name: value for name, value in self.headers.items() if name != "Host"}
                    connection.request(self.command, self.path, body, headers)
                    reply = connection.getresponse()
                    content = reply.read()
                finally:
                    connection.close()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.headers.get("Content-Type", ""))
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if fault == "cut":
                    self.wfile.write(content[: len(content) // 2])
                    return self._reset()
                self.wfile.write(content)
                return None

            def _reset(self) -> None:
                self.close_connection = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens, ending in ``/v1``."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def close(self) -> None:
        """Stops it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
