"""What gates come to: a drop is worse, no worse, undecided or unchanged; a level holds or does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from runs_by_hand import asked, compared, run_of, scored

from iad_eval.comparing import Comparison, compare
from iad_eval.gating import Verdict, drop_verdicts, level_verdicts
from iad_eval.limits import Gate, GateSettings, limits_of
from iad_eval.stored import StoredRun
from iad_eval.words import Json, Observation, TrainingScores

BOLT = "parts/bolt"
TRUTHS = "a" * 20
LVLM = ("lvlm", "oneshot")


def _letters(wrong: int) -> str:
    return "n" * wrong + "y" * (20 - wrong)


def _lost(wrong: int) -> Comparison:
    """Of twenty bolts that were right so many are wrong."""
    return compared(TRUTHS, _letters(0), _letters(wrong))


def _settings(*typed: str, gate: Gate = "fail_drop", undecided_fails: bool = False) -> GateSettings:
    return GateSettings(Path("baseline.json"), (limits_of(gate, typed),), undecided_fails)


def _class(comparison: Comparison, settings: GateSettings, noise: Sequence[Json] = ()) -> Verdict:
    (verdict,) = [each for each in drop_verdicts(comparison, settings, noise) if each.class_name is not None]
    return verdict


@pytest.mark.parametrize(
    ("wrong", "limit", "outcome", "p"),
    [
        (6, "2", "worse", 2 / 64),  # a drop of 30 points, and six photographs against none
        (6, "29", "worse", 2 / 64),
        (6, "30", "undecided", 2 / 64),  # the estimate is the margin
        (6, "31", "undecided", 2 / 64),
        (6, "90", "no worse", 2 / 64),
        (5, "2", "undecided", 2 / 32),  # not established
        (1, "2", "undecided", 1.0),
        (0, "2", "undecided", 1.0),  # asked another way: twenty photographs leave up to 17% open
        (0, "16", "undecided", 1.0),
        (0, "17", "no worse", 1.0),  # 1 - 0.025 ** (1 / 20) = 0.168
    ],
)
def test_a_drop_is_worse_no_worse_or_undecided(wrong: int, limit: str, outcome: str, p: float) -> None:
    verdict = _class(_lost(wrong), _settings(limit))
    assert verdict.outcome == outcome
    assert verdict.fails is (outcome == "worse")
    assert verdict.value == pytest.approx(wrong / 20)
    assert verdict.p == pytest.approx(p)
    assert verdict.photographs == 20
    assert verdict.limit == pytest.approx(int(limit) / 100)


def test_where_nothing_that_decides_an_answer_differs_a_drop_is_unchanged() -> None:
    same = compared(TRUTHS, _letters(3), _letters(3), key="k")
    verdicts = drop_verdicts(same, _settings("0"), ())
    assert [(each.class_name, each.outcome, each.fails) for each in verdicts] == [
        ("bolt", "unchanged", False),
    ]


def test_answers_that_flipped_though_nothing_differs_are_judged() -> None:
    assert _class(compared(TRUTHS, _letters(0), _letters(6), key="k"), _settings("2")).outcome == "worse"
    turned = compared("ag" * 10, "y" * 20, "n" * 20, key="k")  # ten lost, ten won
    assert _class(turned, _settings("2")).outcome == "undecided"


def test_better_is_no_worse() -> None:
    verdict = _class(compared(TRUTHS, _letters(8), _letters(0)), _settings("2"))
    assert (verdict.outcome, verdict.fails) == ("no worse", False)
    assert verdict.value == pytest.approx(-0.4)


def _told(comparison: Comparison, **fields: float) -> Comparison:
    """With other figures in its rows."""
    rows = comparison.record["changes"]
    assert isinstance(rows, list)
    return replace(comparison, record={**comparison.record, "changes": [{**row, **fields} for row in rows]})


@pytest.mark.parametrize(("p", "outcome"), [(0.05, "worse"), (0.0500001, "undecided"), (0.0, "worse")])
def test_five_percent_is_established(p: float, outcome: str) -> None:
    assert _class(_told(_lost(6), p_holm=p), _settings("2")).outcome == outcome


@pytest.mark.parametrize(("high", "outcome"), [(0.4, "undecided"), (0.3999, "no worse")])
def test_the_interval_must_end_below_the_limit(high: float, outcome: str) -> None:
    assert _class(_told(_lost(6), high=high), _settings("40")).outcome == outcome


def test_a_mean_of_classes_that_is_the_margin_does_not_exceed_it() -> None:
    """Drops of 10, 20 and 30 points: in floating point their mean is a little more than 20."""
    before, after = (
        run_of(
            *(asked(f"parts/{name}", "a" * 30, original="n" * lost + "y" * (30 - lost)) for name, lost in of)
        )
        for of in ([("a", 0), ("b", 0), ("c", 0)], [("a", 3), ("b", 6), ("c", 9)])
    )
    overall = drop_verdicts(compare(before, after), _settings("overall=20"), ())[0]
    assert overall.p == pytest.approx(2 / 2**18)
    assert overall.outcome == "undecided"
    assert overall.decided_by is None


def test_undecided_may_be_made_to_fail() -> None:
    for wrong, fails in ((1, True), (6, True)):
        assert _class(_lost(wrong), _settings("2", undecided_fails=True)).fails is fails
    assert not _class(_lost(0), _settings("17", undecided_fails=True)).fails


@pytest.mark.parametrize(
    ("wrong", "limit", "decided_by"),
    [
        (6, "2", None),  # worse
        (0, "17", None),  # no worse
        (6, "30", None),  # undecided, but at the margin no number of photographs would do
        (0, "2", 183),  # log(0.025) / log(1 - 0.02) = 182.6
        (5, "2", 25),  # variance 20 / 19 * 3.75 / 400, gap 0.25: 20 * 1.2394 = 24.8; six must lose: 24
    ],
)
def test_an_undecided_drop_says_how_many_photographs_would_decide(
    wrong: int, limit: str, decided_by: int | None
) -> None:
    assert _class(_lost(wrong), _settings(limit)).decided_by == decided_by


def test_how_many_would_decide_counts_the_classes_that_are_corrected_for() -> None:
    before, after = (
        run_of(*(asked(f"parts/{name}", TRUTHS, original=_letters(wrong)) for name, wrong in of))
        for of in ([("bolt", 0), ("nut", 0), ("pin", 0)], [("bolt", 5), ("nut", 5), ("pin", 0)])
    )
    verdicts = drop_verdicts(compare(before, after), _settings("each=2"), ())
    # (2.2414 + 0.8416) ** 2 in place of (1.96 + 0.8416) ** 2, since two classes have flips: 30.02, not 24.79
    assert {each.class_name: each.decided_by for each in verdicts} == {"bolt": 31, "nut": 31, "pin": None}


@pytest.mark.parametrize(
    ("typed", "places"),
    [
        (["2"], ["bolt"]),
        (["overall=2"], [None]),
        (["2", "bolt=10"], [None, "bolt"]),
    ],
)
def test_a_class_that_is_all_there_is_speaks_for_the_mean_where_their_limits_are_one(
    typed: list[str], places: list[str | None]
) -> None:
    assert [each.class_name for each in drop_verdicts(_lost(3), _settings(*typed), ())] == places


def test_runs_that_share_no_threshold_fail_a_drop_gate() -> None:
    scores = (2.0, 0.1)
    trained = TrainingScores("parts", "bolt", "glass", None, (0.5, 1.0), "in-sample", "k")
    before = run_of(scored(BOLT, "ag", original=scores), training=[trained])
    after = run_of(scored(BOLT, "ag", original=scores, key="edited"), name="after")
    found = drop_verdicts(compare(before, after), _settings("overall=2"), ())
    assert [(each.class_name, each.outcome, each.fails) for each in found] == [("bolt", "not measured", True)]
    assert drop_verdicts(compare(before, after), _settings("nut=2"), ()) == []


def test_each_class_has_its_limit_and_the_mean_its_own() -> None:
    before, after = (
        run_of(*(asked(f"parts/{name}", TRUTHS, original=_letters(wrong)) for name, wrong in of))
        for of in ([("bolt", 0), ("nut", 0)], [("bolt", 12), ("nut", 12)])
    )
    comparison = compare(before, after)

    def outcomes(*typed: str) -> list[tuple[str | None, float, str]]:
        verdicts = drop_verdicts(comparison, _settings(*typed), ())
        return [(each.class_name, each.limit, each.outcome) for each in verdicts]

    assert outcomes("2", "bolt=90") == [
        (None, 0.02, "worse"),
        ("bolt", 0.9, "no worse"),
        ("nut", 0.02, "worse"),
    ]
    assert outcomes("overall=50") == [(None, 0.5, "worse")]
    assert outcomes("parts/nut=50", "nut=60") == [("nut", 0.5, "worse")]
    assert outcomes() == []


def test_verdicts_stand_by_dataset_and_asker_with_all_classes_first() -> None:
    said = [
        observation
        for place in ("b/nut", "a/nut", "a/bolt")
        for protocol in ("zeroshot", "oneshot")
        for observation in asked(place, "ag", original="yn", protocol=protocol)
    ]
    verdicts = drop_verdicts(compare(run_of(said), run_of(said)), _settings("2"), ())
    assert [each.name for each in verdicts] == [
        f"fail-drop[{dataset}-{name}-lvlm-{protocol}]"
        for dataset, names in (("a", ("overall", "bolt", "nut")), ("b", ("nut",)))
        for protocol in ("oneshot", "zeroshot")
        for name in names
    ]


def _yes_man(observations: Sequence[Observation]) -> list[Observation]:
    return [replace(each, model="always-anomalous", protocol=None, answer="Yes.") for each in observations]


def test_models_that_do_not_look_are_left_out_unless_they_are_alone() -> None:
    said = asked(BOLT, TRUTHS, original=_letters(0))
    both, alone = run_of(said, _yes_man(said)), run_of(_yes_man(said))
    gates = ("fail_drop", "min_accuracy", "max_unreadable")
    for gate in gates:
        for run, models in ((both, {"lvlm"}), (alone, {"always-anomalous"})):
            settings = _settings("2", gate=gate)  # type: ignore[arg-type]  # a literal each
            verdicts = drop_verdicts(compare(run, run), settings, ())
            verdicts += level_verdicts([each.judged for each in run.classes], settings, 0)
            assert {each.asker[0] for each in verdicts} == models


@pytest.mark.parametrize(
    ("place", "floor"),
    [
        ({"class_name": "bolt"}, 0.03),
        ({"class_name": None}, None),
        ({"class_name": "bolt", "protocol": "zeroshot"}, None),
        ({"class_name": "bolt", "dataset": "visa"}, None),
    ],
)
def test_the_noise_of_sampling_is_attached_where_it_was_measured(
    place: Mapping[str, Json], floor: float | None
) -> None:
    measured: Json = {
        "dataset": "parts",
        "model": "lvlm",
        "protocol": "oneshot",
        "noise_floor": 0.03,
        **place,
    }
    assert _class(_lost(1), _settings("2"), [measured]).noise_floor == floor


def test_a_verdict_is_a_flat_json_object() -> None:
    assert Verdict(
        "fail_drop", "parts", LVLM, "bolt", 0.02, "worse", True, 0.3, 0.1, 0.5, 0.03, 20
    ).to_json() == {
        "name": "fail-drop[parts-bolt-lvlm-oneshot]",
        "gate": "fail_drop",
        "dataset": "parts",
        "model": "lvlm",
        "protocol": "oneshot",
        "class_name": "bolt",
        "limit": 0.02,
        "outcome": "worse",
        "fails": True,
        "value": 0.3,
        "low": 0.1,
        "high": 0.5,
        "p": 0.03,
        "photographs": 20,
        "decided_by": None,
        "noise_floor": None,
    }
    overall = Verdict("max_unreadable", "parts", ("glass", None), None, 0.02, "held", False)
    assert overall.name == "max-unreadable[parts-overall-glass]"


LEVELS = run_of(
    asked(BOLT, "aaag", original="yy?n", rotated="yn?y", padded="y?fn"),
    asked("parts/nut", "ag", original="yn", rotated="yy", padded="yn"),
)
"""Bolts: 3 of 4, 1 of 4, 2 of 3 right; unreadable 1 of 4, 1 of 4, 1 of 3. Nuts: all, half, all right."""


def _levels(run: StoredRun, gate: Gate, *typed: str) -> dict[str | None, Verdict]:
    verdicts = level_verdicts([each.judged for each in run.classes], _settings(*typed, gate=gate), 0)
    return {each.class_name: each for each in verdicts}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["87.5"], {None: ("held", 0.875)}),  # (3 / 4 + 1) / 2
        (["87.6"], {None: ("missed", 0.875)}),
        (["each=75"], {"bolt": ("held", 0.75), "nut": ("held", 1.0)}),
        (["each=75.1"], {"bolt": ("missed", 0.75), "nut": ("held", 1.0)}),
        (["0", "nut=100"], {None: ("held", 0.875), "nut": ("held", 1.0)}),
    ],
)
def test_the_least_accuracy_is_that_of_the_original_views(
    typed: list[str], expected: dict[str | None, tuple[str, float]]
) -> None:
    found = _levels(LEVELS, "min_accuracy", *typed)
    assert {name: (each.outcome, each.value) for name, each in found.items()} == expected
    for verdict in found.values():
        assert verdict.fails is (verdict.outcome == "missed")
        assert verdict.low is not None
        assert verdict.high is not None
        assert verdict.low <= (verdict.value or 0.0) <= verdict.high


def test_without_original_views_the_first_perturbation_counts() -> None:
    run = run_of(asked(BOLT, "ag", rotated="yn", padded="yy"))
    assert _levels(run, "min_accuracy", "50")[None].value == 0.5


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # photographs judged in all views: bolts 0, 1, 3: 3 / 3 - 1 / 3, 3 / 3 - 2 / 3; nuts 1 - 1 / 2, 0
        (["37.5"], {None: ("held", 0.375)}),
        (["37"], {None: ("missed", 0.375)}),
        (["bolt=49", "nut=25"], {"bolt": ("missed", 0.5), "nut": ("held", 0.25)}),
    ],
)
def test_the_largest_average_drop_is_over_photographs_in_all_views(
    typed: list[str], expected: dict[str | None, tuple[str, float]]
) -> None:
    found = _levels(LEVELS, "max_average_drop", *typed)
    assert {name: each.outcome for name, each in found.items()} == {
        name: outcome for name, (outcome, _) in expected.items()
    }
    for name, (_, value) in expected.items():
        assert found[name].value == pytest.approx(value)


def test_an_average_drop_that_one_view_cannot_tell_is_not_measured_and_fails() -> None:
    found = _levels(run_of(asked(BOLT, "ag", original="yn")), "max_average_drop", "2", "bolt=2")
    assert {name: (each.outcome, each.fails) for name, each in found.items()} == {
        None: ("not measured", True),
        "bolt": ("not measured", True),
    }


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["17.7"], {None: ("held", 3 / 17)}),  # of 17 views that were judged
        (["17.6"], {None: ("missed", 3 / 17)}),
        (["each=27.3"], {"bolt": ("held", 3 / 11), "nut": ("held", 0.0)}),
        (["bolt=27.2"], {"bolt": ("missed", 3 / 11)}),
        (["nut=0"], {"nut": ("held", 0.0)}),
    ],
)
def test_unreadable_answers_are_counted_over_all_views(
    typed: list[str], expected: dict[str | None, tuple[str, float]]
) -> None:
    found = _levels(LEVELS, "max_unreadable", *typed)
    assert {name: (each.outcome, each.value) for name, each in found.items()} == expected
    for verdict in found.values():
        assert verdict.low is not None
        assert verdict.high is not None
        assert verdict.low <= (verdict.value or 0.0) < verdict.high


def test_a_detector_has_no_unreadable_answers_to_be_held_to() -> None:
    run = run_of(scored(BOLT, "ag", original=(1.0, 0.0)))
    assert _levels(run, "max_unreadable", "2") == {}


def test_what_was_not_measured_fails() -> None:
    run = run_of(asked(BOLT, "ag", original="ff", rotated="yf"), asked("parts/nut", "ag", original="ff"))
    accuracies = _levels(run, "min_accuracy", "0", "each=0")
    assert {(name, each.outcome, each.fails, each.value) for name, each in accuracies.items()} == {
        (name, "not measured", True, None) for name in (None, "bolt", "nut")
    }
    unreadable = _levels(run, "max_unreadable", "0", "each=0")
    assert {name: (each.outcome, each.value) for name, each in unreadable.items()} == {
        None: ("held", 0.0),  # the one answer there is
        "bolt": ("held", 0.0),
        "nut": ("not measured", None),
    }


def test_nothing_is_held_to_limits_that_were_not_set() -> None:
    classes = [each.judged for each in LEVELS.classes]
    assert level_verdicts(classes, _settings("2"), 0) == []
    assert level_verdicts([], _settings("2", gate="min_accuracy"), 0) == []
