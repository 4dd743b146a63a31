"""What a server says when it refuses, and what a person should do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from iad_eval.predictors.lvlm.chat import RequestFailed
from iad_eval.words import Json

LONGEST_WORDS = 300
"""How many characters of a server's own words are kept."""

DROPPABLE = ("top_logprobs", "logprobs", "seed", "top_p", "n", "max_tokens")
"""Request fields that a server need not know, in the order in which a refusal is read."""

_TOO_LONG = re.compile(
    r"context[ _]length|maximum model length|context (size|window)|exceed_context|prompt is too long", re.I
)
_MASKED = re.compile(r"\S*\*{2,}\S*")


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error reply: HTTP status, the server's words, its error codes, the fields it names."""

    status: int
    words: str
    codes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    @property
    def is_transient(self) -> bool:
        """May pass by itself: timeouts, locks, too many requests, and every fault of the server's own."""
        return self.status in (408, 409, 425, 429) or self.status >= 500

    @property
    def is_too_long(self) -> bool:
        """The prompt has more tokens than the model takes, however the server puts it."""
        return self.status in (400, 413, 422) and says_too_long(" ".join([self.words, *self.codes]))

    def refused_field(self, sent: frozenset[str]) -> str | None:
        """The field among ``sent`` that the server would rather not see; None where it means another."""
        if self.status not in (400, 403, 422) or self.is_too_long:  # 403: OpenAI's, for log-probabilities
            return None
        for field in DROPPABLE:
            is_named = field in self.fields or (field != "n" and re.search(rf"\b{field}\b", self.words))
            # A limit too high for the server is the user's to change; a name that it does not know is ours.
            is_ours = field != "max_tokens" or "max_completion_tokens" in self.words
            if field in sent and is_named and (is_ours or "unsupported_parameter" in self.codes):
                return field
        return None

    def error(self, url: str, model: str, max_model_len: int | None) -> RequestFailed:
        """The error for a request that need not be tried again: what was seen, and what to type."""
        seen = f"{url} answered HTTP {self.status}" + (f": {self.words.rstrip('.')}." if self.words else ".")
        return RequestFailed(f"{seen}{self._advice(url, model, max_model_len)}")

    def _advice(self, url: str, model: str, max_model_len: int | None) -> str:
        if self.is_too_long:
            return f" {too_long(max_model_len)}"
        if self.status in (401, 403):
            return " Put the key into the environment variable IAD_API_KEY."
        if self.status == 404:
            return (
                f" Either it does not serve {model!r} (type --iad-model vllm:NAME as {url}/models lists it), "
                "or the address is wrong (--iad-endpoint URL must end in /v1)."
            )
        if 300 <= self.status < 400:
            return " It sends requests elsewhere: type that address, --iad-endpoint URL."
        return ""


def says_too_long(words: str) -> bool:
    """Whether these are a server's or an engine's words for a prompt that does not fit."""
    return bool(_TOO_LONG.search(words))


def too_long(max_model_len: int | None) -> str:
    """What to do about a prompt that does not fit; ``max_model_len`` in tokens, where it is known."""
    length = f" ({max_model_len} tokens)" if max_model_len else ""
    return (
        f"The prompt does not fit into the model length{length}: allow a longer one with "
        "--iad-lvlm max_model_len=N, or show smaller pictures with --iad-lvlm max_pixels=N."
    )


def complaint(status: int, body: bytes, secret: str | None) -> Complaint:
    """Reads any error body: OpenAI's, vLLM's, FastAPI's, plain text, HTML. Never raises."""
    text = body[:100_000].decode("utf-8", errors="replace")
    try:
        found: Json = json.loads(text)
    except (ValueError, RecursionError):
        plain = re.sub(r"<[^>]*>", " ", text) if text.lstrip().startswith("<") else text
        return Complaint(status, clean(plain, secret))
    entries = list(_entries(found, 4))
    words = [value for key, value in entries if key in ("message", "msg", "error", "detail")]
    return Complaint(
        status,
        clean("; ".join(dict.fromkeys(words)), secret),
        frozenset(value for key, value in entries if key in ("code", "type")),
        frozenset(value for key, value in entries if key in ("param", "loc")),
    )


def clean(text: str, secret: str | None) -> str:
    """The first line with anything on it, printable signs only, at most 300, without the key."""
    lines = ("".join(filter(str.isprintable, line)).strip() for line in text[:100_000].splitlines())
    line = next(filter(None, lines), "")
    if secret:
        line = line.replace(secret, "(key)")
    line = _MASKED.sub("(key)", line)  # some servers repeat a key half hidden
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 3] + "..."


def _entries(found: Json, depth: int, key: str = "message") -> Iterator[tuple[str, str]]:
    """Every text in an error body with the nearest key above it; the request repeated in it is left out."""
    if isinstance(found, str):
        yield key, found
    elif isinstance(found, dict) and depth:
        for name, value in found.items():
            if name not in ("input", "ctx", "body"):
                yield from _entries(value, depth - 1, name)
    elif isinstance(found, list) and depth:
        for value in found[:20]:
            yield from _entries(value, depth - 1, key)
