"""The client against a real server on this machine's loopback: answers, faults, and what it gives back."""

from __future__ import annotations

import asyncio
import base64
import gc
import io
import logging
import random
import warnings
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from typing import TypeVar

import loopback_server
import numpy as np
import pytest
from loopback_server import CUT_OFF, DROPPED, MODEL, SILENT, LoopbackServer, Reply, Seen, answer, listing
from PIL import Image

from iad_eval.errors import UsageError
from iad_eval.predictors.lvlm.chat import (
    ChatRequest,
    Completion,
    EngineLost,
    Picture,
    RequestFailed,
    Sampling,
)
from iad_eval.predictors.lvlm.client import EndpointChat
from iad_eval.predictors.lvlm.retrying import Retrying

T = TypeVar("T")

KEY = "sk-a-very-private-key-4711"
DRAWN = np.random.default_rng(1)


def _picture(uuid: str) -> Picture:
    return Picture(Image.fromarray(DRAWN.integers(0, 256, (24, 32, 3), dtype=np.uint8)), uuid)


REFERENCE = _picture("reference")


def _request(text: str = "Any anomaly?", view: Picture | None = None) -> ChatRequest:
    return ChatRequest((REFERENCE, view or _picture(text)), text, Sampling(0.3, 96, seed=5))


class Waits:
    """A sleep that writes down how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, wait_s: float) -> None:
        self.seconds.append(wait_s)
        await asyncio.sleep(0)


def _run(
    url: str,
    story: Callable[[EndpointChat], Awaitable[T]],
    *,
    model: str = MODEL,
    timeout_s: float = 10.0,
    connections: int = 4,
    key: str | None = KEY,
    processor: Mapping[str, int] | None = None,
    waits: Waits | None = None,
    now_s: float = 0.0,
) -> T:
    """What the story comes to, told in a loop of its own; everything is closed afterwards."""
    patient = Retrying(tries=4, first_wait_s=0.5, sleep=waits or Waits(), now_s=lambda: now_s)

    async def told() -> T:
        chat = EndpointChat(
            url,
            model,
            timeout_s=timeout_s,
            connections=connections,
            api_key=key,
            processor=processor,
            seeded=random.Random(1),
            retrying=patient,
        )
        try:
            return await story(chat)
        finally:
            await chat.close()

    return asyncio.run(told())


async def _ask(chat: EndpointChat) -> Completion:
    return await chat.complete(_request())


def test_an_answer_comes_back_with_its_alternatives() -> None:
    with LoopbackServer([answer("No. Fine.", {"No": -0.1, "Yes": -2.4}, "length")]) as server:
        found = _run(server.url, _ask)
    assert (found.text, found.was_cut) == ("No. Fine.", True)
    assert found.tokens[0].alternatives == {"No": -0.1, "Yes": -2.4}
    assert (found.prompt_tokens, found.cached_tokens, found.answer_tokens) == (547, 256, 6)


def test_a_server_without_log_probabilities_answers_too() -> None:
    with LoopbackServer([answer("Yes.")]) as server:
        assert _run(server.url, _ask).tokens == ()


def test_the_server_sees_the_very_pixels_references_first_text_last() -> None:
    view = _picture("view")
    with LoopbackServer() as server:
        _run(server.url, lambda chat: chat.complete(_request("Look.", view)), processor={"max_pixels": 784})
        (seen,) = server.chats
    *shown, text = seen.body["messages"][0]["content"]
    assert text == {"type": "text", "text": "Look."}
    assert [part["uuid"] for part in shown] == ["reference", "view"]
    for part, picture in zip(shown, (REFERENCE, view), strict=True):
        head, _, encoded = part["image_url"]["url"].partition(",")
        assert head == "data:image/png;base64"
        decoded = Image.open(io.BytesIO(base64.b64decode(encoded)))
        assert np.array_equal(np.asarray(decoded), np.asarray(picture.image))
    assert seen.body["mm_processor_kwargs"] == {"max_pixels": 784}
    assert seen.headers["Authorization"] == f"Bearer {KEY}"


def test_a_reference_is_encoded_once_and_a_view_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[str] = []
    save = Image.Image.save

    def counted(image: Image.Image, file: io.BytesIO, format: str, compress_level: int) -> None:
        encoded.append("reference" if image is REFERENCE.image else "view")
        save(image, file, format=format, compress_level=compress_level)

    monkeypatch.setattr(Image.Image, "save", counted)

    async def story(chat: EndpointChat) -> None:
        await asyncio.gather(*(chat.complete(_request(str(number))) for number in range(5)))
        await chat.complete(_request("later"))

    with LoopbackServer() as server:
        _run(server.url, story)
        urls = {seen.body["messages"][0]["content"][0]["image_url"]["url"] for seen in server.chats}
    assert sorted(encoded) == ["reference"] + ["view"] * 6
    assert len(urls) == 1


def test_many_at_once_keep_to_the_connections_and_get_their_own_answers() -> None:
    def echo(seen: Seen) -> Reply:
        return answer(seen.body["messages"][0]["content"][-1]["text"], delay_s=0.02)

    async def story(chat: EndpointChat) -> list[str]:
        asked = [chat.complete(_request(f"view {number}")) for number in range(12)]
        return [found.text for found in await asyncio.gather(*asked)]

    with LoopbackServer(then=echo) as server:
        assert _run(server.url, story, connections=3) == [f"view {number}" for number in range(12)]
        assert server.most_at_once == 3


def test_waiting_for_a_connection_is_no_timeout() -> None:
    async def story(chat: EndpointChat) -> None:
        await asyncio.gather(*(chat.complete(_request(str(number))) for number in range(8)))

    with LoopbackServer(then=lambda _seen: answer(delay_s=0.1)) as server:
        _run(server.url, story, connections=1, timeout_s=0.6)
        assert len(server.chats) == 8


@pytest.mark.parametrize(
    "fault",
    [
        DROPPED,
        CUT_OFF,
        loopback_server.garbage(),
        loopback_server.garbage(b'{"choices": []}'),
        *(loopback_server.failing(status) for status in (408, 409, 425, 429, 500, 502, 503)),
    ],
)
def test_a_fault_that_passes_is_asked_again(fault: Reply) -> None:
    waits = Waits()
    with LoopbackServer([fault, fault, answer("Yes.")]) as server:
        assert _run(server.url, _ask, waits=waits).text == "Yes."
        assert len(server.chats) == 3
        assert server.chats[0].body == server.chats[2].body
    assert len(waits.seconds) == 2
    assert all(0 <= wait_s <= 1.0 for wait_s in waits.seconds)


def test_a_server_that_never_answers_runs_out_of_time_and_of_tries() -> None:
    with LoopbackServer(then=lambda _seen: SILENT) as server:
        with pytest.raises(RequestFailed, match=r"no whole answer in 0\.15 s \(tried 4 times\)"):
            _run(server.url, _ask, timeout_s=0.15)
        assert len(server.chats) == 4


def test_one_silence_is_asked_again() -> None:
    with LoopbackServer([SILENT]) as server:
        assert _run(server.url, _ask, timeout_s=0.3).text == "Yes. A crack."


def test_a_request_that_stays_bad_tells_status_words_and_tries_and_the_next_is_answered() -> None:
    engine = loopback_server.vllm_error(500, "EngineCore met an issue.\nTraceback ...", "InternalServerError")

    async def story(chat: EndpointChat) -> Completion:
        with pytest.raises(RequestFailed, match=r"HTTP 500: EngineCore met an issue\. \(tried 4 times\)"):
            await chat.complete(_request())
        return await chat.complete(_request())

    with LoopbackServer([engine] * 4) as server:
        assert _run(server.url, story).text == "Yes. A crack."


@pytest.mark.parametrize(
    ("header", "asked_s"), [("7", 7.0), (formatdate(1_000_020, usegmt=True), 20.0), ("86400", 60.0)]
)
def test_retry_after_is_honoured_within_reason(header: str, asked_s: float) -> None:
    waits = Waits()
    with LoopbackServer([loopback_server.too_many(header)]) as server:
        _run(server.url, _ask, waits=waits, now_s=1_000_000.0)
    (wait_s,) = waits.seconds
    assert asked_s <= wait_s <= asked_s + 0.5


def test_nobody_listening_is_an_engine_lost() -> None:
    url = f"http://127.0.0.1:{loopback_server.unused_port()}/v1"
    with pytest.raises(EngineLost, match=r"nobody answers .* \(tried 4 times\)") as lost:
        _run(url, _ask)
    assert f"curl {url}/models" in str(lost.value)


def test_a_server_that_dies_under_a_request_is_lost_too() -> None:
    async def story(chat: EndpointChat) -> None:
        await chat.check()
        dying.__exit__(None, None, None)
        await chat.complete(_request())

    dying = LoopbackServer().__enter__()
    with pytest.raises(EngineLost):
        _run(dying.url, story)


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        (loopback_server.openai_error(401, "Invalid credentials"), "IAD_API_KEY"),
        (
            loopback_server.vllm_error(404, "The model `x` does not exist.", "NotFoundError"),
            "must end in /v1",
        ),
        (
            loopback_server.vllm_error(
                400, "The decoder prompt (length 9000) is longer than the maximum model length of 4096."
            ),
            "model length (4096 tokens): allow a longer one with --iad-lvlm max_model_len=N",
        ),
        (
            loopback_server.openai_error(400, "messages resulted in 9000", code="context_length_exceeded"),
            "--iad-lvlm max_pixels=N",
        ),
        (
            loopback_server.vllm_error(400, "cannot identify image file"),
            "HTTP 400: cannot identify image file.",
        ),
    ],
)
def test_a_refusal_is_final_at_once_and_says_what_to_do(reply: Reply, advice: str) -> None:
    with LoopbackServer([reply]) as server:
        with pytest.raises(RequestFailed) as refused:
            _run(server.url, _ask)
        assert len(server.chats) == 1
    assert advice in str(refused.value)


def _strict(limit: int) -> Callable[[Seen], Reply]:
    """A server that knows few fields, and takes at most ``limit`` alternatives."""

    def reply(seen: Seen) -> Reply:
        for name in ("seed", "top_p"):
            if name in seen.body:
                return loopback_server.fastapi_error(name, "Extra inputs are not permitted")
        if "max_tokens" in seen.body:
            return loopback_server.openai_error(
                400,
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
                param="max_tokens",
                code="unsupported_parameter",
            )
        if seen.body.get("top_logprobs", 0) > limit:
            return loopback_server.openai_error(400, "too many", param="top_logprobs")
        return answer("Yes.")

    return reply


def test_fields_that_a_server_refuses_are_left_out_for_the_session() -> None:
    async def story(chat: EndpointChat) -> object:
        await asyncio.gather(*(chat.complete(_request(str(number))) for number in range(4)))
        asked = len(server.chats)
        await chat.complete(_request("later"))
        assert len(server.chats) == asked + 1
        return chat.describe()["without"]

    waits = Waits()
    with LoopbackServer(then=_strict(0), models=listing(MODEL, owner="acme")) as server:
        without = _run(server.url, story, waits=waits)
        last = server.chats[-1].body
    assert without == ["logprobs", "max_tokens", "seed", "top_logprobs", "top_p"]
    assert last["max_completion_tokens"] == 96
    assert not set(without) & set(last)
    assert waits.seconds == []


def test_a_server_that_takes_few_alternatives_gets_few() -> None:
    async def story(chat: EndpointChat) -> Mapping[str, object]:
        await chat.complete(_request())
        return chat.describe()

    with LoopbackServer(then=_strict(5)) as server:
        said = _run(server.url, story)
        assert server.chats[-1].body["top_logprobs"] == 5
    assert said["top_logprobs"] == 5
    assert said["without"] == ["max_tokens", "seed", "top_p"]


def test_check_says_what_vllm_says_of_itself() -> None:
    async def story(chat: EndpointChat) -> object:
        found = await chat.check()
        said = chat.describe()
        assert {name: said[name] for name in found} == found
        assert (said["kind"], said["url"]) == ("endpoint", server.url)
        return found

    with LoopbackServer(models=listing("other", MODEL)) as server:
        assert _run(server.url, story) == {
            "model": MODEL,
            "server": "vllm",
            "version": "0.32.0",
            "root": f"/weights/{MODEL}",
            "max_model_len": 4096,
        }


def test_a_foreign_server_gets_no_field_of_vllms() -> None:
    with LoopbackServer(models=listing(MODEL, owner="acme", max_model_len=None)) as server:
        _run(server.url, _ask)
        assert [seen.path for seen in server.seen] == ["/v1/models", "/v1/chat/completions"]
        assert not {"top_k", "min_p", "repetition_penalty"} & set(server.chats[0].body)
        assert all("uuid" not in part for part in server.chats[0].body["messages"][0]["content"])


def test_the_server_is_looked_at_once_however_many_ask() -> None:
    async def story(chat: EndpointChat) -> None:
        await asyncio.gather(*(chat.complete(_request(str(number))) for number in range(6)))

    with LoopbackServer() as server:
        _run(server.url, story)
        assert [seen.path for seen in server.seen].count("/v1/models") == 1


def test_a_model_that_is_not_listed_is_named_with_those_that_are() -> None:
    with LoopbackServer(models=listing("qwen2-vl-7b", "qwen2-vl-72b-awq")) as server:
        with pytest.raises(UsageError) as wrong:
            _run(server.url, lambda chat: chat.check(), model="qwen2-vl-72b")
        assert server.chats == []
    text = str(wrong.value)
    assert "'qwen2-vl-72b'" in text
    assert "qwen2-vl-72b-awq" in text
    assert text.endswith("Type --iad-model vllm:qwen2-vl-7b")


def test_an_address_without_models_is_a_wrong_address() -> None:
    with (
        LoopbackServer(models=Reply(404, b'{"detail":"Not Found"}')) as server,
        pytest.raises(RequestFailed, match=r"HTTP 404: Not Found.*must end in /v1"),
    ):
        _run(server.url, lambda chat: chat.check())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_the_key_leaks_nowhere(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = loopback_server.openai_error(status, f"Incorrect API key provided: {KEY}. Bearer {KEY}")

    async def story(chat: EndpointChat) -> str:
        with pytest.raises(RequestFailed) as failed:
            await chat.complete(_request())
        error: BaseException | None = failed.value
        told = [repr(chat), str(chat.describe()), repr(vars(chat))]
        while error is not None:
            told.append(f"{error!r} {error}")
            error = error.__cause__ or error.__context__
        return " ".join(told)

    with LoopbackServer(then=lambda _seen: echo, models=listing(MODEL, owner=KEY)) as server:
        assert KEY not in _run(server.url, story)
        assert server.chats[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text


def test_without_a_key_none_is_sent() -> None:
    with LoopbackServer() as server:
        _run(server.url, _ask, key=None)
        assert all("Authorization" not in seen.headers for seen in server.seen)


def test_no_proxy_stands_between_this_machine_and_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{loopback_server.unused_port()}")
    with LoopbackServer() as server:
        assert _run(server.url, _ask).text == "Yes. A crack."


def test_after_closing_nothing_is_open_and_nothing_is_asked() -> None:
    async def story(chat: EndpointChat) -> None:
        asked = [chat.complete(_request(str(number))) for number in range(6)]
        await asyncio.gather(*asked, return_exceptions=True)
        await chat.close()
        await chat.close()
        with pytest.raises(EngineLost, match="closed"):
            await chat.complete(_request())

    faults = [DROPPED, CUT_OFF, SILENT, loopback_server.failing(503), loopback_server.garbage()]
    with warnings.catch_warnings(record=True) as warned, LoopbackServer(faults) as server:
        warnings.simplefilter("always")
        _run(server.url, story, timeout_s=0.3)
        gc.collect()
        assert server.open_connections() == 0
    assert [str(warning.message) for warning in warned] == []


def test_a_cancelled_request_gives_its_connection_back() -> None:
    async def story(chat: EndpointChat) -> str:
        await chat.check()
        asking = asyncio.create_task(chat.complete(_request()))
        while not server.chats:
            await asyncio.sleep(0.005)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return (await chat.complete(_request())).text

    with LoopbackServer([SILENT]) as server:
        assert _run(server.url, story, connections=1) == "Yes. A crack."
