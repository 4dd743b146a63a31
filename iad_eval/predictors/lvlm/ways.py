"""The ways to an engine: a server of the user's, the leading process's, or one in the session."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from iad_eval.predictors import EngineDesk
from iad_eval.predictors.lvlm.chat import Chat
from iad_eval.predictors.lvlm.client import EndpointChat
from iad_eval.predictors.lvlm.desk import ask_desk
from iad_eval.predictors.lvlm.plan import EnginePlan

CONNECTIONS = 4
"""Open connections to a server at most, as a multiple of what the engine works on at once."""


class Endpoint:
    """To a server that somebody else runs. It is never started again: it is not ours."""

    def __init__(self, plan: EnginePlan, url: str, model: str, key: str | None) -> None:
        self._plan = plan
        self._url = url
        self._model = model
        self._key = key

    async def connect(self, lost: int) -> Chat:
        """Raises IadError where it does not answer or does not list the model."""
        return await _checked(self._plan, self._url, self._model, self._key)


class Shared:
    """To the one server that the leading process runs for all workers."""

    def __init__(self, plan: EnginePlan, desk: EngineDesk) -> None:
        self._plan = plan
        self._desk = desk
        self._url: str | None = None

    async def connect(self, lost: int) -> Chat:
        """Waits until the server answers. Raises ModelError where it cannot be started (again)."""
        served = await asyncio.to_thread(ask_desk, self._desk, self._plan, self._url)
        self._url = served.url
        return await _checked(self._plan, served.url, self._plan.name, served.key)


class Own:
    """To vLLM's async engine in this session; vLLM is imported when it is first needed."""

    def __init__(self, plan: EnginePlan, log: Path) -> None:
        self._plan = plan
        self._log = log

    async def connect(self, lost: int) -> Chat:
        """Starts the engine. Raises ModelError where it does not start."""
        from iad_eval.predictors.lvlm.engine import start

        return start(self._plan, self._log)


async def _checked(plan: EnginePlan, url: str, model: str, key: str | None) -> Chat:
    chat = EndpointChat(
        url,
        model,
        timeout_s=plan.profile.timeout_s,
        connections=plan.profile.max_num_seqs * CONNECTIONS,
        api_key=key,
        processor=None,
        seeded=random.Random(plan.seed),
    )
    try:
        await chat.check()
    except BaseException:
        await chat.close()
        raise
    return chat
