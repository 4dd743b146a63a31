"""How a run was made: whatever its manifest tells, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from iad_eval.reports.page.facts import Prompt, facts
from iad_eval.words import Json

WHOLE: dict[str, Json] = {"completeness": {"asked": 3, "observed": 3, "unreadable": 0, "failed": 0}}


def _entries(manifest: dict[str, Any]) -> dict[str, str]:
    return dict(facts(WHOLE, manifest, "one").entries)


def test_a_manifest_in_full() -> None:
    found = facts(
        WHOLE,
        {
            "iad_eval": "0.5.0",
            "started": "2026-11-24T03:21:45+00:00",
            "finished": "2026-11-24T04:00:09+00:00",
            "command_line": ["pytest", "cases", "-k", "a cap"],
            "sessions": [
                {"command_line": ["pytest", "cases"]},
                {"command_line": ["pytest", "cases", "-k", "a cap"]},
                {"command_line": ["pytest", "cases"]},
            ],
            "seed": 0,
            "python": "3.11.9",
            "packages": {"numpy": "2.1.0"},
            "hardware": {"machine": "x86_64", "system": "Linux", "cpus": 8, "device": "auto"},
            "git_commit": "0123abc",
            "merged_from": ["a", "b", "c"],
            "configuration": {"limit": 4, "models": {"glass": {}, "lvlm": {}}, "perturbations": {"own": {}}},
            "classes": {"parts": {"cap": {}, "washer": {}}, "more": {"cup": {}}},
        },
        "one",
    )
    assert (found.run, found.when, found.missing_views) == ("one", "2026-11-24 04:00 UTC", 0)
    assert found.commands == ("pytest cases", "pytest cases -k 'a cap'")
    assert found.packages == (("numpy", "2.1.0"),)
    assert found.entries == (
        ("iad-eval", "0.5.0"),
        ("Python", "3.11.9"),
        ("Started", "2026-11-24 03:21 UTC"),
        ("Finished", "2026-11-24 04:00 UTC"),
        ("Sessions", "3"),
        ("Merged from", "a, b and c"),
        ("Seed", "0"),
        ("At most per class", "4"),
        ("Git commit", "0123abc"),
        ("Hardware", "Linux, x86_64, 8 CPUs, device auto"),
        ("Datasets", "parts (2 classes); more (1 class)"),
        ("Models", "glass and lvlm"),
        ("Perturbations", "own"),
    )


FOREIGN: tuple[Json, ...] = (None, "text", 3, True, [], ["a", None], {"a": "b"}, {"a": {"b": "c"}})
KNOWN = (
    *("iad_eval", "started", "finished", "command_line", "sessions", "seed", "python", "packages"),
    *("hardware", "git_commit", "merged_from", "configuration", "classes", "prompts"),
)


def test_an_empty_manifest_tells_nothing() -> None:
    found = facts(WHOLE, {}, "one")
    assert (found.when, found.commands, found.packages, found.prompts) == ("", (), (), ())
    assert found.entries == (("Finished", "not recorded"),)
    assert found.prompts_left_out == 0


@pytest.mark.parametrize("value", FOREIGN, ids=repr)
def test_a_foreign_manifest_is_told_as_far_as_it_can_be_understood(value: Json) -> None:
    found = facts(WHOLE, dict.fromkeys(KNOWN, value), "one")
    assert all(isinstance(text, str) and text for entry in found.entries for text in entry)
    assert all(isinstance(text, str) and text for text in found.commands)
    for inner in ("limit", "models", "perturbations"):
        facts(WHOLE, {"configuration": {inner: value}, "sessions": [value]}, "one")
    for inner in ("machine", "system", "cpus", "device"):
        facts(WHOLE, {"hardware": {inner: value}}, "one")


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-11-24T03:21:45+00:00", "2026-11-24 03:21 UTC"),
        ("2026-11-24T03:21:45+02:00", "2026-11-24T03:21:45+02:00"),
        ("2026-11-24T03:21:45.123456+00:00", "2026-11-24T03:21:45.123456+00:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_times_of_ours_are_easy_to_read_and_others_stay(at: str, shown: str) -> None:
    assert _entries({"started": at})["Started"] == shown
    assert facts(WHOLE, {"started": at}, "one").when == shown


def test_a_run_that_did_not_finish_says_so() -> None:
    assert _entries({"started": "monday"})["Finished"] == "not recorded"


@pytest.mark.parametrize(("asked", "observed", "missing"), [(10, 7, 3), (7, 7, 0), (5, 7, 0)])
def test_what_is_missing_is_counted(asked: int, observed: int, missing: int) -> None:
    counts = {"asked": asked, "observed": observed, "unreadable": 0, "failed": 1}
    assert facts({"completeness": counts}, {}, "one").missing_views == missing


def test_a_few_prompts_of_each_protocol_are_shown() -> None:
    texts = {f"Question {number}?": ["parts/cap/original", "parts/cap/rotated"] for number in range(5)}
    manifest: dict[str, Json] = {"prompts": {"oneshot": texts, "zeroshot": {"Well?": None}}}
    found = facts(WHOLE, manifest, "one")
    places = ("parts/cap/original", "parts/cap/rotated")
    assert found.prompts == (
        *(Prompt("oneshot", f"Question {number}?", places) for number in range(3)),
        Prompt("zeroshot", "Well?", ()),
    )
    assert found.prompts_left_out == 2
