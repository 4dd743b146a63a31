"""Limits as they are typed, and which of them holds for a class."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from iad_eval.errors import UsageError
from iad_eval.limits import GATES, Gate, GateSettings, Limit, Limits, flag_of, limits_of


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2", Limit(0.02)),
        ("0", Limit(0.0)),
        ("100", Limit(1.0)),
        ("2.5%", Limit(0.025)),
        (" 2 ", Limit(0.02)),
        ("overall=2", Limit(0.02, "overall")),
        ("each=5", Limit(0.05, "each")),
        ("capsule=10", Limit(0.1, "capsule")),
        ("capsule = 10 %", Limit(0.1, "capsule")),
        ("mvtec/capsule=10", Limit(0.1, "mvtec/capsule")),
        ("a=b=10", Limit(0.1, "a=b")),  # a folder may be called so
        ("=10", Limit(0.1)),
    ],
)
def test_a_limit_is_typed_in_percent(text: str, limit: Limit) -> None:
    assert Limit.parse("fail_drop", text) == limit


@pytest.mark.parametrize(
    "text", ["", "two", "capsule", "capsule=", "capsule=ten", "-1", "100.1", "nan", "inf", "2 points", "2%%"]
)
@pytest.mark.parametrize("gate", GATES)
def test_what_is_no_limit_is_refused_with_an_example(gate: Gate, text: str) -> None:
    flag = f"--iad-{gate.replace('_', '-')}"
    expected = (
        f"{flag} takes a number from 0 to 100, alone or for a class, not {text!r}; type for example "
        f"{flag} 2 or {flag} capsule=5"
    )
    with pytest.raises(UsageError, match=f"^{re.escape(expected)}$"):
        Limit.parse(gate, text)


EVERY_PLACE = ["1", "overall=2", "each=3", "capsule=4", "mvtec/capsule=5"]


@pytest.mark.parametrize(
    ("typed", "overall", "of_capsule", "of_gear"),
    [
        (EVERY_PLACE, 0.02, 0.05, 0.03),
        (EVERY_PLACE[::-1], 0.02, 0.05, 0.03),  # not the order counts, but how exact a place is
        (EVERY_PLACE[:4], 0.02, 0.04, 0.03),
        (["each=3"], None, 0.03, 0.03),
        (["overall=2"], 0.02, None, None),
        (["capsule=4"], None, 0.04, None),
        (["visa/capsule=4"], None, None, None),
        (["each=3", "each=1"], None, 0.01, 0.01),  # the last of several
        (["capsule=0", "each=3"], None, 0.0, 0.03),  # 0 is a limit, too
        ([], None, None, None),
    ],
)
@pytest.mark.parametrize("gate", ["fail_drop", "min_accuracy"])
def test_the_most_exact_place_wins(
    gate: Gate, typed: list[str], overall: float | None, of_capsule: float | None, of_gear: float | None
) -> None:
    limits = limits_of(gate, typed)
    assert limits.overall() == overall
    assert limits.of_class("mvtec", "capsule") == of_capsule
    assert limits.of_class("mvtec", "gear") == of_gear
    assert bool(limits) is bool(typed)


@pytest.mark.parametrize(
    ("gate", "of_class"),
    [("fail_drop", 0.02), ("min_accuracy", None), ("max_average_drop", None), ("max_unreadable", None)],
)
def test_a_plain_limit_holds_for_all_classes_together_and_a_drops_for_each(
    gate: Gate, of_class: float | None
) -> None:
    limits = limits_of(gate, ["2"])
    assert limits.overall() == 0.02
    assert limits.of_class("mvtec", "capsule") == of_class


CLASSES = {"mvtec": ["capsule", "gear"], "visa": ["capsules"]}


@pytest.mark.parametrize(
    "where", ["", "overall", "each", "capsule", "capsules", "mvtec/gear", "visa/capsules"]
)
def test_a_known_place_is_accepted(where: str) -> None:
    Limits("fail_drop", (Limit(0.02, where),)).require_known(CLASSES)


@pytest.mark.parametrize(
    ("where", "hint"),
    [
        ("gaer", " Did you mean 'gear'?"),
        ("visa/capsule", " Did you mean 'visa/capsules' or 'capsule' or 'mvtec/capsule'?"),
        ("zzz", ""),
        ("mvtec", " Did you mean 'mvtec/gear' or 'mvtec/capsule'?"),
    ],
)
def test_an_unknown_place_is_refused_with_the_nearest(where: str, hint: str) -> None:
    limits = limits_of("max_unreadable", ["2", f"{where}=2.5"])
    with pytest.raises(UsageError) as refused:
        limits.require_known(CLASSES)
    assert str(refused.value) == (
        f"--iad-max-unreadable {where}=2.5: there is no class {where!r} here.{hint} Known: capsule, "
        "capsules, each, gear, mvtec/capsule, mvtec/gear, overall, visa/capsules"
    )


def test_settings_give_each_gate_its_limits() -> None:
    drop = limits_of("fail_drop", ["2"])
    settings = GateSettings(Path("baseline.json"), (drop,))
    assert settings.of("fail_drop") is drop
    assert not settings.of("min_accuracy")


@pytest.mark.parametrize(
    ("limits", "changed_only", "flag"),
    [((limits_of("fail_drop", ["2"]),), False, "--iad-fail-drop"), ((), True, "--iad-changed-only")],
)
def test_what_compares_wants_something_to_compare_with(
    limits: tuple[Limits, ...], changed_only: bool, flag: str
) -> None:
    expected = f"{flag} wants something to compare with: --iad-compare FILE|RUN"
    with pytest.raises(UsageError, match=f"^{re.escape(expected)}$"):
        GateSettings(None, limits, changed_only=changed_only)


def test_a_level_wants_nothing_to_compare_with() -> None:
    assert GateSettings(None, (limits_of("min_accuracy", ["85"]), Limits("fail_drop"))).compare is None


def test_a_flag_is_the_gates_name_as_typed() -> None:
    assert [flag_of(gate) for gate in GATES] == [
        "--iad-fail-drop",
        "--iad-min-accuracy",
        "--iad-max-average-drop",
        "--iad-max-unreadable",
    ]
