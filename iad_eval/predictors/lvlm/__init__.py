"""Large vision-language models: through vLLM in the session, one server for all workers, or an endpoint."""

from __future__ import annotations

from iad_eval.predictors import ModelContext, Predictor
from iad_eval.predictors.lvlm.address import api_key, endpoint
from iad_eval.predictors.lvlm.asking import Connect, Line
from iad_eval.predictors.lvlm.catalogue import FAMILY, KNOWN, KnownLvlm
from iad_eval.predictors.lvlm.logs import log_file
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.ways import Endpoint, Own, Shared
from iad_eval.predictors.lvlm.weights import Weights, model_type, weights
from iad_eval.profiles import Profile

_BOUNDED = ("qwen2_vl", "qwen2_5_vl", "qwen2-vl", "qwen2.5-vl")
"""Architectures whose picture processor takes pixel limits, as configurations and names say it."""


def open_lvlm(name: str, context: ModelContext) -> Predictor:
    """The predictor of a model by its name here, ``vllm:ORG/NAME``, ``vllm:/path`` or as a server lists it.

    Raises IadError for a name, an endpoint or settings that cannot be; loads nothing.
    """
    from iad_eval.predictors.lvlm.predictor import Lvlm

    plan = engine_plan(name, context)
    line = Line(_connect(plan, context))
    return Lvlm(plan, line, context.prompting, context.lvlm.shots, context.digests, context.read)


def engine_plan(name: str, context: ModelContext) -> EnginePlan:
    """What this model would be run with."""
    known = KNOWN.get(name) or KnownLvlm(name.removeprefix(FAMILY), {"tensor_parallel_size": 1})
    found = _served(known.target) if context.lvlm.endpoint and name not in KNOWN else weights(known.target)
    return EnginePlan(
        name=name,
        weights=found,
        profile=_profile(known, context),
        pictures=context.lvlm.shots + 1,
        seed=context.seed,
        bounds_pixels=_is_bounded(found),
    )


def _profile(known: KnownLvlm, context: ModelContext) -> Profile:
    chosen = context.lvlm
    return chosen.profile.with_changes(known.changes).with_changes(dict(chosen.changes))


def _served(name: str) -> Weights:
    """A model as a server lists it: what its weights are is the server's affair."""
    target, _, revision = name.partition("@")
    return Weights(target, revision or "served", f"{target}@{revision or 'served'}")


def _is_bounded(found: Weights) -> bool:
    said = model_type(found) or found.target
    return any(name in said.casefold() for name in _BOUNDED)


def _connect(plan: EnginePlan, context: ModelContext) -> Connect:
    """How to reach the engine: the user's endpoint, the leading process's server, or one started here."""
    if context.lvlm.endpoint is not None:
        model = (
            plan.name if plan.weights.is_local else plan.weights.target
        )  # a server knows no folder of ours
        return Endpoint(plan, endpoint(context.lvlm.endpoint), model, api_key()).connect
    if context.engines is not None:
        return Shared(plan, context.engines).connect
    return Own(plan, log_file(context.cache, plan.name)).connect
