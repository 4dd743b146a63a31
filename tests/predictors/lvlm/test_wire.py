"""OpenAI's chat format, out and in, against the format's own documentation."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iad_eval.predictors.lvlm import wire
from iad_eval.predictors.lvlm.chat import ChatRequest, Completion, Picture, Sampling
from iad_eval.predictors.lvlm.loose_json import MalformedReply
from iad_eval.words import Json

FOREIGN = wire.Dialect()
VLLM = wire.Dialect(is_vllm=True)


def _request(seed: int | None = 7, top_logprobs: int = 20) -> ChatRequest:
    image = Image.new("RGB", (2, 2))
    pictures = (Picture(image, "reference-1"), Picture(image, "view-2"))
    return ChatRequest(pictures, "Is there an anomaly?", Sampling(0.3, 96, seed, top_logprobs))


def _body(dialect: wire.Dialect, request: ChatRequest | None = None, **processor: int) -> dict[str, Any]:
    urls = ["data:reference", "data:view"]
    return wire.request_json("the/model", request or _request(), urls, dialect, processor or None)


def _read(message: Any, **choice: Any) -> Completion:
    return wire.completion(json.dumps({"choices": [{"message": message, **choice}]}).encode())


def _token(text: Any, logprob: Any, *above: tuple[Any, Any], raw: Any = None) -> dict[str, Any]:
    others = [{"token": other, "logprob": value, "bytes": None} for other, value in above]
    return {"token": text, "logprob": logprob, "bytes": raw, "top_logprobs": others}


def test_pictures_come_in_order_and_the_text_last() -> None:
    (message,) = _body(FOREIGN)["messages"]
    assert message["role"] == "user"
    assert message["content"] == [
        {"type": "image_url", "image_url": {"url": "data:reference"}},
        {"type": "image_url", "image_url": {"url": "data:view"}},
        {"type": "text", "text": "Is there an anomaly?"},
    ]


def test_a_foreign_server_gets_standard_fields_only() -> None:
    body = _body(FOREIGN)
    del body["messages"]
    assert body == {
        "model": "the/model",
        "temperature": 0.3,
        "top_p": 1.0,
        "max_tokens": 96,
        "n": 1,
        "stream": False,
        "seed": 7,
        "logprobs": True,
        "top_logprobs": 20,
    }


def test_vllm_gets_uuids_and_no_default_of_the_model_survives() -> None:
    body = _body(VLLM)
    parts = body["messages"][0]["content"]
    assert [part.get("uuid") for part in parts] == ["reference-1", "view-2", None]
    # The sampling fields that vLLM fills from generation_config.json when a request leaves them out,
    # with the values that it documents as "off".
    off = {"top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}
    off |= {"presence_penalty": 0.0, "frequency_penalty": 0.0}
    assert {name: body[name] for name in off} == off


def test_seed_alternatives_and_pixels_are_sent_only_where_they_are_set() -> None:
    body = _body(VLLM, _request(seed=None, top_logprobs=0))
    assert not {"seed", "logprobs", "top_logprobs", "mm_processor_kwargs"} & set(body)
    assert _body(FOREIGN, min_pixels=784, max_pixels=1568)["mm_processor_kwargs"] == {
        "min_pixels": 784,
        "max_pixels": 1568,
    }


def test_refused_alternatives_become_fewer_then_none() -> None:
    fewer = FOREIGN.narrowed("top_logprobs")
    assert _body(fewer)["top_logprobs"] == 5
    assert _body(fewer, _request(top_logprobs=2))["top_logprobs"] == 2
    assert not {"logprobs", "top_logprobs"} & set(_body(fewer.narrowed("logprobs")))


def test_a_refused_length_takes_its_other_name() -> None:
    body = _body(FOREIGN.narrowed("max_tokens").narrowed("seed"))
    assert body["max_completion_tokens"] == 96
    assert not {"max_tokens", "seed"} & set(body)


def test_an_answer_is_read_with_its_usage() -> None:
    reply = {
        "choices": [{"message": {"content": "Yes. A crack."}, "finish_reason": "length"}],
        "usage": {
            "prompt_tokens": 547,
            "completion_tokens": 96,
            "prompt_tokens_details": {"cached_tokens": 256},
        },
        "metrics": {"queue_time_ms": 12.5},
    }
    found = wire.completion(json.dumps(reply).encode())
    assert (found.text, found.was_cut) == ("Yes. A crack.", True)
    assert (found.prompt_tokens, found.cached_tokens, found.answer_tokens) == (547, 256, 96)
    assert found.queue_s == pytest.approx(0.0125)


def test_what_the_server_does_not_say_is_none() -> None:
    found = _read({"content": "No."}, finish_reason="stop", logprobs=None)
    assert found == Completion("No.")


def test_nonsense_in_the_usage_is_none_too() -> None:
    usage = {"prompt_tokens": -1, "completion_tokens": True, "prompt_tokens_details": [3]}
    found = wire.completion(
        json.dumps({"choices": [{"message": {"content": "No."}}], "usage": usage}).encode()
    )
    assert found == Completion("No.")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": None, "refusal": "I cannot judge this."}, "I cannot judge this."),
        ({"content": "", "refusal": "I cannot judge this."}, "I cannot judge this."),
        ({"content": None}, ""),
        ({"content": [{"type": "text", "text": "Yes"}, {"type": "text", "text": "."}]}, "Yes."),
        ({"content": "half \ud83d"}, "half \ufffd"),
    ],
)
def test_a_message_becomes_text(message: Any, text: str) -> None:
    assert _read(message).text == text


def test_the_token_stands_among_its_own_alternatives() -> None:
    content = [_token("Yes", -0.1, ("No", -2.5)), _token(".", -0.2, (".", -0.2), ("!", -3.0))]
    first, second = _read({"content": "Yes."}, logprobs={"content": content}).tokens
    assert (first.text, first.alternatives) == ("Yes", {"No": -2.5, "Yes": -0.1})
    assert second.alternatives == {".": -0.2, "!": -3.0}


def test_the_first_eight_tokens_are_kept() -> None:
    content = [_token(str(number), -1.0) for number in range(20)]
    tokens = _read({"content": "..."}, logprobs={"content": content}).tokens
    assert [token.text for token in tokens] == list("01234567")


def test_tokens_that_read_alike_add_their_probabilities() -> None:
    content = [
        _token("Yes", math.log(0.5), ("Yes", math.log(0.5)), ("No", math.log(0.2)), ("No", math.log(0.1)))
    ]
    (token,) = _read({"content": "Yes"}, logprobs={"content": content}).tokens
    assert {text: math.exp(value) for text, value in token.alternatives.items()} == pytest.approx(
        {"Yes": 0.5, "No": 0.3}
    )


def test_parts_of_a_character_are_told_apart_by_their_bytes() -> None:
    content = [
        _token("\\xe2\\x9c", -0.5, raw=[0xE2, 0x9C]),
        _token("\ufffd", -0.5, raw=[0x85]),
        _token("?", -1, raw=[233]),
    ]
    tokens = _read({"content": "✅"}, logprobs={"content": content}).tokens
    assert [token.text for token in tokens] == ["\\xe2\\x9c", "\\x85", "\\xe9"]
    whole = [_token("caf\ufffd", -0.5, raw=list("café".encode()))]
    assert _read({"content": "café"}, logprobs={"content": whole}).tokens[0].text == "café"


@pytest.mark.parametrize("logprob", [None, "low", True, 3.0, -9999.0, math.nan, -math.inf, 10**400])
def test_what_is_no_log_probability_is_left_out(logprob: Any) -> None:
    content = [_token("Yes", -0.1, ("No", logprob))]
    assert _read({"content": "Yes"}, logprobs={"content": content}).tokens[0].alternatives == {"Yes": -0.1}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"1" * 10_000,
        b"{}",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"text": "Yes"}]}',
        b'{"choices": [{"message": {"role": "assistant"}}]}',
        b'{"choices": [{"message": {"content": {"text": "Yes"}}}]}',
        b'{"error": {"message": "the engine is dead"}}',
    ],
)
def test_a_reply_without_an_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedReply):
        wire.completion(body)


def test_models_are_listed_as_the_server_says() -> None:
    cards: list[Json] = [
        {"id": "tiny", "owned_by": "vllm", "root": "/weights", "max_model_len": 7000},
        {"id": "other"},
        {"name": "without an id"},
        "nonsense",
    ]
    assert wire.models(json.dumps({"data": cards}).encode()) == (
        wire.ListedModel("tiny", "vllm", "/weights", 7000),
        wire.ListedModel("other"),
    )


NUMBERS = st.none() | st.booleans() | st.integers() | st.floats()
ANY_JSON = st.recursive(
    NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {}, optional={"token": ANY_JSON, "logprob": NUMBERS, "bytes": st.lists(NUMBERS, max_size=3) | ANY_JSON}
)
TOKEN = st.builds(
    lambda entry, above: {**entry, "top_logprobs": above}, ENTRY, st.lists(ENTRY, max_size=4) | ANY_JSON
)
NEARLY = st.fixed_dictionaries(
    {
        "choices": st.lists(
            st.fixed_dictionaries(
                {"message": st.fixed_dictionaries({"content": ANY_JSON}, optional={"refusal": ANY_JSON})},
                optional={
                    "logprobs": st.fixed_dictionaries({"content": st.lists(TOKEN | ANY_JSON, max_size=3)})
                    | ANY_JSON,
                    "finish_reason": ANY_JSON,
                },
            ),
            max_size=2,
        )
    },
    optional={
        "usage": st.fixed_dictionaries({"prompt_tokens": ANY_JSON, "prompt_tokens_details": ANY_JSON})
        | ANY_JSON,
        "metrics": st.fixed_dictionaries({"queue_time_ms": NUMBERS}),
        "data": st.lists(
            st.fixed_dictionaries({"id": ANY_JSON, "max_model_len": NUMBERS}) | ANY_JSON, max_size=3
        ),
    },
)


@given((NEARLY | ANY_JSON).map(lambda found: json.dumps(found).encode()) | st.binary(max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_body_raises_anything_but_malformed(body: bytes) -> None:
    try:
        found = wire.completion(body)
    except MalformedReply:
        pass
    else:
        found.text.encode()  # any file can hold it
        for token in found.tokens:
            assert all(
                -9999 < value <= 0 and text.encode() is not None for text, value in token.alternatives.items()
            )
        assert found.prompt_tokens is None or found.prompt_tokens >= 0
    with contextlib.suppress(MalformedReply):
        assert all(model.name.encode() is not None for model in wire.models(body))
