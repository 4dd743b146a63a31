"""Carries requests over HTTP to any server that speaks OpenAI's chat format."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from iad_eval.errors import UsageError
from iad_eval.predictors.lvlm import wire
from iad_eval.predictors.lvlm.address import api_key, endpoint
from iad_eval.predictors.lvlm.chat import ChatRequest, Completion, EngineLost
from iad_eval.predictors.lvlm.connection import Connection
from iad_eval.predictors.lvlm.encoded import EncodedPictures
from iad_eval.predictors.lvlm.retrying import Retrying, Transient
from iad_eval.words import Json

__all__ = ["EndpointChat", "api_key", "endpoint"]

PATIENT = Retrying()
"""Five tries, at most 15 s of waiting in all unless the server asks for more."""

LISTED = 20
"""How many of a server's models an error names."""


class EndpointChat:
    """A Chat over HTTP: bounded connections, a time limit for every try, patience with passing faults.

    ``url`` ends in /v1. ``timeout_s`` is for one try as a whole, counted from when one of the
    ``connections`` is free. ``processor`` (min_pixels, max_pixels) travels with every request, None
    where the server was started with them. ``seeded`` draws the waiting times. Raises UsageError
    for a bad URL or key.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        timeout_s: float,
        connections: int,
        api_key: str | None,
        processor: Mapping[str, int] | None,
        seeded: random.Random,
        retrying: Retrying = PATIENT,
    ) -> None:
        self._connection = Connection(
            url,
            timeout_s=timeout_s,
            connections=connections,
            api_key=api_key,
            retrying=retrying,
            draws=seeded,
        )
        self._model = model
        self._processor = processor
        self._encoded = EncodedPictures()
        self._checking = asyncio.Lock()
        self._listed: wire.ListedModel | None = None
        self._version: str | None = None
        self._dialect = wire.Dialect()
        self._lengths: dict[str, asyncio.Task[int | None]] = {}

    async def complete(self, request: ChatRequest) -> Completion:
        """The answer. The first call looks at the server first, where :meth:`check` has not.

        Raises RequestFailed for a request that stays bad, EngineLost where nobody takes the
        connection, UsageError where the server does not list the model.
        """
        async with self._checking:
            if self._listed is None:
                await self.check()
        urls = await self._encoded.urls(request.pictures)
        said = await self._connection.persist(lambda: self._answer(request, urls))
        if said.prompt_tokens is None or not self._dialect.is_vllm:
            return said
        text_tokens = await self._text_tokens(request.text)
        return said if text_tokens is None else replace(said, picture_tokens=said.prompt_tokens - text_tokens)

    async def check(self) -> Mapping[str, Json]:
        """Looks at the server and its models; gives ``model, server, version, root, max_model_len``.

        ``server`` is the owner that the list names, ``vllm`` for vLLM; None stands for what the
        server does not say. Raises UsageError where it does not list the model, RequestFailed and
        EngineLost as :meth:`complete` does.
        """
        listed = {each.name: each for each in await self._connection.persist(self._models)}
        if self._model not in listed:
            raise UsageError(self._not_listed(list(listed)))
        found = self._shown(listed[self._model])
        self._dialect = wire.Dialect(is_vllm=found.owner == "vllm")
        self._version = await self._vllm_version() if self._dialect.is_vllm else None
        self._listed = found
        return self._server()

    def describe(self) -> Mapping[str, Json]:
        """``kind, url``, what :meth:`check` found, and what the server would not take (``without``)."""
        return {
            "kind": "endpoint",
            "engine": " ".join(filter(None, (self._found.owner or "endpoint", self._version))),
            "url": self._connection.url,
            **self._server(),
            "top_logprobs": self._dialect.top_logprobs,
            "without": sorted(self._dialect.without),
        }

    async def close(self) -> None:
        """Closes all connections; what is under way fails with EngineLost. May be called twice."""
        await self._encoded.close()
        await self._connection.close()

    async def _answer(self, request: ChatRequest, urls: list[str]) -> Completion:
        """One try. A field that the server refuses is left out from then on, and asked without it at once."""
        url = self._connection.url
        while True:
            dialect = self._dialect
            body = wire.request_json(self._model, request, urls, dialect, self._processor)
            content = await asyncio.to_thread(json.dumps, body)
            reply = await self._connection.send("POST", f"{url}/chat/completions", content.encode())
            if reply.is_success:
                return self._connection.read(wire.completion, reply)
            complaint = self._connection.complaint(reply)
            refused = complaint.refused_field(frozenset(body))
            if refused is None:
                raise complaint.error(url, self._model, self._found.max_model_len)
            if self._dialect == dialect:  # else another request has found out in the meantime
                self._dialect = dialect.narrowed(refused)

    async def _text_tokens(self, text: str) -> int | None:
        """How long the prompt of this text is without pictures; None where the server does not tell."""
        if text not in self._lengths:
            self._lengths[text] = asyncio.ensure_future(self._counted(text))
        return await asyncio.shield(self._lengths[text])

    async def _counted(self, text: str) -> int | None:
        url = f"{self._connection.url.removesuffix('/v1')}/tokenize"
        messages = [{"role": "user", "content": [{"type": "text", "text": text}]}]
        body = {"model": self._model, "messages": messages, "add_generation_prompt": True}
        try:
            reply = await self._connection.send("POST", url, json.dumps(body).encode())
            return self._connection.read(wire.token_count, reply) if reply.is_success else None
        except (Transient, EngineLost):
            return None

    async def _models(self) -> tuple[wire.ListedModel, ...]:
        url = self._connection.url
        reply = await self._connection.send("GET", f"{url}/models")
        if not reply.is_success:
            raise self._connection.complaint(reply).error(url, self._model, None)
        return self._connection.read(wire.models, reply)

    async def _vllm_version(self) -> str | None:
        """It stands beside /v1, not below; where something in between hides it, it stays unknown."""
        try:
            url = self._connection.url.removesuffix("/v1")
            reply = await self._connection.send("GET", f"{url}/version")
            found = self._connection.read(wire.version, reply) if reply.is_success else None
        except Transient:
            return None
        return found and self._connection.clean(found)

    @property
    def _found(self) -> wire.ListedModel:
        return self._listed or wire.ListedModel(self._model)

    def _shown(self, model: wire.ListedModel) -> wire.ListedModel:
        """As it may be printed and stored: it is a foreign text."""
        owner, root = (text and self._connection.clean(text) for text in (model.owner, model.root))
        return replace(model, owner=owner, root=root)

    def _server(self) -> dict[str, Json]:
        found = self._found
        said = {"model": self._model, "server": found.owner, "version": self._version}
        return {**said, "root": found.root, "max_model_len": found.max_model_len}

    def _not_listed(self, names: list[str]) -> str:
        url = self._connection.url
        if not names:
            return f"{url} lists no model at all: start it with {self._model!r}, or type --iad-endpoint URL"
        near = get_close_matches(self._model, names, n=1, cutoff=0.0)
        shown = [self._connection.clean(name) for name in dict.fromkeys([*near, *names])]
        more = f" and {len(shown) - LISTED} more" if len(shown) > LISTED else ""
        return (
            f"{url} does not serve {self._model!r}. It lists {', '.join(shown[:LISTED])}{more}. "
            f"Type --iad-model vllm:{shown[0]}"
        )
