"""One ``vllm serve`` for all workers: started by the process that leads them, stopped with it."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.guardian import GRACE_S, Guardian
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.remedies import last_lines, why_no_start

START_S = 3600.0
"""How long a server may take to load its weights."""

_LISTEN = "127.0.0.1"

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A company's proxy is for the world outside, never for this machine."""


class Server:
    """A vLLM server process on this machine's loopback, behind a key of its own."""

    def __init__(self, plan: EnginePlan, log: Path) -> None:
        self.key = secrets.token_urlsafe(24)
        self._plan = plan
        self._log = log
        self._stopping = threading.Lock()
        self._port = _free_port()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._since = log.stat().st_size if log.exists() else 0
        self._guardian = Guardian()
        environment = {**plan.environment(), **os.environ, "VLLM_API_KEY": self.key}
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *arguments(plan, self._port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # a Ctrl-C at the terminal is for pytest, which then ends it in order
            )
        self._guardian.watch([self._process.pid])

    @property
    def url(self) -> str:
        """The address under which it answers, ending in ``/v1``."""
        return f"http://{_LISTEN}:{self._port}/v1"

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self._process.poll() is not None

    @property
    def is_alive(self) -> bool:
        """Whether its process is there and it answers for its engine's health."""
        return self._process.poll() is None and self._answers()

    def wait(self) -> None:
        """Returns when it answers. Raises ModelError where it ends before, or takes longer than START_S."""
        deadline = time.monotonic() + START_S
        while not self._answers():
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                reason = f"its server ended with code {code}" if code is not None else "it took too long"
                self.stop()
                raise ModelError(why_no_start(self._plan, reason, self._log, self._since))
            time.sleep(0.2)

    def lines(self) -> str:
        """What it said last."""
        return last_lines(self._log, since=self._since)

    def stop(self) -> None:
        """Ends it and all processes below it; may be called twice, and while another thread waits for it."""
        with self._stopping:
            if self._process.poll() is None:
                self._process.terminate()
            self._guardian.finish()
            try:
                self._process.wait(GRACE_S)
            except subprocess.TimeoutExpired:  # a system without /proc: the guardian saw nothing
                self._process.kill()
                self._process.wait()

    def _answers(self) -> bool:
        try:
            with _DIRECT.open(f"http://{_LISTEN}:{self._port}/health", timeout=5) as reply:
                return bool(reply.status == 200)
        except (OSError, http.client.HTTPException):
            return False


def arguments(plan: EnginePlan, port: int) -> list[str]:
    """The server's command line."""
    words = ["--host", _LISTEN, "--port", str(port), "--served-model-name", plan.name]
    words += ["--enable-prompt-tokens-details", "--disable-uvicorn-access-log"]
    for name, value in plan.engine_settings().items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            words += [flag] if value else []
        else:
            words += [flag, json.dumps(value) if isinstance(value, dict) else str(value)]
    return words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LISTEN, 0))
        return int(probe.getsockname()[1])
