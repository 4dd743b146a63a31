"""What goes to a large vision-language model and comes back, whoever carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from iad_eval.errors import ModelError
from iad_eval.words import Json

if TYPE_CHECKING:
    from PIL import Image

TOP_LOGPROBS = 20
"""How many alternatives of a token are asked for: the most that vLLM gives unless told otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An RGB photograph; ``uuid`` names its pixels, so that an engine recognises it when it comes again."""

    image: Image.Image
    uuid: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn: ``seed`` None draws a new one each time, ``max_tokens`` bounds its length."""

    temperature: float
    max_tokens: int
    seed: int | None = None
    top_logprobs: int = TOP_LOGPROBS


@dataclass(frozen=True, slots=True, eq=False)
class ChatRequest:
    """One user turn: the pictures in order (references first, the view last), then the text."""

    pictures: tuple[Picture, ...]
    text: str
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class AnswerToken:
    """One token of an answer, and the natural log-probabilities of what could have stood there."""

    text: str
    alternatives: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Completion:
    """What came back. None means that the server does not say.

    ``tokens`` are the answer's first few (at least up to the first word), () where there are no
    log-probabilities; ``cached_tokens`` the part of ``prompt_tokens`` that the prefix cache
    knew; ``visual_tokens`` and ``seen`` (width, height in pixels) are those of each picture in
    order; ``was_cut`` says that the answer met ``max_tokens``. ``picture_tokens`` is how many more
    tokens the prompt has than the same chat without pictures.
    """

    text: str
    tokens: tuple[AnswerToken, ...] = ()
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    answer_tokens: int | None = None
    visual_tokens: tuple[int, ...] | None = None
    seen: tuple[tuple[int, int], ...] | None = None
    queue_s: float | None = None
    was_cut: bool = False
    picture_tokens: int | None = None


class RequestFailed(ModelError):
    """This request stays bad however often it is asked; the next may well be answered."""


class EngineLost(ModelError):
    """The engine is gone: nothing can be asked until it is started again."""


class Chat(Protocol):
    """Carries requests to a model. Its coroutines run in one event loop."""

    async def complete(self, request: ChatRequest) -> Completion:
        """Raises RequestFailed for a request that stays bad, EngineLost where nobody answers any more."""

    def describe(self) -> Mapping[str, Json]:
        """What the engine says of itself: kind, version, settings."""

    async def close(self) -> None:
        """Gives everything back; may be called twice."""
