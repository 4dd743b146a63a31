from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the baselines extra is not installed: make test-baselines")

from baselines.devices import device, require_devices  # it imports torch
from iad_eval.errors import UsageError
from iad_eval.identity import FileDigests
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext
from iad_eval.settings import DetectorSettings


@pytest.fixture(autouse=True)
def _threads_stay() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _context(name: str, worker: int = 0, workers: int = 1) -> ModelContext:
    return ModelContext(
        Path(), 0, FileDigests(), read_image, detectors=DetectorSettings(name), worker=worker, workers=workers
    )


def test_auto_is_the_cpu_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert device(_context("auto")).type == "cpu"


def test_each_worker_takes_the_next_device(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch, "zeros", lambda size, device: asked.append(str(device)))
    found = [str(device(_context("auto", worker, 3))) for worker in range(3)]
    assert found == asked == ["cuda:0", "cuda:1", "cuda:0"]
    assert [str(device(_context("cuda:1,cpu", worker, 2))) for worker in range(2)] == ["cuda:1", "cpu"]


def test_workers_share_the_cores_unless_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = os.cpu_count() or 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    torch.set_num_threads(cores)
    device(_context("cpu", 1, 2 * cores))
    assert torch.get_num_threads() == cores
    monkeypatch.delenv("OMP_NUM_THREADS")
    device(_context("cpu"))
    assert torch.get_num_threads() == cores
    device(_context("cpu", 1, 2 * cores))
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="here the device exists")
@pytest.mark.parametrize("name", ["cuda", "cuda:7", "nonsense:3"])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(name: str) -> None:
    for use in (device, require_devices):
        with pytest.raises(UsageError, match=rf"--iad-device {name}: torch .* It can use: cpu"):
            use(_context(name))


def test_devices_are_looked_at_without_being_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch, "zeros", lambda size, device: pytest.fail("a device was used"))
    for name in ("auto", "cpu", "cuda", "cuda:1", "cuda:0,cuda:1"):
        require_devices(_context(name))
    with pytest.raises(UsageError, match=r"cuda:2: .*there is no such GPU.*cpu, cuda:0, cuda:1"):
        require_devices(_context("cuda:0,cuda:2"))
