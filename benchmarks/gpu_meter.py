"""What the GPUs do while something is measured, as nvidia-smi sees it."""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import tempfile
from dataclasses import dataclass

SAMPLED_S = 0.2


@dataclass(frozen=True, slots=True)
class GpuLoad:
    """What the GPUs did meanwhile: mean utilisation (0..1), the most memory in use (MiB, all together)."""

    utilisation: float
    peak_mib: int


def gpu_load(samples: str, gpus: int) -> GpuLoad | None:
    """Reads lines ``utilisation %, memory MiB``, ``gpus`` of them a sample; None where there are none."""
    pairs: list[tuple[int, int]] = []
    for line in samples.splitlines():
        used, _, memory = line.partition(",")
        with contextlib.suppress(ValueError):  # [N/A], a line cut short
            pairs.append((int(used), int(memory)))
    if not pairs:
        return None
    at_once = [
        sum(memory for _, memory in pairs[start : start + gpus]) for start in range(0, len(pairs), gpus)
    ]
    return GpuLoad(statistics.mean(used for used, _ in pairs) / 100, max(at_once))


class GpuMeter:
    """Samples the GPUs while it is entered; :attr:`load` is None where nothing can be sampled."""

    def __init__(self, gpus: int) -> None:
        self._gpus = gpus
        self.load: GpuLoad | None = None

    def __enter__(self) -> GpuMeter:
        self._file = tempfile.TemporaryFile("w+")
        self._process = None
        if shutil.which("nvidia-smi") is not None:
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
            ids = ",".join(visible.split(",")[: self._gpus] if visible else map(str, range(self._gpus)))
            asked = [
                "--query-gpu=utilization.gpu,memory.used",
                "--format=csv,noheader,nounits",
                f"--id={ids}",
            ]
            command = ["nvidia-smi", *asked, f"--loop-ms={round(SAMPLED_S * 1000)}"]
            self._process = subprocess.Popen(command, stdout=self._file, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._file.seek(0)
            self.load = gpu_load(self._file.read(), self._gpus)
        self._file.close()
