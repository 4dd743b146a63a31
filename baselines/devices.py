"""Where detectors run: a device for each worker, threads shared out among them."""

from __future__ import annotations

import gc
import os

import torch

from iad_eval.errors import UsageError
from iad_eval.predictors import ModelContext


def device(context: ModelContext) -> torch.device:
    """The device of this process.

    ``auto`` takes the GPUs that torch can use, each worker the next one, else the CPU; a list
    shares its devices out likewise. On the CPU the machine's cores are shared out among the workers.
    Raises UsageError for a device that torch cannot use here.
    """
    asked = context.detectors.device
    if asked == "auto":
        names = [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu"]
    else:
        names = asked.split(",")
    name = names[context.worker % len(names)]
    chosen = _usable(name)
    if chosen.type == "cpu":
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // context.workers))
    return chosen


def release() -> None:
    """Gives back to the device what was let go of; harmless where there is none."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _usable(name: str) -> torch.device:
    try:
        chosen = torch.device(name)
        torch.zeros(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        cuda = torch.cuda.device_count()
        here = ", ".join(["cpu", *(f"cuda:{number}" for number in range(cuda))])
        raise UsageError(
            f"--iad-device {name}: torch {torch.__version__} cannot use it here "
            f"({str(error).splitlines()[0]}). It can use: {here}. Leave --iad-device out to let it choose"
        ) from error
    return chosen
