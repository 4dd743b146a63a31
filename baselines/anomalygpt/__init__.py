"""AnomalyGPT (Gu et al., AAAI 2024): patches compared with words, and an LLM that is told of it.

Written from a description of the method: the authors' code is CC BY-NC-SA and no part of it is
here. Their weights, ImageBind's and LLaMA's are not for commercial use either. What of the
authors' test scripts is kept, and what can be changed, says :class:`baselines.anomalygpt.recipe.Recipe`.
"""

from __future__ import annotations

from baselines.anomalygpt.predictor import AnomalyGpt
from baselines.anomalygpt.recipe import ANSWER, MAP, recipe_of
from iad_eval.errors import unknown
from iad_eval.predictors import ModelContext, Predictor


def open_anomalygpt(name: str, context: ModelContext) -> Predictor:
    """``anomalygpt`` or ``anomalygpt:answer``. Nothing is loaded before the first view.

    Raises UsageError for another name, or for settings that cannot be.
    """
    if name not in (MAP, ANSWER):
        raise unknown("model", name, (MAP, ANSWER), "--iad-model")
    return AnomalyGpt(name, recipe_of(name, context), context)
