"""``anomalib:NAME``: any of anomalib's image models, trained by anomalib, scored by its bare network.

A score is the network's own ``pred_score`` for the pixels that the model's own pre-processor makes of a
photograph. What anomalib's post-processor would do to it (normalise, threshold) is left out: it would
want to see validation images.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

import anomalib.models
from anomalib.models import AnomalibModule

from baselines.anomalib_detector import AnomalibDetector
from baselines.anomalib_kinds import kind_of
from baselines.anomalib_recipe import Recipe, wrong
from iad_eval.errors import ModelError, unknown
from iad_eval.predictors import ModelContext, Predictor
from iad_eval.predictors.trained import OneForAll, TrainedPredictor
from iad_eval.predictors.trained_detector import Detector, Detectors
from iad_eval.words import Json


def open_anomalib(name: str, context: ModelContext) -> Predictor:
    """The model after ``anomalib:``, set as its table of ``--iad-detectors`` says.

    Raises UsageError for an unknown model or setting, ModelError for a model that cannot be had here.
    """
    model = _class_named(name)
    recipe = Recipe.of(name, model, context.recipe(name))
    detectors: Detectors = (
        _OneForEach(recipe, context)
        if "{" in recipe.weights
        else OneForAll(AnomalibDetector(recipe, context))
    )
    return TrainedPredictor(detectors, context)


class _OneForEach:
    """Checkpoints by class: ``weights`` with ``{dataset}`` or ``{class_name}`` in it."""

    def __init__(self, recipe: Recipe, context: ModelContext) -> None:
        self.name = recipe.name
        self._recipe = recipe
        self._context = context
        self._known: dict[str, Detector] = {}

    def of(self, dataset: str, class_name: str) -> Detector:
        """The detector of a class's checkpoint."""
        try:
            path = self._recipe.weights.format(dataset=dataset, class_name=class_name)
        except (KeyError, IndexError, ValueError) as error:
            raise wrong(
                self.name, "weights", self._recipe.weights, "{dataset} and {class_name} alone"
            ) from error
        return self._known.setdefault(path, AnomalibDetector(self._recipe, self._context, path))

    def describe(self) -> Mapping[str, Json]:
        """The settings that all classes share."""
        return {"model": self._recipe.model.__name__, **self._recipe.all_settings}

    def close(self) -> None:
        """Forgets them."""
        self._known.clear()


def _class_named(name: str) -> type[Any]:
    typed = name.partition(":")[2]
    found = {
        each.__name__: each
        for each in vars(anomalib.models).values()
        if inspect.isclass(each) and issubclass(each, AnomalibModule) and each is not AnomalibModule
    }
    images = {own: each for own, each in found.items() if ".models.video." not in each.__module__}
    by_lower = {own.lower(): each for own, each in found.items()}
    model = by_lower.get(typed.lower())
    if model is None:
        raise unknown("anomalib model", typed, images, "--iad-model anomalib:")
    if model.__name__ not in images:
        raise ModelError(
            f"{name} is a model for videos, and datasets here are photographs. "
            f"Known: {', '.join(sorted(images))}"
        )
    if reason := kind_of(model.__name__).unusable:
        raise ModelError(f"{name} cannot be used here: {reason}")
    return cast(type[Any], model)
