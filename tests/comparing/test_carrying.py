"""Cases that were left out since nothing about them changed count as they were stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, replace

import made_by_hand
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs_by_hand import asked, case_of, rekeyed, run_of

from iad_eval.comparing import Comparison, compare
from iad_eval.comparing.carrying import carried
from iad_eval.comparing.matched import Missing
from iad_eval.storing import held_key
from iad_eval.words import Case, Observation

BEFORE = rekeyed(made_by_hand.observations())
TRAINING = made_by_hand.training()
STORED = run_of(BEFORE, training=TRAINING)
CASES = sorted({case_of(each) for each in BEFORE}, key=lambda case: (*case.group, case.perturbation))
ORIGINAL = Case("lvlm", "parts", "bolt", "original", "oneshot")
ROTATED = replace(ORIGINAL, perturbation="rotated")


def _edited(observations: Iterable[Observation], touched: Collection[Case]) -> list[Observation]:
    """Asked another way in the touched cases: yes is no, what scored high scores low."""
    opposite = {"Yes.": "No.", "No.": "Yes."}
    return [
        each
        if case_of(each) not in touched or each.error is not None
        else replace(
            each,
            key=f"edited {each.key}",
            answer=each.answer and opposite.get(each.answer, "No."),
            score=None if each.score is None else 2.0 - each.score,
        )
        for each in observations
    ]


def _untouched(after: Iterable[Observation]) -> dict[Case, str]:
    """As a session tells them: all that it would ask is held, with the digest of the answers."""
    keys: dict[Case, dict[str, str]] = {}
    for each in after:
        keys.setdefault(case_of(each), {})[each.sample] = each.key
    return {case: held for case, of in keys.items() if (held := held_key(STORED, case, of)) is not None}


def _told(comparison: Comparison) -> list[object]:
    return [comparison.record[name] for name in ("changes", "auroc", "flips", "thresholds", "missing")]


def _compared_both_ways(touched: Collection[Case]) -> tuple[Comparison, Comparison]:
    after = _edited(BEFORE, touched)
    untouched = _untouched(after)
    assert not untouched.keys() & set(touched)
    whole = compare(STORED, run_of(after, name="after", training=TRAINING))
    asked_again = [each for each in after if case_of(each) not in untouched]
    part = run_of(asked_again, name="after", training=TRAINING)
    return whole, compare(STORED, part, untouched=untouched)


@pytest.mark.parametrize(
    "touched",
    [
        [],
        [ROTATED],
        [case for case in CASES if case.class_name == "washer"],
        [case for case in CASES if case.model == "detector"],
        [case for case in CASES if case.perturbation == "original"],
    ],
    ids=["nothing", "one view of a class", "a class", "a model", "a view"],
)
def test_a_run_that_left_out_what_is_untouched_compares_as_one_that_asked_everything(
    touched: list[Case],
) -> None:
    whole, part = _compared_both_ways(touched)
    assert _told(whole) == _told(part)
    assert bool(whole.record["flips"]) == bool(touched)


@settings(max_examples=25, deadline=None)
@given(st.sets(st.sampled_from(CASES)))
def test_whatever_is_touched_leaving_out_the_rest_changes_no_figure(touched: set[Case]) -> None:
    whole, part = _compared_both_ways(touched)
    assert _told(whole) == _told(part)


def test_the_record_names_the_untouched_cases_in_order() -> None:
    _, part = _compared_both_ways([case for case in CASES if case.model != "detector"])
    untouched = part.record["untouched"]
    assert isinstance(untouched, list)
    assert [(each["model"], each["class_name"], each["perturbation"]) for each in untouched] == [
        ("detector", name, view)
        for name in ("bolt", "washer")
        for view in ("original", "padded", "rotated", "timestamp")
    ]


BOLTS = asked("parts/bolt", "aag", original="yyn", rotated="ynn")
SMALL = run_of(BOLTS)
KEYS = {case: SMALL.classes[0].keys[("lvlm", "oneshot"), case.perturbation] for case in (ORIGINAL, ROTATED)}


def test_one_view_of_a_class_is_carried_beside_another_that_was_asked() -> None:
    after = run_of(asked("parts/bolt", "aag", rotated="nnn", key="edited"), name="after")
    comparison = compare(SMALL, after, untouched={ORIGINAL: KEYS[ORIGINAL]})
    (bolt,) = comparison.matching.classes
    assert bolt.perturbations == ["original", "rotated"]
    assert bolt.is_touched == [False, True]
    assert bolt.after.calls.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert comparison.matching.missing == []


def test_photographs_of_both_stand_in_the_carried_class() -> None:
    after = run_of(asked("parts/bolt", "aaga", rotated="..ny", key="edited"), name="after")
    (bolt,) = carried(SMALL, after, {ORIGINAL: KEYS[ORIGINAL]}).classes
    names = ["bent/000", "bent/001", "bent/003", "good/002"]
    assert bolt.judged.samples == [f"parts/bolt/test/{name}" for name in names]
    assert bolt.judged.defects == ["bent", "bent", "bent", "good"]
    assert bolt.judged.is_anomalous.tolist() == [True, True, True, False]
    assert bolt.digests == ["00000000", "00000001", "00000003", "00000002"]
    assert {each.perturbation: each.photographs.tolist() for each in bolt.judged.judged} == {
        "original": [0, 1, 3],
        "rotated": [2, 3],
    }


def test_a_stored_run_with_other_answers_does_not_count() -> None:
    after = run_of(asked("parts/bolt", "aag", rotated="yyn"), name="after")
    comparison = compare(SMALL, after, untouched={ORIGINAL: "of another stored run"})
    assert comparison.matching.missing == [Missing(ORIGINAL, "after", "not run", 3)]
    assert [each.perturbations for each in comparison.matching.classes] == [["rotated"]]
    assert comparison.record["untouched"] == []


def test_what_was_asked_after_all_is_not_carried() -> None:
    after = run_of(asked("parts/bolt", "aag", original="nny", key="edited"), name="after")
    comparison = compare(SMALL, after, untouched=KEYS)
    (bolt,) = comparison.matching.classes
    assert bolt.after.calls.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert bolt.is_touched == [True, False]
    assert comparison.record["untouched"] == [asdict(ROTATED)]


def test_without_untouched_cases_a_run_is_itself() -> None:
    assert carried(STORED, SMALL, {}) is SMALL
