"""Whole sessions on a live engine: the same verdicts in all worlds, and nothing outlives them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import observed
from live import answers, command_of, finished, living, run_cases, wait_until

from iad_eval.predictors.lvlm.guardian import descendants
from iad_eval.verdicts import read_answer

Session = tuple[subprocess.Popen[str], list[int]]
FEW = ("--iad-class", "gear", "--iad-class", "weave", "--iad-limit", "4")


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serial")
    text = finished(run_cases(folder, *FEW))
    assert "8 passed" in text, text
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    text = finished(run_cases(folder, *FEW, "-n2"))
    assert "8 passed" in text, text
    return folder


def test_all_views_are_observed_and_say_what_the_model_saw(serial: Path) -> None:
    found = answers(serial)
    assert len(found) == 2 * 8 * 4
    assert all(each["details"]["seen"] == [[168, 168], [168, 168]] for each in found.values())
    assert all(0 <= each["score"] <= 1 for each in found.values())
    assert all(each["details"]["engine"].startswith("vllm") for each in found.values())


def test_the_prefix_cache_knows_every_reference_but_the_first(serial: Path) -> None:
    found = answers(serial)
    for name in ("gear", "weave"):
        misses = [each for (sample, _), each in found.items() if f"/{name}/" in sample]
        assert sum(each["details"]["cached_tokens"] < 32 for each in misses) <= 1


def test_two_workers_on_one_server_give_the_same_verdicts(serial: Path, shared: Path) -> None:
    one, two = answers(serial), answers(shared)
    assert {view: read_answer(each["answer"]) for view, each in one.items()} == {
        view: read_answer(each["answer"]) for view, each in two.items()
    }
    assert all(abs(one[view]["score"] - two[view]["score"]) < 1e-3 for view in one)
    assert sum(each["details"]["cached_tokens"] > 0 for each in two.values()) >= 50


def test_the_report_tells_how_the_model_was_served(serial: Path) -> None:
    summary = json.loads((serial / "run" / "summary.json").read_text())
    [entry] = summary["serving"]
    assert entry["requests"] == 64
    assert entry["recorded"] == 0
    assert entry["images_per_s"] > 0
    assert 0.2 < entry["prefix_hit_rate"] < 1
    manifest = json.loads((serial / "run" / "manifest.json").read_text())
    assert manifest["serving"] == summary["serving"]
    assert "images/s" in (serial / "run" / "report.md").read_text()


def test_a_repeated_session_starts_no_engine(serial: Path, tmp_path: Path) -> None:
    log = next((serial / "cache" / "logs").glob("*.log"))
    said = log.read_bytes()
    text = finished(run_cases(serial, *FEW, "--iad-run", str(tmp_path / "again")))
    assert "8 passed" in text
    assert log.read_bytes() == said, "an engine would have written there"
    assert len(observed(tmp_path / "again")) == 64


@pytest.fixture(params=[(), ("-n2",)], ids=["serial", "n2"])
def under_way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """A session in the midst of its answers, and all its processes."""
    process = run_cases(tmp_path, "--iad-class", "gear", *request.param)
    shards = tmp_path / "run" / "observations"
    wait_until(lambda: any(path.stat().st_size > 0 for path in shards.glob("*.jsonl")))
    yield process, descendants(process.pid)
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_a_session_that_is_ended(sign: signal.Signals, under_way: Session) -> None:
    process, others = under_way
    assert len(others) >= 2
    if sign == signal.SIGINT:
        os.killpg(process.pid, sign)  # as a terminal does
    else:
        process.send_signal(sign)
    text = finished(process, timeout_s=90)
    wait_until(lambda: not living(others), timeout_s=30)
    if sign == signal.SIGINT:
        assert "KeyboardInterrupt" in text or "Interrupted" in text


def is_worker(command: str) -> bool:
    """Whether this command line is that of a worker of xdist, renamed by setproctitle or not."""
    return "pytest-xdist" in command or "exec(eval(sys.stdin.readline()))" in command


def test_a_killed_worker_costs_no_answer_and_leaves_nothing_behind(tmp_path: Path) -> None:
    process = run_cases(tmp_path, "--iad-class", "gear", "--iad-class", "weave", "--iad-limit", "8", "-n2")
    shards = tmp_path / "run" / "observations"
    wait_until(lambda: any(path.stat().st_size > 0 for path in shards.glob("*.jsonl")))
    others = descendants(process.pid)
    worker = next(each for each in others if is_worker(command_of(each)))
    os.kill(worker, signal.SIGKILL)
    text = finished(process)
    assert "crashed" in text
    wait_until(lambda: not living(others), timeout_s=30)
    again = finished(
        run_cases(tmp_path, "--iad-class", "gear", "--iad-class", "weave", "--iad-limit", "8", "-n2")
    )
    assert "8 passed" in again, again
    assert len(answers(tmp_path)) == 2 * 16 * 4
