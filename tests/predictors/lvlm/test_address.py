"""Addresses and keys: what is taken, and that no error repeats a secret."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.errors import UsageError
from iad_eval.predictors.lvlm.address import api_key, endpoint


@pytest.mark.parametrize(
    ("typed", "used"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("  https://Example.ORG/api/v1 ", "https://example.org/api/v1"),
        ("HTTP://[::1]:80/v1", "http://[::1]:80/v1"),
    ],
)
def test_an_address_is_taken_in_one_form(typed: str, used: str) -> None:
    assert endpoint(typed) == used


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "Type --iad-endpoint http://HOST:PORT/v1"),
        ("localhost:8000/v1", "Type --iad-endpoint http://HOST:PORT/v1"),
        ("ftp://host/v1", "no http or https address"),
        ("http:///v1", "no http or https address with a host"),
        ("http://host:99999/v1", "no address that can be read"),
        ("http://[::1/v1", "no address that can be read"),
        ("http://host/v1\nx", "blanks or control characters"),
        ("http://host:8000", "Type --iad-endpoint http://host:8000/v1"),
        ("http://host:8000/", "Type --iad-endpoint http://host:8000/v1"),
        ("http://host/v1/chat/completions", "Type --iad-endpoint http://host/v1"),
        ("http://host/v1?model=x", "Type --iad-endpoint http://host/v1"),
        ("http://host/av1", "Type --iad-endpoint http://host/av1/v1"),
        ("http://user@host/v1", "IAD_API_KEY"),
    ],
)
def test_another_address_is_refused_with_what_to_type(typed: str, advice: str) -> None:
    with pytest.raises(UsageError) as refused:
        endpoint(typed)
    assert advice in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    [
        "http://user:S3CRET@host/v1",
        "http://S3CRET@host",
        "user:S3CRET@host/v1",
        "http://u:a#S3CRET@host/v1",
        "http://u:a?S3CRET@host/v1",
        "http://u:a/S3CRET@host/v1",
        "http://host/v1?key=S3CRET",
        "http://host/v1#S3CRET",
        "http://u:S3CRET@[::1/v1",
        "http://u:S3CRET @host/v1",
        "u:S3CRET://@host/v1",
    ],
)
def test_an_error_never_repeats_a_secret(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        endpoint(typed)
    assert "S3CRET" not in str(refused.value)


@given(st.text(max_size=40) | st.from_regex(r"\Ahttps?://[a-z@:/?#\[\].0-9]{0,20}(/v1)?/?\Z"))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_address_or_a_usage_error_and_advice_can_be_followed(typed: str) -> None:
    try:
        used = endpoint(typed)
    except UsageError as error:
        _, mark, advice = str(error).rpartition("Type --iad-endpoint ")
        if mark and "HOST" not in advice:
            assert endpoint(advice)
    else:
        assert used.endswith("/v1")
        assert endpoint(used) == used


def test_the_suites_own_key_goes_before_openais(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAD_API_KEY", " mine\n")
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    assert api_key() == "mine"
    monkeypatch.setenv("IAD_API_KEY", "")
    assert api_key() == "theirs"
    monkeypatch.delenv("OPENAI_API_KEY")
    assert api_key() is None


@pytest.mark.parametrize("key", ["two words", "zwei\nZeilen", "schlüssel", "tab\there"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAD_API_KEY", key)
    with pytest.raises(UsageError, match="export IAD_API_KEY=KEY") as refused:
        api_key()
    assert not any(word in str(refused.value) for word in key.split())
