"""OpenAI's chat format: a request out, an answer in. Nothing here opens a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from iad_eval.predictors.lvlm import loose_json
from iad_eval.predictors.lvlm.answer_tokens import answer_tokens
from iad_eval.predictors.lvlm.chat import TOP_LOGPROBS, ChatRequest, Completion
from iad_eval.predictors.lvlm.loose_json import MalformedReply, lenient
from iad_eval.words import Json

FEW_LOGPROBS = 5
"""The most alternatives that the strictest servers give; tried before doing without."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server understands: vLLM's own fields or not, how many alternatives, which fields never."""

    is_vllm: bool = False
    top_logprobs: int = TOP_LOGPROBS
    without: frozenset[str] = field(default_factory=frozenset)

    def narrowed(self, refused: str) -> Dialect:
        """The dialect after a server refused this field: fewer alternatives first, then none at all."""
        if refused in ("logprobs", "top_logprobs"):
            if self.top_logprobs > FEW_LOGPROBS:
                return replace(self, top_logprobs=FEW_LOGPROBS)
            return replace(self, top_logprobs=0, without=self.without | {"logprobs", "top_logprobs"})
        return replace(self, without=self.without | {refused})


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as a server lists it; None for what the server does not say (``max_model_len`` in tokens)."""

    name: str
    owner: str | None = None
    root: str | None = None
    max_model_len: int | None = None


def request_json(
    model: str,
    request: ChatRequest,
    urls: Sequence[str],
    dialect: Dialect,
    processor: Mapping[str, int] | None,
) -> dict[str, Json]:
    """The body of POST /chat/completions; ``urls`` are the pictures' data URLs, in their order."""
    parts: list[Json] = []
    for picture, url in zip(request.pictures, urls, strict=True):
        mark = {"uuid": picture.uuid} if dialect.is_vllm else {}
        parts.append({"type": "image_url", "image_url": {"url": url}, **mark})
    parts.append({"type": "text", "text": request.text})
    sampling = request.sampling
    body: dict[str, Json] = {
        "model": model,
        "messages": [{"role": "user", "content": parts}],
        "temperature": sampling.temperature,
        "top_p": 1.0,
        "max_tokens": sampling.max_tokens,
        "n": 1,
        "stream": False,
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if alternatives := min(sampling.top_logprobs, dialect.top_logprobs):
        body |= {"logprobs": True, "top_logprobs": alternatives}
    if dialect.is_vllm:
        # Else a model's generation_config.json decides: Qwen2-VL ships top_k 1, repetition_penalty 1.05.
        body |= {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
        body |= {"presence_penalty": 0.0, "frequency_penalty": 0.0}
    if processor is not None:
        body["mm_processor_kwargs"] = dict(processor)
    if "max_tokens" in dialect.without:
        body["max_completion_tokens"] = sampling.max_tokens
    return {name: value for name, value in body.items() if name not in dialect.without}


def completion(body: bytes) -> Completion:
    """The answer in the reply of POST /chat/completions. Raises MalformedReply for anything else.

    A refusal counts as the answer's text; a missing content is an empty one (a model that spent
    all its tokens on thinking).
    """
    reply = loose_json.parsed_object(body, "chat completion")
    choices = reply.get("choices")
    choice = lenient(choices[0]) if isinstance(choices, list) and choices else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        raise MalformedReply("JSON without an answer in it")
    usage = lenient(reply.get("usage"))
    queue_ms = loose_json.number(lenient(reply.get("metrics")).get("queue_time_ms"))
    return Completion(
        text=_answer(message),
        tokens=answer_tokens(lenient(choice.get("logprobs")).get("content")),
        prompt_tokens=loose_json.count(usage.get("prompt_tokens")),
        cached_tokens=loose_json.count(lenient(usage.get("prompt_tokens_details")).get("cached_tokens")),
        answer_tokens=loose_json.count(usage.get("completion_tokens")),
        queue_s=None if queue_ms is None or queue_ms < 0 else queue_ms / 1000,
        was_cut=choice.get("finish_reason") == "length",
    )


def models(body: bytes) -> tuple[ListedModel, ...]:
    """What GET /models lists, in its order. Raises MalformedReply for anything else."""
    listed = loose_json.parsed_object(body, "list of models").get("data")
    if not isinstance(listed, list):
        raise MalformedReply("JSON without a list of models in it")
    return tuple(
        ListedModel(
            name=name,
            owner=loose_json.text(entry.get("owned_by")),
            root=loose_json.text(entry.get("root")),
            max_model_len=loose_json.count(entry.get("max_model_len")),
        )
        for entry in map(lenient, listed)
        if (name := loose_json.text(entry.get("id"))) is not None
    )


def version(body: bytes) -> str | None:
    """What vLLM's GET /version says. Raises MalformedReply where it is no JSON object."""
    return loose_json.text(loose_json.parsed_object(body, "version").get("version"))


def token_count(body: bytes) -> int | None:
    """What vLLM's POST /tokenize counts. Raises MalformedReply where it is no JSON object."""
    return loose_json.count(loose_json.parsed_object(body, "tokens").get("count"))


def _answer(message: Mapping[str, Json]) -> str:
    content = message.get("content", 0)
    if isinstance(content, list):  # some servers answer in parts
        content = "".join(loose_json.text(lenient(part).get("text")) or "" for part in content)
    if not (content is None or isinstance(content, str)):
        raise MalformedReply("an answer without content")
    return loose_json.text(content or None) or loose_json.text(message.get("refusal")) or ""
