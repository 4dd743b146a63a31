"""How AnomalyGPT is asked: which of the authors' paths, with which of their weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from baselines.anomalygpt.shown import Fitting
from baselines.recipes import settings_of
from iad_eval.errors import UsageError
from iad_eval.predictors import ModelContext
from iad_eval.words import Json

MAP: Final = "anomalygpt"
ANSWER: Final = "anomalygpt:answer"

Path = Literal["supervised", "unsupervised", "few-shot"]
Weights = Literal["train_supervised", "train_mvtec", "train_visa"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]

_DEFAULTS: Final[Mapping[str, Json]] = {
    "path": "supervised",
    "weights": "auto",
    "shots": 1,
    "reference": 0,
    "preprocessing": "crop",
    "corrected_class_words": False,
    "precision": "auto",
    "batch": 0,
    "longest": 512,
    "top_p": 0.0,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of one name.

    path: ``supervised`` (as the paper used it) and ``unsupervised`` compare patches with sentences,
        ``few-shot`` with the patches of good photographs.
    weights: what the image decoder and the prompts were trained on; ``auto`` takes ``train_supervised``
        on the supervised path, on the unsupervised one those of the same dataset, on the few-shot
        one those of the other, as the authors' scripts do (``train_mvtec`` for VisA, else ``train_visa``).
    shots, reference: the few-shot path shows so many training images by name from this one on; the
        authors' reported runs begin at 12 (MVTec AD) and 56 (VisA).
    preprocessing: ``crop`` as their test scripts, ``squash`` as their training and web demo.
    corrected_class_words: a class's own name where their search in the prompt finds another's.
    precision: ``auto`` is float16 on a GPU, as theirs, and float32 on the CPU.
    batch: images at once, 0: what suits the device.
    longest: tokens of an answer at most.
    top_p: 0 takes the likeliest token each time. The authors sample among those that together reach 0.1
        (MVTec AD) or 0.01 (VisA), which is the same one but where the LLM is in great doubt.
    """

    path: Path
    weights: Weights | Literal["auto"]
    shots: int
    reference: int
    preprocessing: Fitting
    corrected_class_words: bool
    precision: Precision
    batch: int
    longest: int
    top_p: float

    def __post_init__(self) -> None:
        for key, known in (
            ("path", get_args(Path)),
            ("weights", ("auto", *get_args(Weights))),
            ("preprocessing", get_args(Fitting)),
            ("precision", get_args(Precision)),
        ):
            if getattr(self, key) not in known:
                raise UsageError(
                    f"--iad-detectors: {MAP}'s {key} is one of {', '.join(known)}, not {getattr(self, key)!r}"
                )
        for key, least, most in (
            ("shots", 1, None),
            ("reference", 0, None),
            ("batch", 0, None),
            ("longest", 3, None),  # two are cut off
            ("top_p", 0, 1),
        ):
            value = getattr(self, key)
            if value < least or (most is not None and value > most):
                to = "" if most is None else f" to {most}"
                raise UsageError(
                    f"--iad-detectors: {MAP}'s {key} is {least}{to or ' or more'}, not {value!r}"
                )

    def weights_for(self, dataset: str) -> Weights:
        """Which weights stand for ``auto`` on a dataset."""
        if self.weights != "auto":
            return self.weights
        if self.path == "supervised":
            return "train_supervised"
        is_visa = dataset.startswith("visa")
        return "train_visa" if is_visa == (self.path == "unsupervised") else "train_mvtec"


def recipe_of(name: str, context: ModelContext) -> Recipe:
    """From ``[anomalygpt]``, and over it ``["anomalygpt:answer"]`` for that name.

    Raises UsageError for a setting that does not exist or cannot be.
    """
    chosen = settings_of(context.recipe(name), _DEFAULTS, name)
    return Recipe(**cast(dict[str, Any], chosen))
