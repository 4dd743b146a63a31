"""What the tests against a real vLLM share: the embedded checkpoint, its requests, its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from driving import hears_ctrl_c, observed

from iad_eval.drawing import draw
from iad_eval.errors import DataError
from iad_eval.pixels import read_image
from iad_eval.predictors import ModelContext
from iad_eval.predictors.lvlm import engine_plan
from iad_eval.predictors.lvlm.chat import ChatRequest, Picture, Sampling

ROOT = Path(__file__).parents[1]
MODEL = "qwen2-vl-tiny"
QUESTION = (
    "The second image is for anomaly detection. Does the second image have any anomaly compared to the first "
    "image? Reply yes or no, then explain."
)


def _digest(path: Path) -> str:
    raise DataError(f"nothing asks for a digest of {path} here")


TINY_PLAN = engine_plan(MODEL, ModelContext(Path(), 0, _digest, read_image))


def request(class_name: str, defect: str, index: int, **sampling: Any) -> ChatRequest:
    """The paper's question about a drawn photograph, beside the class's first good one."""
    reference = Picture(draw(0, class_name, "train", "good", 0).image, f"{class_name}-reference")
    view = Picture(draw(0, class_name, "test", defect, index).image, f"{class_name}-{defect}-{index}")
    chosen = {"temperature": 0.0, "max_tokens": 24, "seed": 0, **sampling}
    return ChatRequest((reference, view), QUESTION, Sampling(**chosen))


def run_cases(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """``pytest cases`` on the embedded model, live, in a process of its own; its run is ``folder/run``."""
    words = ["--iad-model", MODEL, "--iad-recorded", "no", "--iad-run", str(folder / "run")]
    words += ["--iad-cache", str(folder / "cache"), "-p", "no:cacheprovider", *arguments]
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "cases", "-q", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
    )


def finished(process: subprocess.Popen[str], timeout_s: float = 600) -> str:
    """What a process printed, once it has ended."""
    text, _ = process.communicate(timeout=timeout_s)
    return text


def answers(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The observations of a run by photograph and perturbation."""
    return {(line["sample"], line["perturbation"]): line for line in observed(folder / "run")}


def wait_until(holds: Callable[[], bool], timeout_s: float = 300) -> None:
    """Returns when a condition holds. Raises TimeoutError where it never does."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


def living(processes: Sequence[int]) -> list[int]:
    """Those processes that have not ended (a zombie has)."""
    return [each for each in processes if _state(each) not in (None, "Z")]


def command_of(process: int) -> str:
    """A process's command line; empty where it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _state(process: int) -> str | None:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2]
