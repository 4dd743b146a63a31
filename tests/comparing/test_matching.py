"""Exactly the views that both runs have are compared; what is missing is told with its reason, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs_by_hand import asked, case_of, run_of, scored

from iad_eval.comparing import compare
from iad_eval.comparing.matched import MatchedClass, Missing
from iad_eval.comparing.matching import match
from iad_eval.errors import UsageError
from iad_eval.stored import StoredRun
from iad_eval.words import Case, Observation, TrainingScores

BOLT = "parts/bolt"
ORIGINAL = Case("lvlm", "parts", "bolt", "original", "oneshot")
ROTATED = replace(ORIGINAL, perturbation="rotated")


def test_views_that_both_hold_are_compared() -> None:
    before = run_of(asked(BOLT, "aagg", original="yn?n", rotated="yyf."))
    after = run_of(asked(BOLT, "aagg", original="nyn.", rotated="n.yy", key="edited"))
    (bolt,) = match(before, after).classes
    assert bolt.samples == [f"parts/bolt/test/{each}" for each in ("bent/000", "bent/001", "good/002")]
    assert bolt.perturbations == ["original", "rotated"]
    assert bolt.both.tolist() == [[True, True, True], [True, False, False]]
    assert bolt.before.calls.tolist() == [[1, 0, -1], [1, -2, -2]]
    assert bolt.after.calls.tolist() == [[0, 1, 0], [0, -2, -2]]
    assert bolt.right("before").tolist() == [[True, False, False], [True, False, False]]
    assert bolt.right("after").tolist() == [[False, True, True], [False, False, False]]
    assert bolt.before.answers == [["Yes, a dent.", "No.", "Hm."], ["Yes, a dent.", "", ""]]
    assert bolt.threshold == "answer"
    assert bolt.is_touched == [True, True]


def test_pairs_hold_the_photographs_of_the_views_asked_for() -> None:
    before = run_of(asked(BOLT, "aag", original="yyn", rotated="y.."))
    (bolt,) = match(before, run_of(asked(BOLT, "aag", original="yyn", rotated="n.."))).classes
    rotated = bolt.pairs("rotated")
    assert rotated is not None
    assert (rotated.photographs, rotated.newly_wrong, rotated.newly_right) == (1, 1, 0)
    whole = bolt.pairs()
    assert whole is not None
    assert whole.views.tolist() == [2, 1, 1]
    assert bolt.pairs("padded") is None


@pytest.mark.parametrize(
    ("before", "after", "planned", "missing"),
    [
        ("yn", "yn", {}, []),
        ("yn", "y.", {}, [Missing(ORIGINAL, "after", "no such photograph", 1)]),
        ("yn", "y.", {ORIGINAL: 2}, [Missing(ORIGINAL, "after", "not observed", 1)]),
        ("yn", "yf", {}, [Missing(ORIGINAL, "after", "not observed", 1)]),
        (".n", "y.", {}, [Missing(ORIGINAL, side, "no such photograph", 1) for side in ("after", "before")]),
        ("fn", "yn", {}, [Missing(ORIGINAL, "before", "not observed", 1)]),
        ("ff", "ff", {}, []),  # nobody holds a view
    ],
)
def test_a_photograph_that_one_side_lacks_is_told_with_its_reason(
    before: str, after: str, planned: dict[Case, int], missing: list[Missing]
) -> None:
    matching = match(
        run_of(asked(BOLT, "ag", original=before)), run_of(asked(BOLT, "ag", original=after), planned=planned)
    )
    assert matching.missing == missing


def test_a_case_that_one_side_did_not_ask_for_was_not_run() -> None:
    before = run_of(asked(BOLT, "aag", original="yyn", rotated="yyn"), asked("parts/nut", "a", original="y"))
    after = run_of(asked(BOLT, "aag", original="yyn"))
    nut = replace(ORIGINAL, class_name="nut")
    expected = [Missing(ROTATED, "after", "not run", 3), Missing(nut, "after", "not run", 1)]
    assert match(before, after).missing == expected
    assert match(after, before).missing == [replace(each, side="before") for each in expected]


def test_a_class_that_was_asked_for_and_not_reached_was_not_observed() -> None:
    before = run_of(asked(BOLT, "aag", original="yyn"))
    after = run_of(asked("parts/nut", "a", original="y"), planned={ORIGINAL: 3})
    nut = replace(ORIGINAL, class_name="nut")
    assert match(before, after).missing == [
        Missing(ORIGINAL, "after", "not observed", 3),
        Missing(nut, "before", "not run", 1),
    ]


def test_a_class_that_nobody_reached_is_told_for_both() -> None:
    nut = replace(ORIGINAL, class_name="nut")
    before = run_of(asked(BOLT, "ag", original="yn"), planned={nut: 5})
    after = run_of(asked(BOLT, "ag", original="yn"))
    assert match(before, after).missing == [Missing(nut, "after", "not run", 5)]
    assert match(before, before).missing == [
        Missing(nut, side, "not observed", 5) for side in ("after", "before")
    ]


def _changed(observations: list[Observation], **fields: object) -> list[Observation]:
    """With other fields in the first photograph."""
    return [
        replace(each, **fields) if each.sample == observations[0].sample else each  # type: ignore[arg-type]
        for each in observations
    ]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"image_digest": "another"}, [Missing(ORIGINAL, "both", "other photograph", 1)]),
        ({"is_anomalous": False}, [Missing(ORIGINAL, "both", "other truth", 1)]),
        (
            {"image_digest": "another", "is_anomalous": False},
            [Missing(ORIGINAL, "both", "other photograph", 1)],
        ),
        ({"image_digest": ""}, []),  # not known is not another one
        ({"image_digest": "00000000ffff"}, []),  # eight digits are kept
        ({"defect": "scratch"}, []),
    ],
)
def test_a_photograph_of_the_same_name_may_be_another(
    fields: dict[str, object], missing: list[Missing]
) -> None:
    said = asked(BOLT, "aag", original="yyn")
    matching = match(run_of(said), run_of(_changed(said, **fields)))
    assert matching.missing == missing
    (bolt,) = matching.classes
    assert len(bolt.samples) == 3 - len(missing)


TRAINING = [TrainingScores("parts", "bolt", "glass", None, tuple(map(float, range(1, 12))), "in-sample", "k")]
"""Thresholds: max 11, p90 10, p80 9."""


@pytest.mark.parametrize(
    ("before", "after", "own"),
    [
        ((12.0, 10.5, 0.0), (12.0, 12.0, 0.0), ("p90", "max")),
        ((12.0, 12.0, 0.0), (12.0, 10.5, 0.0), ("max", "p90")),
        ((12.0, 9.5, 0.0), (12.0, 12.0, 0.0), ("p80", "max")),
    ],
)
def test_both_are_judged_by_the_headline_threshold_of_the_older(
    before: tuple[float, ...], after: tuple[float, ...], own: tuple[str, str]
) -> None:
    runs = [run_of(scored(BOLT, "aag", original=each), training=TRAINING) for each in (before, after)]
    matching = match(*runs)
    assert matching.own_thresholds == {("parts", ("glass", None)): own}
    assert matching.classes[0].threshold == own[0]


def test_where_the_older_has_none_the_newer_cannot_be_judged_by_its_own() -> None:
    said = scored(BOLT, "aag", original=(12.0, 12.0, 0.0))
    matching = match(run_of(said), run_of(said, training=TRAINING))
    (bolt,) = matching.classes
    assert matching.own_thresholds == {("parts", ("glass", None)): (None, "max")}
    assert bolt.threshold is None
    assert not bolt.both.any()
    assert bolt.before.scores.tolist() == [[12.0, 12.0, 0.0]]


def test_where_the_older_headline_is_no_longer_there_the_newer_one_counts() -> None:
    scores = scored(BOLT, "aag", original=(12.0, 12.0, 0.0))
    answers = [replace(each, answer="Yes.") for each in scores]
    matching = match(run_of(answers, training=TRAINING), run_of(scores, training=TRAINING))
    assert matching.own_thresholds == {("parts", ("glass", None)): ("answer", "max")}
    assert matching.classes[0].threshold == "max"


def test_without_a_threshold_the_areas_under_the_curves_are_compared_all_the_same() -> None:
    before = run_of(scored(BOLT, "aagg", original=(3.0, 4.0, 1.0, 2.0)))
    after = run_of(scored(BOLT, "aagg", original=(3.0, 1.5, 1.0, 2.0)))
    record = compare(before, after).record
    assert record["changes"] == []
    assert record["flips"] == []
    assert [(row["class_name"], row["before"], row["after"]) for row in _rows(record["auroc"])] == [
        (None, 1.0, 0.75),
        ("bolt", 1.0, 0.75),
    ]


def _rows(found: object) -> list[dict[str, object]]:
    assert isinstance(found, list)
    return found


def test_a_view_is_touched_where_what_decided_its_answers_differs() -> None:
    before = run_of(asked(BOLT, "ag", original="yn", rotated="yn"))
    after = run_of(asked(BOLT, "ag", original="yn"), asked(BOLT, "ag", rotated="yn", key="edited"))
    (bolt,) = match(before, after).classes
    assert bolt.is_touched == [False, True]


@pytest.mark.parametrize("letters", ["y.", "yf"])
def test_a_view_with_fewer_answers_is_touched(letters: str) -> None:
    matching = match(run_of(asked(BOLT, "ag", original="yn")), run_of(asked(BOLT, "ag", original=letters)))
    assert matching.classes[0].is_touched == [True]


def test_classes_stand_in_order_of_dataset_asker_and_name() -> None:
    said = [
        observation
        for place in ("b/nut", "b/bolt", "a/nut")
        for protocol in ("zeroshot", "oneshot")
        for observation in asked(place, "ag", original="yn", protocol=protocol)
    ]
    matching = match(run_of(said), run_of(said))
    assert [(each.dataset, each.asker[1], each.class_name) for each in matching.classes] == [
        ("a", "oneshot", "nut"),
        ("a", "zeroshot", "nut"),
        *(("b", "oneshot", name) for name in ("bolt", "nut")),
        *(("b", "zeroshot", name) for name in ("bolt", "nut")),
    ]


def test_runs_that_share_no_view_are_refused_with_what_they_hold() -> None:
    before = run_of(asked(BOLT, "ag", original="yn"), name="old.json")
    after = run_of(asked("parts/nut", "ag", original="yn"), name="runs/new")
    with pytest.raises(UsageError) as refused:
        compare(before, after)
    assert str(refused.value) == (
        "no view is in both runs: old.json holds lvlm on parts/bolt; runs/new holds lvlm on parts/nut. "
        "Compare runs of one model on one dataset"
    )


def test_runs_on_other_photographs_are_refused_with_the_way_out() -> None:
    said = asked(BOLT, "a", original="y")
    with pytest.raises(UsageError, match=r"\(other photograph\)\. Store a run on the present photographs: "):
        compare(run_of(said), run_of(_changed(said, image_digest="another")))


LETTERS = st.text("yn?f..", min_size=3, max_size=3)
VIEWS = ("original", "rotated")


@st.composite
def sides(draw: st.DrawFn) -> tuple[list[Observation], dict[Case, int]]:
    """Two classes of three photographs by two askers in two views; some answered, some asked for in vain."""
    said: list[Observation] = []
    planned: dict[Case, int] = {}
    for class_name in ("bolt", "nut"):
        of_class: list[Observation] = []
        for protocol in ("oneshot", "zeroshot"):
            views = {view: draw(LETTERS) for view in VIEWS}
            of_class += asked(f"parts/{class_name}", "aag", protocol=protocol, **views)
            for view, letters in views.items():
                asked_for = 3 - letters.count(".") + draw(st.integers(0, 1))
                if asked_for:
                    planned[Case("lvlm", "parts", class_name, view, protocol)] = asked_for
        other = draw(st.sampled_from(["", "digest", "truth"]))
        said += [
            replace(
                each,
                image_digest="another" if other == "digest" else each.image_digest,
                is_anomalous=not each.is_anomalous if other == "truth" else each.is_anomalous,
            )
            if each.sample.endswith("000")
            else each
            for each in of_class
        ]
    return said, planned


View = tuple[Case, str]


def _compared(classes: list[MatchedClass]) -> Iterator[View]:
    for each in classes:
        model, protocol = each.asker
        for row, column in np.argwhere(each.both):
            case = Case(model, each.dataset, each.class_name, each.perturbations[row], protocol)
            yield case, each.samples[column]


def _by_definition(
    runs: tuple[list[Observation], list[Observation]], planned: tuple[dict[Case, int], dict[Case, int]]
) -> tuple[set[View], Counter[tuple[Case, str, str]]]:
    """View by view: compared, or missing on a side for a reason; cases of classes that somebody observed."""
    held = [{(case_of(e), e.sample): e for e in said if e.error is None} for said in runs]
    asked_for = [Counter(map(case_of, said)) for said in runs]
    facts = [{e.sample: (e.image_digest, e.is_anomalous) for e in said} for said in runs]
    compared: set[View] = set()
    missing: Counter[tuple[Case, str, str]] = Counter()
    for view in held[0].keys() | held[1].keys():
        case, sample = view
        if view in held[0] and view in held[1]:
            (digest, truth), (new_digest, new_truth) = facts[0][sample], facts[1][sample]
            if digest != new_digest:
                missing[case, "both", "other photograph"] += 1
            elif truth != new_truth:
                missing[case, "both", "other truth"] += 1
            else:
                compared.add(view)
            continue
        lacking = 1 if view in held[0] else 0
        is_whole = asked_for[lacking][case] >= planned[lacking].get(case, 0)
        reason = (
            "not run"
            if case not in planned[lacking]
            else "no such photograph"
            if sample not in facts[lacking] and is_whole
            else "not observed"
        )
        missing[case, ("before", "after")[lacking], reason] += 1
    return compared, missing


@settings(deadline=None)
@given(sides(), sides())
def test_every_view_that_a_side_holds_is_compared_or_told_as_missing_once(
    old: tuple[list[Observation], dict[Case, int]],
    new: tuple[list[Observation], dict[Case, int]],
) -> None:
    compared, missing = _by_definition((old[0], new[0]), (old[1], new[1]))
    matching = match(*(run_of(said, planned=planned) for said, planned in (old, new)))
    found = list(_compared(list(matching.classes)))
    assert len(found) == len(set(found))
    assert set(found) == compared
    observed = {each.class_name for said, _ in (old, new) for each in said}
    told = [each for each in matching.missing if each.case.class_name in observed]
    assert len({(each.case, each.side, each.reason) for each in told}) == len(told)
    assert {(each.case, each.side, each.reason): each.views for each in told} == missing


def _record(before: StoredRun, after: StoredRun) -> object:
    try:
        return compare(before, after).record
    except UsageError as refused:
        return str(refused)


@settings(deadline=None)  # the bootstrap of a busy machine
@given(sides(), sides(), st.data())
def test_the_order_of_observations_and_cases_changes_nothing(
    old: tuple[list[Observation], dict[Case, int]],
    new: tuple[list[Observation], dict[Case, int]],
    data: st.DataObject,
) -> None:
    runs = [run_of(said, planned=planned) for said, planned in (old, new)]
    shuffled = [
        run_of(
            data.draw(st.permutations(said)), planned=dict(data.draw(st.permutations(list(planned.items()))))
        )
        for said, planned in (old, new)
    ]
    assert _record(*runs) == _record(*shuffled)
