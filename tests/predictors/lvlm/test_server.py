"""One server process for all workers: shown with a real process that stands where vLLM's would."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm import server as server_module
from iad_eval.predictors.lvlm.guardian import descendants, started
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.server import Server, arguments
from iad_eval.predictors.lvlm.weights import Weights
from iad_eval.profiles import PAPER, Profile

PLAN = EnginePlan("vllm:/my model", Weights("/m", None, "content-1"), PAPER, 2, 7, bounds_pixels=True)

# Listens as vLLM's server does, with a child process as its engine. FAKE_VLLM says what goes wrong.
STAND_IN = """
import http.server, json, os, signal, subprocess, sys, time

how = os.environ.get("FAKE_VLLM", "")
print(json.dumps(sys.argv[1:]), flush=True)
print("key", os.environ["VLLM_API_KEY"], os.environ["VLLM_NO_USAGE_STATS"], flush=True)
if how == "dies":
    print("loading", flush=True)
    sys.exit("\\x1b[31mValueError: No available memory for the cache blocks.\\x1b[0m")
if how == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(60)"])

def end(*said):
    child.terminate()
    child.wait()
    sys.exit(0)

if how != "deaf":
    signal.signal(signal.SIGTERM, end)
if how == "silent":
    time.sleep(60)

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_sick = os.path.exists(os.environ["FAKE_SICK"])
        self.send_response(503 if is_sick else 200)
        self.end_headers()
    def log_message(self, *said): pass

port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer((sys.argv[sys.argv.index("--host") + 1], port), Health).serve_forever()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for logs; ``python -m vllm.entrypoints.openai.api_server`` starts the stand-in."""
    package = tmp_path / "stand_in" / "vllm" / "entrypoints" / "openai"
    package.mkdir(parents=True)
    for folder in (package, package.parent, package.parent.parent):
        (folder / "__init__.py").touch()
    (package / "api_server.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "stand_in"))
    monkeypatch.setenv("FAKE_SICK", str(tmp_path / "sick"))
    return tmp_path


@pytest.fixture
def server(place: Path) -> Iterator[Server]:
    begun = Server(PLAN, place / "logs" / "vllm.log")
    yield begun
    begun.stop()


def _flags(words: list[str]) -> dict[str, str]:
    return {
        word: ("" if index + 1 == len(words) or words[index + 1].startswith("--") else words[index + 1])
        for index, word in enumerate(words)
        if word.startswith("--")
    }


def test_the_command_line_says_every_setting_in_vllm_s_form() -> None:
    flags = _flags(arguments(PLAN, 1234))
    assert flags["--port"] == "1234"
    assert flags["--host"] == "127.0.0.1"
    assert flags["--served-model-name"] == "vllm:/my model"
    assert flags["--model"] == "/m"
    assert flags["--max-num-seqs"] == "5"
    assert flags["--seed"] == "7"
    assert flags["--enable-prefix-caching"] == ""
    assert json.loads(flags["--limit-mm-per-prompt"]) == {"image": 2}
    assert json.loads(flags["--mm-processor-kwargs"]) == {
        "size": {"shortest_edge": 602112, "longest_edge": 802816}
    }
    assert "--enforce-eager" not in flags
    assert "--dtype" not in flags
    assert "--revision" not in flags
    eager = EnginePlan(
        "m",
        Weights("A/B", "abc", "A/B@abc"),
        Profile("own", 0.0, 4, None, None, 1, 16, enforce_eager=True, dtype="float32"),
        2,
        0,
        bounds_pixels=True,
    )
    flags = _flags(arguments(eager, 1))
    assert flags["--enforce-eager"] == ""
    assert (flags["--dtype"], flags["--revision"], flags["--model"]) == ("float32", "abc", "A/B")
    assert "--mm-processor-kwargs" not in flags


def test_a_server_answers_is_alive_and_leaves_nothing_behind(server: Server, place: Path) -> None:
    server.wait()
    assert server.is_alive
    assert not server.has_ended
    assert server.url.startswith("http://127.0.0.1:")
    assert server.url.endswith("/v1")
    mine = set(descendants(os.getpid()))
    below = set(descendants(server._process.pid))
    assert below < mine
    assert len(below) == 1
    server.stop()
    server.stop()
    assert server.has_ended
    assert not server.is_alive
    assert not any(started(process) for process in {server._process.pid, *below})
    said, key = (place / "logs" / "vllm.log").read_text().splitlines()[:2]
    assert json.loads(said) == arguments(PLAN, int(server.url.split(":")[2].removesuffix("/v1")))
    assert key == f"key {server.key} 1"


def test_the_key_is_no_part_of_the_command_line(server: Server) -> None:
    server.wait()
    line = Path(f"/proc/{server._process.pid}/cmdline").read_bytes()
    assert b"api_server" in line
    assert server.key.encode() not in line


def test_a_company_s_proxy_is_not_asked_about_this_machine(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setattr(server_module, "START_S", 8.0)
    server = Server(PLAN, place / "log")
    server.wait()
    server.stop()


def test_an_engine_that_is_sick_behind_a_server_that_answers_is_not_alive(
    server: Server, place: Path
) -> None:
    server.wait()
    (place / "sick").touch()
    assert not server.is_alive
    assert not server.has_ended


def test_a_server_that_ends_before_it_answers_says_why_and_what_to_change(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_VLLM", "dies")
    log = place / "log"
    log.write_text("torch.OutOfMemoryError: CUDA out of memory. (yesterday)\n")
    server = Server(PLAN, log)
    with pytest.raises(ModelError) as caught:
        server.wait()
    told = str(caught.value)
    assert "vLLM did not start vllm:/my model: its server ended with code 1" in told
    assert "lower --iad-lvlm max_model_len=N (now 7000)" in told
    assert "\n  ValueError: No available memory for the cache blocks." in told
    assert "yesterday" not in told
    assert "\x1b" not in told
    assert server.lines() == "  ValueError: No available memory for the cache blocks."
    assert server.has_ended


def test_a_server_that_takes_too_long_is_ended(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM", "silent")
    monkeypatch.setattr(server_module, "START_S", 0.7)
    server = Server(PLAN, place / "log")
    with pytest.raises(ModelError, match="it took too long"):
        server.wait()
    assert server.has_ended


def test_stopping_from_another_thread_ends_the_wait(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM", "silent")
    server = Server(PLAN, place / "log")
    reasons: list[str] = []

    def wait() -> None:
        with pytest.raises(ModelError) as caught:
            server.wait()
        reasons.append(str(caught.value))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    server.stop()
    waiting.join(5)
    assert "its server ended with code" in reasons[0]


def test_a_server_that_ignores_the_request_to_end_is_killed_with_its_engine(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_VLLM", "deaf")
    server = Server(PLAN, place / "log")
    server.wait()
    below = descendants(server._process.pid)
    assert len(below) == 1
    finish = server._guardian.finish
    monkeypatch.setattr(server._guardian, "finish", lambda: finish(grace_s=0.3))
    server.stop()
    assert server.has_ended
    assert not any(started(process) for process in below)


def test_the_engine_of_a_killed_server_goes_too(server: Server) -> None:
    server.wait()
    [engine] = descendants(server._process.pid)
    os.kill(server._process.pid, signal.SIGKILL)
    server._process.wait()
    assert started(engine)
    assert not server.is_alive
    os.kill(engine, signal.SIGTERM)
    server.stop()
    assert not started(engine)


def test_nobody_answers_at_the_address_of_a_stopped_server(server: Server) -> None:
    server.wait()
    server.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(server.url, timeout=2)
