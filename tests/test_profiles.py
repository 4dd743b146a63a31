"""Profiles are the paper's or for throughput, and a user's changes to them are checked one by one."""

from __future__ import annotations

import contextlib
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.errors import UsageError
from iad_eval.profiles import PAPER, THROUGHPUT, Profile, parse_changes, profile_named
from iad_eval.words import Json

KEYS = [field.name for field in fields(Profile) if field.name != "name"]


def test_the_paper_s_profile_is_what_the_paper_says() -> None:
    # appendix A.1, as the design repeats it
    assert (PAPER.temperature, PAPER.max_tokens) == (0.3, 1024)
    assert (PAPER.min_pixels, PAPER.max_pixels) == (602_112, 802_816)
    assert (PAPER.max_num_seqs, PAPER.max_model_len, PAPER.tensor_parallel_size) == (5, 7000, 2)
    assert PAPER.calibration == 0


def test_throughput_sees_the_same_pictures_in_larger_batches() -> None:
    assert (THROUGHPUT.min_pixels, THROUGHPUT.max_pixels) == (PAPER.min_pixels, PAPER.max_pixels)
    assert THROUGHPUT.max_num_seqs > PAPER.max_num_seqs
    assert THROUGHPUT.max_tokens < 10


def test_profiles_by_name() -> None:
    assert profile_named("paper") is PAPER
    assert profile_named("throughput") is THROUGHPUT
    with pytest.raises(UsageError, match=r"unknown profile 'papre'.*'paper'.*--iad-profile"):
        profile_named("papre")


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("temperature=0", "temperature", 0.0),
        ("temperature=0.7", "temperature", 0.7),
        ("max_tokens=32", "max_tokens", 32),
        ("min_pixels=784", "min_pixels", 784),
        ("max_pixels=802816", "max_pixels", 802816),
        ("max_pixels=none", "max_pixels", None),
        ("min_pixels=None", "min_pixels", None),
        (" max_num_seqs = 64 ", "max_num_seqs", 64),
        ("max_model_len=16", "max_model_len", 16),
        ("tensor_parallel_size=1", "tensor_parallel_size", 1),
        ("gpu_memory_utilization=0.95", "gpu_memory_utilization", 0.95),
        ("gpu_memory_utilization=1", "gpu_memory_utilization", 1.0),
        ("gpu_memory_utilization=none", "gpu_memory_utilization", None),
        ("dtype=float16", "dtype", "float16"),
        ("dtype=none", "dtype", None),
        ("quantization=awq_marlin", "quantization", "awq_marlin"),
        ("enforce_eager=true", "enforce_eager", True),
        ("enforce_eager=No", "enforce_eager", False),
        ("enforce_eager=1", "enforce_eager", True),
        ("calibration=0", "calibration", 0),
        ("timeout_s=0.5", "timeout_s", 0.5),
    ],
)
def test_settings_as_typed(typed: str, key: str, value: Json) -> None:
    found = parse_changes([typed])
    assert found == {key: value}
    assert type(found[key]) is type(value)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("temperature=warm", "expected a number from 0 on"),
        ("temperature=-0.1", "expected a number from 0 on"),
        ("temperature=nan", "expected a number"),
        ("temperature=inf", "expected a number"),
        ("temperature=none", "expected a number"),
        ("max_tokens=0", "expected a whole number from 1 on"),
        ("max_tokens=1.5", "expected a whole number"),
        ("max_tokens=none", "expected a whole number"),
        ("min_pixels=783", "expected a whole number from 784 on"),
        ("max_pixels=-1", "expected a whole number from 784 on"),
        ("max_num_seqs=0", "from 1 on"),
        ("max_model_len=15", "from 16 on"),
        ("tensor_parallel_size=0", "from 1 on"),
        ("gpu_memory_utilization=95", "expected a number from 0.01 to 1"),
        ("gpu_memory_utilization=0", "expected a number from 0.01 to 1"),
        ("dtype=", "expected a name, or none"),
        ("quantization= ", "expected a name, or none"),
        ("enforce_eager=maybe", "expected true or false"),
        ("calibration=-1", "from 0 on"),
        ("timeout_s=0", "expected a number from 0.001 on"),
        ("max_tokens=" + "9" * 5000, "expected a whole number"),
        ("timeout_s", "expected KEY=VALUE"),
        ("", "expected KEY=VALUE"),
        ("temprature=1", "Did you mean 'temperature'"),
        ("max_pixel=1000", "'max_pixels'"),
        ("name=mine", "unknown setting 'name'"),
        ("=3", "unknown setting ''"),
    ],
)
def test_what_cannot_be_says_what_was_expected(typed: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        parse_changes([typed])
    assert "--iad-lvlm" in str(caught.value)


def test_the_last_value_of_a_setting_counts() -> None:
    assert parse_changes(["max_tokens=1", "temperature=0", "max_tokens=2"]) == {
        "max_tokens": 2,
        "temperature": 0.0,
    }


def test_changes_touch_what_they_name_and_nothing_else() -> None:
    changed = PAPER.with_changes(parse_changes(["max_tokens=7", "dtype=float32"]))
    before, after = PAPER.to_json(), changed.to_json()
    assert {key for key in before if before[key] != after[key]} == {"max_tokens", "dtype"}
    assert (after["max_tokens"], after["dtype"]) == (7, "float32")


def test_limits_that_exclude_each_other_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match="min_pixels=602112 is more than max_pixels=1000: change both"):
        PAPER.with_changes(parse_changes(["max_pixels=1000"]))
    assert PAPER.with_changes(parse_changes(["max_pixels=1000", "min_pixels=1000"])).max_pixels == 1000


@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.builds("{}={}".format, st.sampled_from(KEYS), st.text(max_size=12)),
            st.builds("{}={}".format, st.sampled_from(KEYS), st.floats()),
            st.builds("{}={}".format, st.sampled_from(KEYS), st.integers()),
        ),
        max_size=4,
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_is_read_or_refused_with_a_reason(typed: list[str]) -> None:
    with contextlib.suppress(UsageError):
        changes = parse_changes(typed)
        assert set(changes) <= set(KEYS)
        PAPER.with_changes(changes)
