"""A failed gate is remarked on the lines of the prompt file that explain it, where there are such."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iad_eval.gating import Verdict
from iad_eval.remarks import remarks
from iad_eval.words import Json

ASKER = ("lvlm", "oneshot")
BOLT = Verdict("fail_drop", "parts", ASKER, "bolt", 0.02, "worse", True, 0.1, 0.05, 0.15, 0.001, 100)
NUT = replace(BOLT, class_name="nut")
OVERALL = replace(BOLT, class_name=None)
LEVEL = Verdict("min_accuracy", "parts", ASKER, None, 0.9, "missed", True, 0.8, 0.7, 0.9)
UNDECIDED = replace(BOLT, outcome="undecided", fails=False, decided_by=400)
HELD = replace(BOLT, outcome="no worse", fails=False)

OLD, NEW = "Any anomaly? Mind the rim.", "Any anomaly? Ignore dents."
SHARED = ["parts/bolt/original", "parts/nut/original"]
ORIGINS: list[Json] = [
    ["question", 1, "Any anomaly?"],
    ["classes.parts.bolt.sentence", 4, "Ignore dents."],
    ["classes.parts.nut.sentence", 7, "Ignore dents."],
]


@pytest.fixture(autouse=True)
def _outside_of_any_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    return tmp_path / "repository" / "cases" / "prompts.toml"


def _record(places: list[str] = SHARED, protocol: str = "oneshot") -> dict[str, Json]:
    return {"prompts": [{"protocol": protocol, "places": places, "before": OLD, "after": NEW}]}


def _manifest(prompts: Path, origins: list[Json] = ORIGINS) -> dict[str, Json]:
    return {"prompt_file": str(prompts), "prompt_origins": {"oneshot": {NEW: origins}}}


Told = list[tuple[str, str | None, int | None, str]]


def _told(
    verdicts: list[Verdict],
    record: dict[str, Json] | None = None,
    manifest: dict[str, Json] | None = None,
) -> Told:
    return [
        (each.level, None if each.path is None else each.path.as_posix(), each.line, each.title)
        for each in remarks(verdicts, record, manifest)
    ]


ON_BOLT = (
    "error",
    "cases/prompts.toml",
    4,
    "fail-drop[parts-bolt-lvlm-oneshot]: classes.parts.bolt.sentence",
)
ON_NUT = ("error", "cases/prompts.toml", 7, "fail-drop[parts-nut-lvlm-oneshot]: classes.parts.nut.sentence")
BOLT_ALONE = ("error", None, None, "fail-drop[parts-bolt-lvlm-oneshot]")
OVERALL_ALONE = ("error", None, None, "fail-drop[parts-overall-lvlm-oneshot]")


def test_a_class_that_fails_is_remarked_on_its_line_of_the_prompt_file(prompts: Path) -> None:
    (remark,) = remarks([BOLT], _record(), _manifest(prompts))
    assert remark.message == (
        "lvlm (oneshot) on parts/bolt is worse: a drop of 10.0 points (5.0–15.0), p = 0.001; "
        "the margin is 2.0 points."
    )
    assert _told([BOLT], _record(), _manifest(prompts)) == [ON_BOLT]
    assert _told([NUT], _record(), _manifest(prompts)) == [ON_NUT]  # the same prompt, but its own line


@pytest.mark.parametrize("class_name", ["bol", "bolts", "rim"])
def test_a_class_that_was_not_asked_otherwise_is_on_no_line(prompts: Path, class_name: str) -> None:
    other = replace(BOLT, class_name=class_name)
    assert _told([other], _record(), _manifest(prompts)) == [
        ("error", None, None, f"fail-drop[parts-{class_name}-lvlm-oneshot]")
    ]


def test_a_line_for_all_classes_is_remarked_for_each_that_fails(prompts: Path) -> None:
    origins: list[Json] = [["question", 1, "Any flaw?"], ["classes.parts.bolt.sentence", 4, "Mind the rim."]]
    record: dict[str, Json] = {
        "prompts": [
            {"protocol": "oneshot", "places": SHARED, "before": OLD, "after": "Any flaw? Mind the rim."}
        ]
    }
    manifest: dict[str, Json] = {
        "prompt_file": str(prompts),
        "prompt_origins": {"oneshot": {"Any flaw? Mind the rim.": origins}},
    }
    assert _told([BOLT, NUT], record, manifest) == [
        ("error", "cases/prompts.toml", 1, f"fail-drop[parts-{name}-lvlm-oneshot]: question")
        for name in ("bolt", "nut")
    ]


def test_a_line_that_asks_in_several_views_is_remarked_once(prompts: Path) -> None:
    changed: list[Json] = [
        {"protocol": "oneshot", "places": [f"parts/bolt/{view}"], "before": before, "after": NEW}
        for view, before in (("original", OLD), ("rotated", f"{OLD} Ignore the angle."))
    ]
    assert _told([BOLT], {"prompts": changed}, _manifest(prompts)) == [ON_BOLT]


def test_all_classes_together_are_on_no_line_where_a_class_tells_it(prompts: Path) -> None:
    assert _told([OVERALL, BOLT], _record(), _manifest(prompts)) == [OVERALL_ALONE, ON_BOLT]


def test_all_classes_together_are_on_every_line_where_no_class_fails(prompts: Path) -> None:
    title = "fail-drop[parts-overall-lvlm-oneshot]"
    on_lines = [
        ("error", "cases/prompts.toml", line, f"{title}: classes.parts.{name}.sentence")
        for name, line in (("bolt", 4), ("nut", 7))
    ]
    assert _told([OVERALL], _record(), _manifest(prompts)) == on_lines
    other = replace(BOLT, asker=("lvlm", "zeroshot"))  # who was asked in another way tells nothing here
    assert _told([OVERALL, other], _record(), _manifest(prompts))[:2] == on_lines


def test_an_undecided_drop_is_a_warning_on_a_line_and_nothing_elsewhere(prompts: Path) -> None:
    assert _told([UNDECIDED], _record(), _manifest(prompts)) == [("warning", *ON_BOLT[1:])]
    assert _told([UNDECIDED]) == []
    fails = replace(UNDECIDED, fails=True)
    assert _told([fails], _record(), _manifest(prompts)) == [ON_BOLT]
    assert _told([fails]) == [BOLT_ALONE]


def test_what_holds_is_not_remarked(prompts: Path) -> None:
    assert _told([HELD, replace(HELD, outcome="unchanged")], _record(), _manifest(prompts)) == []


def test_a_level_is_on_no_line(prompts: Path) -> None:
    expected: Told = [("error", None, None, "min-accuracy[parts-overall-lvlm-oneshot]")]
    assert _told([LEVEL], _record(), _manifest(prompts)) == expected
    assert _told([LEVEL]) == expected


@pytest.mark.parametrize(
    ("record", "manifest"),
    [
        (_record(), {}),
        (_record(), {"prompt_file": None, "prompt_origins": {}}),
        (_record(), {"prompt_file": "prompts.toml"}),
        (_record(), {"prompt_file": "prompts.toml", "prompt_origins": {"oneshot": {}}}),
        (_record(), {"prompt_file": "prompts.toml", "prompt_origins": {"oneshot": {NEW: []}}}),
        (_record(), {"prompt_file": "prompts.toml", "prompt_origins": {"oneshot": {NEW: [["question"]]}}}),
        (_record(protocol="zeroshot"), None),
        (_record(["visa/bolt/original"]), None),
        ({"prompts": []}, None),
    ],
)
def test_without_a_line_to_blame_a_failure_is_on_the_change_as_a_whole(
    prompts: Path, record: dict[str, Json], manifest: dict[str, Json] | None
) -> None:
    assert _told([BOLT], record, _manifest(prompts) if manifest is None else manifest) == [BOLT_ALONE]


def test_a_class_whose_name_has_to_be_quoted_finds_its_line(prompts: Path) -> None:
    origins: list[Json] = [
        ['classes.parts."a b".sentence', 4, "Ignore dents."],
        ["classes.parts.b.sentence", 7, "Ignore dents."],
    ]
    verdict = replace(BOLT, class_name="a b")
    told = _told([verdict], _record(["parts/a b/original"]), _manifest(prompts, origins))
    assert [line for _, _, line, _ in told] == [4]
