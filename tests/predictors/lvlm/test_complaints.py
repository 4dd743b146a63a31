"""Error replies of real servers, and what a person is told to do about them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.predictors.lvlm.complaints import clean, complaint

SENT = frozenset(
    {"model", "messages", "temperature", "top_p", "max_tokens", "n", "seed", "logprobs", "top_logprobs"}
)


def _openai(status: int, message: str, param: str | None = None, code: str | None = None) -> tuple[int, Any]:
    return status, {
        "error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    }


REFUSALS = [
    # OpenAI
    (_openai(400, "Unrecognized request argument supplied: top_logprobs"), "top_logprobs"),
    (_openai(400, "Invalid value: must be at most 5.", "top_logprobs"), "top_logprobs"),
    (_openai(403, "You are not allowed to request logprobs from this model."), "logprobs"),
    (
        _openai(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ),
        "max_tokens",
    ),
    (_openai(400, "max_tokens is too large: 9999. This model supports at most 4096.", "max_tokens"), None),
    (_openai(400, "Unsupported value: 'temperature' does not support 0.3.", "temperature"), None),
    (_openai(400, "Invalid n.", "n"), "n"),
    (_openai(400, "n pictures are too many"), None),
    # vLLM, started with --max-logprobs 5
    (
        _openai(400, "Requested sample logprobs of 20, which is greater than max allowed: 5"),
        "logprobs",
    ),
    # FastAPI: what the request held is repeated and must not be taken for the complaint
    (
        (
            422,
            {
                "detail": [
                    {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "no", "input": "logprobs"}
                ]
            },
        ),
        "seed",
    ),
    # a prompt that is too long names max_tokens, but that is not what is wrong
    (
        _openai(
            400,
            "'max_tokens' or 'max_completion_tokens' is too large: 1024. "
            "This model's maximum context length is 700 tokens.",
            code="unsupported_parameter",
        ),
        None,
    ),
]


@pytest.mark.parametrize(("reply", "field"), REFUSALS)
def test_the_refused_field_is_found(reply: tuple[int, Any], field: str | None) -> None:
    found = complaint(reply[0], json.dumps(reply[1]).encode(), None)
    assert found.refused_field(SENT) == field


def test_a_field_that_was_not_sent_cannot_be_left_out() -> None:
    found = complaint(400, b'{"error": {"message": "logprobs are not supported"}}', None)
    assert found.refused_field(SENT) == "logprobs"
    assert found.refused_field(SENT - {"logprobs", "top_logprobs"}) is None


TOO_LONG = [
    # vLLM 0.32, OpenAI, llama.cpp, SGLang
    "The decoder prompt (length 8123) is longer than the maximum model length of 7000. Make sure that ...",
    "This model's maximum context length is 7000 tokens. However, your prompt contains 7001 input tokens",
    "This model's maximum context length is 4097 tokens. However, your messages resulted in 8000 tokens.",
    "the request exceeds the available context size. try increasing the context size",
    "The input (8123 tokens) is longer than the model's context length (7000 tokens).",
]


@pytest.mark.parametrize("message", TOO_LONG)
def test_a_prompt_that_is_too_long_names_the_settings(message: str) -> None:
    found = complaint(400, json.dumps({"error": {"message": message, "code": 400}}).encode(), None)
    text = str(found.error("http://host/v1", "tiny", 7000))
    assert message.rstrip(".") in text
    assert "(7000 tokens)" in text
    assert "--iad-lvlm max_model_len=N" in text
    assert "--iad-lvlm max_pixels=N" in text
    assert not found.is_transient


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "IAD_API_KEY"),
        (403, "IAD_API_KEY"),
        (404, "--iad-model vllm:NAME as http://host/v1/models lists it"),
        (404, "must end in /v1"),
        (307, "--iad-endpoint URL"),
        (400, "http://host/v1 answered HTTP 400: said."),
    ],
)
def test_a_refusal_says_what_to_do(status: int, advice: str) -> None:
    found = complaint(status, b"said.", None)
    assert advice in str(found.error("http://host/v1", "tiny", None))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_faults_that_may_pass(status: int) -> None:
    assert complaint(status, b"", None).is_transient


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 405, 413, 422])
def test_refusals_that_stay(status: int) -> None:
    assert not complaint(status, b"", None).is_transient


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ""),
        (b"\n\n  out of order \nmore", "out of order"),
        (b"<html><head><title>502 Bad Gateway</title></head>\r\n<body>", "502 Bad Gateway"),
        (b'{"error": "model not loaded"}', "model not loaded"),
        (b'{"object": "error", "message": "engine is dead", "code": 500}', "engine is dead"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"message": "\\u001b[31mred\\u0007\\u202e"}', "[31mred"),
        (b'{"message": "' + b"x" * 1000 + b'"}', "x" * 297 + "..."),
        (b"\xff\xfe broken", "�� broken"),
    ],
)
def test_the_servers_own_words_fit_on_a_line(body: bytes, words: str) -> None:
    assert complaint(500, body, None).words == words


@pytest.mark.parametrize(
    "said",
    [
        "Incorrect API key provided: sk-abcdef123456.",
        "x" * 290 + "sk-abcdef123456",
        "sk-abc\x00def123456 is wrong",
        "Incorrect API key provided: sk-ab**********3456.",
    ],
)
def test_a_key_that_the_server_repeats_is_hidden(said: str) -> None:
    shown = clean(said, "sk-abcdef123456")
    assert "sk-ab" not in shown
    assert "3456" not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "detail", "loc", "msg", "code"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@given(st.integers(300, 599), st.binary(max_size=60) | JSON.map(lambda found: json.dumps(found).encode()))
@settings(max_examples=150, deadline=None)
def test_any_body_becomes_one_short_printable_line(status: int, body: bytes) -> None:
    found = complaint(status, body, "secret")
    assert found.words.isprintable()
    assert len(found.words) <= 300
    assert str(status) in str(found.error("http://host/v1", "tiny", None))
