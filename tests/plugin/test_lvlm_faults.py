"""What goes wrong with an LVLM in a session, and what a person reads about it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driving import CASE_FILE, WORLDS, hears_ctrl_c, observed
from inspector import NAME, ask, inspector, judged, pictures_of, shows
from loopback_server import LoopbackServer, Reply, Seen, failing, listing, openai_error, unused_port

from iad_eval.predictors.lvlm.client import EndpointChat
from iad_eval.predictors.lvlm.retrying import Retrying

SERIAL = ("-p", "no:xdist")
ORIGINAL = (*SERIAL, "--iad-perturbation", "original")
RUN = ("--iad-run", "run")
KEY = "sk-a-very-private-key-4711"
NOISE = ("Traceback", "was destroyed", "never retrieved", "never awaited", "Exception ignored", "dumped")


@pytest.fixture(autouse=True)
def _without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IAD_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries as often as ever, without the waits between."""
    kept = EndpointChat.__init__.__kwdefaults__
    assert kept is not None
    monkeypatch.setitem(kept, "retrying", Retrying(first_wait_s=0.001))


def _completeness(run: Path) -> dict[str, int]:
    found: dict[str, int] = json.loads((run / "summary.json").read_text())["completeness"]
    return found


def _errors(run: Path) -> dict[str, str]:
    return {line["sample"]: line["error"] for line in observed(run) if line["error"] is not None}


def _quiet(result: pytest.RunResult) -> str:
    """All that a session printed; none of it noise."""
    text = result.stdout.str() + result.stderr.str()
    assert [noise for noise in NOISE if noise in text] == []
    return text


def test_a_request_that_stays_bad_costs_its_view_alone(pytester: pytest.Pytester, parts: Path) -> None:
    is_bad = shows(parts / "cup" / "test" / "hole" / "001.png")
    with inspector(lambda seen: failing(500) if is_bad(seen) else judged(seen)) as server:
        result = ask(pytester, server.url, *ORIGINAL, *RUN)
    assert result.ret == 1
    result.assert_outcomes(passed=1, failed=1)
    assert sum(map(is_bad, server.chats)) == 5  # patience has an end
    run = pytester.path / "run"
    assert _completeness(run) == {"asked": 12, "observed": 11, "unreadable": 0, "failed": 1}
    ((sample, error),) = _errors(run).items()
    assert sample == "folder/cup/test/hole/001"
    assert "HTTP 500" in error
    assert "1 of 6 views could not be observed" in _quiet(result)
    with inspector() as server:
        assert ask(pytester, server.url, *ORIGINAL, *RUN).ret == 0
    assert list(map(is_bad, server.chats)) == [True]
    assert _completeness(run) == {"asked": 12, "observed": 12, "unreadable": 0, "failed": 0}


def test_a_server_that_goes_away_midway_loses_nothing_answered(
    pytester: pytest.Pytester, parts: Path
) -> None:
    run = pytester.path / "run"

    def then(seen: Seen) -> Reply:
        return judged(seen) if len(server.chats) <= 4 else replace(judged(seen), fault="silence")

    def close_after_four() -> None:
        try:
            _wait_while(lambda: len(_answered(run)) < 4)
        finally:
            server.close()

    with inspector(then) as server:
        closing = threading.Thread(target=close_after_four)
        closing.start()
        result = ask(pytester, server.url, *ORIGINAL, *RUN, "--iad-lvlm", "max_num_seqs=1")
        closing.join()
    assert result.ret == 1
    text = _quiet(result)
    assert "nobody answers at" in text
    assert "Is the server running" in text
    assert _completeness(run) == {"asked": 12, "observed": 4, "unreadable": 0, "failed": 8}
    with inspector() as server:
        again = ask(pytester, server.url, *ORIGINAL, *RUN, "--iad-lvlm", "max_num_seqs=1")
    assert again.ret == 0
    assert len(server.chats) == 8


@pytest.mark.parametrize("how", ["serial", "n2"])
def test_a_model_that_the_server_does_not_list(pytester: pytest.Pytester, parts: Path, how: str) -> None:
    with LoopbackServer(models=listing("inspector-large", "judge")) as server:
        result = ask(pytester, server.url, "--iad-perturbation", "original", *WORLDS[how])
    assert result.ret == 1
    assert server.chats == []
    result.assert_outcomes(failed=2)
    text = _quiet(result)
    said = (
        "does not serve 'inspector'. It lists inspector-large, judge. Type --iad-model vllm:inspector-large"
    )
    assert f"(and 5 more): {server.url} {said}" in text
    assert text.count(said) == 2  # once a case


def test_nobody_listens(pytester: pytest.Pytester, parts: Path) -> None:
    url = f"http://127.0.0.1:{unused_port()}/v1"
    result = ask(pytester, url, *ORIGINAL)
    assert result.ret == 1
    result.assert_outcomes(failed=2)
    text = _quiet(result)
    assert f"nobody answers at {url}" in text
    assert f"curl {url}/models" in text
    assert "0 of 12 views observed" in text


def _wants_the_key(seen: Seen) -> Reply:
    given = seen.headers.get("Authorization", "nothing")
    if given != f"Bearer {KEY}":
        return openai_error(401, f"Incorrect API key provided: {given}")
    hole = pictures_of(seen)[-1].getpixel((10, 10)) == (0, 0, 0)
    return openai_error(400, f"no holes for the owner of {KEY}") if hole else judged(seen)


def test_a_missing_key_is_asked_for_by_the_name_of_its_variable(
    pytester: pytest.Pytester, parts: Path
) -> None:
    with inspector(_wants_the_key) as server:
        result = ask(pytester, server.url, *ORIGINAL)
    assert result.ret == 1
    assert "HTTP 401" in _quiet(result)
    result.stdout.fnmatch_lines(["*environment variable IAD_API_KEY*"])


@pytest.mark.parametrize("how", ["serial", "n2"])
def test_the_key_is_sent_and_stays_secret(
    pytester: pytest.Pytester, parts: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("IAD_API_KEY", KEY)
    with inspector(_wants_the_key) as server:
        result = ask(pytester, server.url, "--iad-perturbation", "original", "-v", "-l", *WORLDS[how])
    assert result.ret == 1  # the server repeats the key in its refusals
    assert {seen.headers["Authorization"] for seen in server.seen} == {f"Bearer {KEY}"}
    assert "no holes for the owner of (key)" in _quiet(result)
    files = [path for path in pytester.path.rglob("*") if path.is_file()]
    assert any(path.name == "manifest.json" for path in files)
    assert [path for path in files if KEY.encode() in path.read_bytes()] == []
    assert KEY not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ["--iad-endpoint", "http://127.0.0.1:8000"],
            "*does not end in /v1*--iad-endpoint http://*:8000/v1*",
        ),
        (["--iad-profile", "papr"], "*unknown profile 'papr'. Did you mean 'paper'?*--iad-profile NAME*"),
        (["--iad-lvlm", "temperatur=0"], "*unknown setting 'temperatur'. Did you mean 'temperature'?*"),
        (["--iad-lvlm", "temperature=warm"], "*--iad-lvlm temperature=warm: expected a number from 0 on*"),
        (["--iad-lvlm", "min_pixels=9000000"], "*min_pixels=9000000 is more than max_pixels=802816*"),
        (["--iad-shots", "0"], "*--iad-shots takes a whole number from 1 on, not 0*--iad-protocol zeroshot*"),
        (["--iad-protocol", "oneshoot"], "*unknown protocol 'oneshoot'. Did you mean 'oneshot'*"),
        (["--iad-model", "vllm:"], "*--iad-model vllm: says nothing after the colon*--iad-model vllm:NAME*"),
        (["--iad-recorded", "perhaps"], "*--iad-recorded takes yes or no, not 'perhaps'*"),
        (["--iad-prompts", "nowhere.toml"], "*nowhere.toml: the prompt file cannot be read*"),
        (
            ["--iad-prompts", "slip.toml"],
            "*slip.toml, line 3: unknown key 'sentense'*did you mean 'sentence'?*",
        ),
    ],
)
def test_wrong_use_is_refused_before_anything_is_asked(
    pytester: pytest.Pytester, parts: Path, options: list[str], says: str
) -> None:
    (pytester.path / "slip.toml").write_text("\n[classes.folder.cup]\nsentense = 'Ignore the grain.'\n")
    with inspector() as server:
        result = ask(pytester, server.url, *ORIGINAL, *options)
    assert result.ret == 2
    result.stdout.fnmatch_lines([says])
    assert server.seen == []
    _quiet(result)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--iad-shots", "3"], "*folder/cup has 2 good training photographs*shown 3*lower --iad-shots*"),
        (
            ["--iad-protocol", "zeroshot-description", "--iad-prompts", "lid.toml"],
            "*needs a description of class 'cup'*write description = *?classes.folder.cup? into *lid.toml",
        ),
    ],
)
def test_a_class_that_lacks_something_fails_alone(
    pytester: pytest.Pytester, parts: Path, options: list[str], says: str
) -> None:
    (pytester.path / "lid.toml").write_text("[classes.folder.lid]\ndescription = 'A good lid is round.'\n")
    (parts / "cup" / "train" / "good" / "002.png").unlink()
    with inspector() as server:
        result = ask(pytester, server.url, *ORIGINAL, *options)
    assert result.ret == 1
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([says])
    assert len(server.chats) == 6
    _quiet(result)


def test_a_folder_that_is_not_there(pytester: pytest.Pytester, parts: Path) -> None:
    pytester.makepyfile(test_cases=CASE_FILE)
    result = pytester.runpytest_inprocess(
        "--iad-dataset", "folder:parts", "--iad-model", "vllm:./nowhere", *SERIAL
    )
    assert result.ret == 2
    text = _quiet(result)
    assert "./nowhere is no folder with a model" in text
    assert "--iad-model vllm:/data/models/qwen2-vl" in text


@pytest.mark.parametrize("how", ["serial", "n2"])
def test_without_vllm_each_case_says_what_to_install(
    pytester: pytest.Pytester, parts: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    (pytester.path / "without").mkdir()
    missing = 'raise ModuleNotFoundError("No module named \'vllm\'", name="vllm")'
    (pytester.path / "without" / "vllm.py").write_text(missing)
    monkeypatch.setenv("PYTHONPATH", str(pytester.path / "without"), prepend=os.pathsep)
    pytester.makepyfile(test_cases=CASE_FILE)
    result = pytester.runpytest_subprocess(
        *("--iad-dataset", "folder:parts", "--iad-model", "vllm:some/model"),
        *("--iad-perturbation", "original", *WORLDS[how]),
    )
    assert result.ret == 1
    result.assert_outcomes(failed=2)
    text = _quiet(result)
    assert text.count("(and 5 more): ") == 2
    assert text.count("pip install 'iad-eval[vllm]'") == 2
    assert text.count("--iad-endpoint http://HOST:PORT/v1") == 2


@pytest.fixture
def slow_after_five() -> Iterator[LoopbackServer]:
    """Answers five requests at once, and the others when nobody would wait any more."""

    def then(seen: Seen) -> Reply:
        return judged(seen) if len(server.chats) <= 5 else replace(judged(seen), delay_s=600.0)

    with inspector(then) as server:
        yield server


@pytest.mark.parametrize("how", ["serial", "n2"])
def test_ctrl_c_keeps_what_was_answered_and_ends_at_once(
    pytester: pytest.Pytester, parts: Path, slow_after_five: LoopbackServer, how: str
) -> None:
    pytester.makepyfile(test_cases=CASE_FILE)
    command = [sys.executable, "-m", "pytest", "--iad-dataset", "folder:parts", *RUN, *WORLDS[how]]
    command += ["--iad-perturbation", "original", "--iad-model", f"vllm:{NAME}"]
    session = subprocess.Popen(
        [*command, "--iad-endpoint", slow_after_five.url],
        cwd=pytester.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
    )
    run = pytester.path / "run"
    try:
        _wait_while(
            lambda: session.poll() is None and (len(_answered(run)) < 5 or len(slow_after_five.chats) == 5)
        )
        interrupted = time.monotonic()
        os.killpg(session.pid, signal.SIGINT)  # as a terminal does: to all processes
        text, _ = session.communicate(timeout=60)
    finally:
        if session.poll() is None:
            os.killpg(session.pid, signal.SIGKILL)
            session.wait()
    assert session.returncode == 2, text
    assert time.monotonic() - interrupted < 30  # seconds; one or two on a machine that is not busy
    assert "KeyboardInterrupt" in text
    assert [noise for noise in (*NOISE, "INTERNALERROR") if noise in text] == [], text
    assert len(set(_answered(run))) == 5
    with inspector() as server:
        assert ask(pytester, server.url, *ORIGINAL, *RUN).ret == 0
    assert len(server.chats) == 12 - 5
    assert _completeness(run) == {"asked": 12, "observed": 12, "unreadable": 0, "failed": 0}


def _answered(run: Path) -> list[str]:
    """The photographs that have an answer on disk; the last line may be half written."""
    shards = [shard.read_text() for shard in run.glob("observations/*.jsonl")]
    lines = [json.loads(line) for text in shards for line in text.split("\n")[:-1]]
    return [line["sample"] for line in lines if line["error"] is None]


def _wait_while(lasts: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while lasts():
        assert time.monotonic() < deadline
        time.sleep(0.02)
