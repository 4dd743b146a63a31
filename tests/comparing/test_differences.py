"""What of two runs' circumstances differs is told; what only one of them asked about is not a difference."""

from __future__ import annotations

import pytest

from iad_eval.comparing.differences import Difference, PromptChange, differences, prompt_changes
from iad_eval.words import Json

Circumstances = dict[str, Json]

RUN: Circumstances = {
    "iad_eval": "0.1.0",
    "seed": 0,
    "configuration": {
        "limit": None,
        "datasets": {"parts": {"kind": "folder", "good": ["good"]}},
        "models": {"glass": {"settings": {"epochs": 3}}, "lvlm": {"revision": "abc"}},
        "perturbations": {"rotated": {"version": 1, "degrees": 90}},
    },
    "classes": {
        "parts": {"bolt": {"train": 5, "test_normal": 4, "test_anomalous": 8, "reference": "parts/bolt/0"}}
    },
    "engines": {"lvlm": ["vllm 0.32.0"]},
    "packages": {"numpy": "2.0", "rich": "14"},
    "python": "3.11.9",
    "hardware": {"cpus": 2, "device": "cpu"},
    "git_commit": "a1",
    "dataset_digests": {"parts": "d1"},
}


def _with(value: Json, *path: str) -> Circumstances:
    def changed(old: Json, rest: tuple[str, ...]) -> Json:
        if not rest:
            return value
        return {**(old if isinstance(old, dict) else {}), rest[0]: changed(_get(old, rest[0]), rest[1:])}

    found = changed(RUN, path)
    assert isinstance(found, dict)
    return found


def _get(old: Json, key: str) -> Json:
    return old.get(key) if isinstance(old, dict) else None


def _without(*path: str) -> Circumstances:
    section = RUN
    for key in path[:-1]:
        inner = section[key]
        assert isinstance(inner, dict)
        section = inner
    return _with({key: value for key, value in section.items() if key != path[-1]}, *path[:-1])


def test_equal_circumstances_have_no_difference() -> None:
    assert differences(RUN, RUN) == []
    assert differences({}, {}) == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (
            ("configuration", "models", "glass", "settings", "epochs"),
            5,
            Difference("model", "glass: settings: epochs", "3", "5"),
        ),
        (
            ("configuration", "models", "lvlm", "revision"),
            "abd",
            Difference("model", "lvlm: revision", "abc", "abd"),
        ),
        (
            ("engines", "lvlm"),
            ["vllm 0.33.0"],
            Difference("engine", "lvlm", '["vllm 0.32.0"]', '["vllm 0.33.0"]'),
        ),
        (
            ("configuration", "perturbations", "rotated", "version"),
            2,
            Difference("perturbation", "rotated: version", "1", "2"),
        ),
        (
            ("configuration", "datasets", "parts", "good"),
            ["ok"],
            Difference("dataset", "parts: good", '["good"]', '["ok"]'),
        ),
        (
            ("classes", "parts", "bolt", "test_normal"),
            3,
            Difference("photographs", "parts: bolt: test_normal", "4", "3"),
        ),
        (
            ("classes", "parts", "bolt", "reference"),
            "parts/bolt/1",
            Difference("photographs", "parts: bolt: reference", "parts/bolt/0", "parts/bolt/1"),
        ),
        (("configuration", "limit"), 5, Difference("setting", "limit", "–", "5")),
        (("seed",), 1, Difference("setting", "seed", "0", "1")),
        (("packages", "numpy"), "2.1", Difference("package", "numpy", "2.0", "2.1")),
        (("packages", "torch"), "2.13", Difference("package", "torch", "–", "2.13")),
        (("iad_eval",), "0.2.0", Difference("package", "iad_eval", "0.1.0", "0.2.0")),
        (("python",), "3.12.1", Difference("package", "python", "3.11.9", "3.12.1")),
        (("hardware", "device"), "cuda", Difference("hardware", "device", "cpu", "cuda")),
        (("git_commit",), "b2", Difference("commit", "git_commit", "a1", "b2")),
        (("git_commit",), None, Difference("commit", "git_commit", "a1", "–")),
        (("dataset_digests", "parts"), "d2", Difference("dataset", "parts: digest", "d1", "d2")),
    ],
)
def test_what_differs_is_told_as_it_was_and_is(
    path: tuple[str, ...], value: Json, expected: Difference
) -> None:
    assert differences(RUN, _with(value, *path)) == [expected]
    turned = Difference(expected.topic, expected.name, expected.after, expected.before)
    assert differences(_with(value, *path), RUN) == [turned]


@pytest.mark.parametrize(
    "path",
    [
        ("configuration", "models", "glass"),
        ("configuration", "models"),
        ("configuration", "perturbations", "rotated"),
        ("configuration", "datasets", "parts"),
        ("classes", "parts", "bolt"),
        ("classes", "parts"),
        ("classes",),
        ("engines", "lvlm"),
        ("dataset_digests", "parts"),
    ],
)
def test_what_only_one_run_asked_about_is_no_difference(path: tuple[str, ...]) -> None:
    assert differences(RUN, _without(*path)) == []
    assert differences(_without(*path), RUN) == []


def test_digests_of_other_selections_of_a_dataset_are_not_compared() -> None:
    nut: Json = {"train": 5, "test_normal": 1, "test_anomalous": 1, "reference": None}
    more = _with(nut, "classes", "parts", "nut")
    assert differences(RUN, {**more, "dataset_digests": {"parts": "d2"}}) == []


def test_digests_come_first_then_models_then_the_rest() -> None:
    after = {
        **_with(5, "configuration", "models", "glass", "settings", "epochs"),
        "git_commit": "b2",
        "seed": 1,
        "dataset_digests": {"parts": "d2"},
    }
    assert [each.topic for each in differences(RUN, after)] == ["dataset", "model", "setting", "commit"]


def _prompts(**texts: dict[str, list[str]]) -> Circumstances:
    return {"prompts": {protocol.replace("_", "-"): asked for protocol, asked in texts.items()}}


def test_a_prompt_is_another_where_both_asked_at_the_same_place() -> None:
    before = _prompts(
        oneshot={"Old?": ["parts/bolt/original", "parts/nut/original"], "Same?": ["parts/pin/original"]}
    )
    after = _prompts(
        oneshot={
            "New?": ["parts/nut/original", "parts/bolt/original", "parts/gear/original"],
            "Same?": ["parts/pin/original"],
        }
    )
    places = ("parts/bolt/original", "parts/nut/original")
    assert prompt_changes(before, after) == [PromptChange("oneshot", places, "Old?", "New?")]


def test_each_pair_of_texts_and_each_protocol_is_a_change_of_its_own() -> None:
    before = _prompts(
        oneshot={"A?": ["parts/bolt/original"], "B?": ["parts/nut/original"]},
        zeroshot={"A?": ["parts/bolt/original"]},
    )
    after = _prompts(
        oneshot={"C?": ["parts/bolt/original", "parts/nut/original"]},
        zeroshot={"C?": ["parts/bolt/original"]},
    )
    assert prompt_changes(before, after) == [
        PromptChange("oneshot", ("parts/bolt/original",), "A?", "C?"),
        PromptChange("oneshot", ("parts/nut/original",), "B?", "C?"),
        PromptChange("zeroshot", ("parts/bolt/original",), "A?", "C?"),
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({}, _prompts(oneshot={"A?": ["parts/bolt/original"]})),
        (_prompts(oneshot={"A?": ["parts/bolt/original"]}), {}),
        (
            _prompts(oneshot={"A?": ["parts/bolt/original"]}),
            _prompts(oneshot={"A?": ["parts/bolt/original"]}),
        ),
        (
            _prompts(oneshot={"A?": ["parts/bolt/original"]}),
            _prompts(zeroshot={"B?": ["parts/bolt/original"]}),
        ),
        (_prompts(oneshot={"A?": ["parts/bolt/original"]}), _prompts(oneshot={"B?": ["parts/nut/original"]})),
    ],
)
def test_a_prompt_of_one_run_alone_is_no_change(before: Circumstances, after: Circumstances) -> None:
    assert prompt_changes(before, after) == []
