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
    shares its devices out likewise. On the CPU the machine's cores are shared out among the workers,
    unless ``OMP_NUM_THREADS`` says how many threads each has.
    Raises UsageError for a device that torch cannot use here.
    """
    names = _names(context)
    chosen = _usable(names[context.worker % len(names)])
    if chosen.type == "cpu" and "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // context.workers))
    return chosen


def require_devices(context: ModelContext) -> None:
    """Raises UsageError where torch does not have the devices asked for; takes none of them in use."""
    for name in _names(context):
        try:
            asked = torch.device(name)
        except RuntimeError as error:
            raise _refused(name, error) from error
        if asked.type == "cuda" and (asked.index or 0) >= torch.cuda.device_count():
            raise _refused(name, "there is no such GPU")


def release() -> None:
    """Gives back to the device what was let go of; harmless where there is none."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _names(context: ModelContext) -> list[str]:
    if context.detectors.device != "auto":
        return context.detectors.device.split(",")
    return [f"cuda:{number}" for number in range(torch.cuda.device_count())] or ["cpu"]


def _usable(name: str) -> torch.device:
    try:
        chosen = torch.device(name)
        torch.zeros(1, device=chosen)
    except (RuntimeError, AssertionError) as error:
        raise _refused(name, error) from error
    return chosen


def _refused(name: str, why: object) -> UsageError:
    here = ", ".join(["cpu", *(f"cuda:{number}" for number in range(torch.cuda.device_count()))])
    return UsageError(
        f"--iad-device {name}: torch {torch.__version__} cannot use it here ({str(why).splitlines()[0]}). "
        f"It can use: {here}. Leave --iad-device out to let it choose"
    )
