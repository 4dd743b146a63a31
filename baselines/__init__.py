"""What the models under test are compared with: one room per trained detector, one lazy door.

Nothing here imports torch before a model is opened.
"""

from __future__ import annotations

import importlib
import os
import warnings
from typing import Final

from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext, ModelEntry, Predictor

_ROOMS: Final = {
    "glass": ("baselines.glass", "open_glass"),
    "inp-former": ("baselines.inp_former", "open_inp_former"),
    "anomalygpt": ("baselines.anomalygpt", "open_anomalygpt"),
    "anomalygpt:": ("baselines.anomalygpt", "open_anomalygpt"),
    "anomalib:": ("baselines.anomalib_models", "open_anomalib"),
}


def _open(name: str, context: ModelContext) -> Predictor:
    room, opener = _ROOMS[name if name in _ROOMS else name.partition(":")[0] + ":"]
    os.environ.setdefault("TQDM_DISABLE", "1")  # tqdm reads it when it is first imported
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # other packages' words to each other
            found = getattr(importlib.import_module(room), opener)
            devices = importlib.import_module("baselines.devices")
    except ImportError as error:
        raise ModelError(
            f"{name} needs packages that are not installed, or not in a release that fits ({error}); type: "
            "make baselines, then . .venv-baselines/bin/activate - or, in an environment of your own, "
            "pip install -e '.[baselines]'"
        ) from error
    devices.require_devices(context)
    opened: Predictor = found(name, context)
    return opened


ENTRIES: Final = tuple(ModelEntry(name, _open) for name in _ROOMS)
"""The models of this folder, for ``pytest_iad_models``."""
