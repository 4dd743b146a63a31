"""The desk at which workers ask for an engine: the leading process starts one server for all of them."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path

from iad_eval.errors import ModelError
from iad_eval.predictors import EngineDesk
from iad_eval.predictors.lvlm.asking import RESTARTS
from iad_eval.predictors.lvlm.logs import log_file
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.server import Server

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers: its URL and the key that it wants."""

    url: str
    key: str


@dataclass(slots=True)
class _Post:
    """One model's server and what became of it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    server: Server | None = None
    starting: Server | None = None
    lost: int = 0
    trouble: str | None = None


class Desk:
    """Answers workers, each in a thread of its own, until :meth:`close`.

    A model's server is started when the first worker needs it. One that died is started again
    once; whoever asks after that is told its last lines.
    """

    def __init__(self, cache: Path, launch: Callable[[EnginePlan, Path], Server] = Server) -> None:
        self._cache = cache
        self._launch = launch
        secret = secrets.token_bytes(32)
        self._listener = Listener((_HOST, 0))  # the secret is asked for by each visitor's own thread
        self.address = EngineDesk(self._listener.address[1], secret)
        self._posts: dict[str, _Post] = {}
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._receive, name="iad-desk", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops all servers, also one that is just starting, and answers nobody any more.

        May be called twice.
        """
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(OSError, EOFError):  # wakes the thread that waits for visitors
            socket.create_connection((_HOST, self.address.port)).close()
        self._thread.join()
        self._listener.close()
        for post in list(self._posts.values()):
            starting = post.starting
            if starting is not None:
                starting.stop()  # ends the wait for it, and so frees the lock
            with post.lock:
                if post.server is not None:
                    post.server.stop()
                post.server, post.trouble = None, "the session is over"

    def _receive(self) -> None:
        while not self._is_closed:
            try:
                visitor = self._listener.accept()
            except OSError:  # somebody who left at once
                continue
            threading.Thread(target=self._attend, args=(visitor,), daemon=True).start()

    def _attend(self, visitor: Connection) -> None:
        with contextlib.suppress(OSError, EOFError, AuthenticationError), visitor:
            deliver_challenge(visitor, self.address.secret)
            answer_challenge(visitor, self.address.secret)
            plan, lost_url = visitor.recv()
            try:
                visitor.send(self._served(plan, lost_url))
            except ModelError as error:
                visitor.send(str(error))
            except Exception as error:
                visitor.send(f"{plan.name}: {type(error).__name__}: {error}")

    def _served(self, plan: EnginePlan, lost_url: str | None) -> Served:
        with self._lock:
            post = self._posts.setdefault(plan.name, _Post())
        with post.lock:
            if self._is_closed:
                raise ModelError("the session is over")
            if post.server is not None and _is_gone(post.server, lost_url):
                self._bury(plan, post, post.server)
            if post.trouble is not None:
                raise ModelError(post.trouble)
            if post.server is None:
                post.server = self._started(plan, post)
            return Served(post.server.url, post.server.key)

    def _started(self, plan: EnginePlan, post: _Post) -> Server:
        server = post.starting = self._launch(plan, log_file(self._cache, plan.name))
        try:
            if self._is_closed:
                raise ModelError("the session is over")
            server.wait()
        except ModelError as error:
            server.stop()
            post.trouble = str(error)
            raise
        except BaseException:
            server.stop()
            raise
        finally:
            post.starting = None
        return server

    def _bury(self, plan: EnginePlan, post: _Post, server: Server) -> None:
        server.stop()
        post.server = None
        post.lost += 1
        if post.lost > RESTARTS:
            post.trouble = (
                f"the engine of {plan.name} died, and again after it was started anew. Its last lines:\n"
                f"{server.lines()}"
            )


def _is_gone(server: Server, lost_url: str | None) -> bool:
    """Asked for its health only when a visitor lost it: a busy server may be slow to answer."""
    return not server.is_alive if server.url == lost_url else server.has_ended


def ask_desk(address: EngineDesk, plan: EnginePlan, lost_url: str | None) -> Served:
    """Asks for a server, where one was lost (or does not answer) with its URL; waits until it answers.

    Raises ModelError with the reason where there is none, or nobody is at the desk any more.
    """
    try:
        with Client((_HOST, address.port), authkey=address.secret) as visitor:
            visitor.send((plan, lost_url))
            answer = visitor.recv()
    except (OSError, EOFError, AuthenticationError) as error:
        raise ModelError(
            f"the leading process, which runs the engine of {plan.name}, does not answer any more"
        ) from error
    if isinstance(answer, Served):
        return answer
    raise ModelError(str(answer))
