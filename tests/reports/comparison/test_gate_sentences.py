"""What a gate came to, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from rows_by_hand import lines

from iad_eval.reports.comparison import comparison_document, gates_document
from iad_eval.reports.comparison.gates import gate_paragraphs, gates_table, message, sentence
from iad_eval.reports.document import Paragraph
from iad_eval.words import Json

Gate = dict[str, Any]


def gate(outcome: str, name: str = "fail_drop", **fields: Json) -> Gate:
    """A gate on bolts: a drop of 3 points, from 1 to 5, held to 2."""
    return {
        "gate": name,
        "dataset": "parts",
        "model": "lvlm",
        "protocol": "oneshot",
        "class_name": "bolt",
        "limit": 0.02,
        "outcome": outcome,
        "fails": outcome in ("worse", "missed", "not measured"),
        "value": 0.03,
        "low": 0.01,
        "high": 0.05,
        "p": 0.012,
        "photographs": 1200,
        "decided_by": None,
        "noise_floor": None,
        **fields,
    }


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (
            gate("worse"),
            "lvlm (oneshot) on parts/bolt is worse: a drop of 3.0 points (1.0–5.0), p = 0.012; the margin is "
            "2.0 points.",
        ),
        (
            gate("worse", p=0.0001, class_name=None, protocol=None),
            "lvlm on parts is worse: a drop of 3.0 points (1.0–5.0), p < 0.001; the margin is 2.0 points.",
        ),
        (
            gate("worse", noise_floor=0.031),
            "lvlm (oneshot) on parts/bolt is worse: a drop of 3.0 points (1.0–5.0), p = 0.012; the margin is "
            "2.0 points. The margin lies below the noise floor: sampling alone moves this accuracy by up "
            "to 3.1 points "
            "between two runs.",
        ),
        (
            gate("worse", noise_floor=0.02),  # as large as the margin, not larger
            "lvlm (oneshot) on parts/bolt is worse: a drop of 3.0 points (1.0–5.0), p = 0.012; the margin is "
            "2.0 points.",
        ),
        (
            gate("no worse", value=-0.01, low=-0.03, high=0.005),
            "lvlm (oneshot) on parts/bolt is no worse: a drop of -1.0 points (-3.0 to 0.5) lies below the "
            "margin of "
            "2.0 points.",
        ),
        (
            gate("unchanged"),
            "lvlm (oneshot) on parts/bolt is unchanged: nothing that decides its answers differs.",
        ),
        (
            gate("undecided", decided_by=2345),
            "lvlm (oneshot) on parts/bolt is undecided: a drop of 3.0 points (1.0–5.0) is neither "
            "established nor "
            "below the margin of 2.0 points; 1,200 photographs were compared, about 2,300 would decide.",
        ),
        (
            gate("undecided", photographs=1),
            "lvlm (oneshot) on parts/bolt is undecided: a drop of 3.0 points (1.0–5.0) is neither "
            "established nor "
            "below the margin of 2.0 points; 1 photograph was compared, and no number of them would "
            "decide: the drop "
            "lies at the margin.",
        ),
        (
            gate("missed", "min_accuracy", value=0.8, low=0.75, high=0.85, limit=0.9),
            "lvlm (oneshot) on parts/bolt: accuracy is 80.0% (75.0–85.0), below the limit of 90.0%.",
        ),
        (
            gate("held", "min_accuracy", value=0.8, low=None, high=None, limit=0.8),
            "lvlm (oneshot) on parts/bolt: accuracy is 80.0%, within the limit of 80.0%.",
        ),
        (
            gate("missed", "max_average_drop"),
            "lvlm (oneshot) on parts/bolt: average drop under perturbations is 3.0 points (1.0–5.0), above "
            "the limit "
            "of 2.0 points.",
        ),
        (
            gate("missed", "max_unreadable"),
            "lvlm (oneshot) on parts/bolt: unreadable answers are 3.0% (1.0–5.0), above the limit of 2.0%.",
        ),
        (
            gate("not measured", value=None),
            "lvlm (oneshot) on parts/bolt: no drop could be measured, the two runs have no threshold in "
            "common.",
        ),
        (
            gate("not measured", "min_accuracy", value=None, low=None, high=None),
            "lvlm (oneshot) on parts/bolt: accuracy could not be measured; the limit is 2.0%.",
        ),
        (
            gate("not measured", "max_average_drop", value=None),
            "lvlm (oneshot) on parts/bolt: average drop under perturbations could not be measured; the "
            "limit is 2.0 "
            "points.",
        ),
    ],
)
def test_a_gate_is_told_in_a_sentence(found: Gate, told: str) -> None:
    assert sentence(found) == told


def test_a_drop_of_all_classes_names_those_that_lost_most_and_leaves_flips_to_a_class_that_fails() -> None:
    place: dict[str, Json] = {
        "dataset": "parts",
        "model": "lvlm",
        "protocol": "oneshot",
        "perturbation": None,
    }
    drops = {"bolt": 0.03, "nut": 0.3, "washer": -0.1}
    said: dict[str, Json] = {"verdict": "normal", "score": None, "answer": "No."}
    flip: dict[str, Json] = {
        **place,
        "class_name": "nut",
        "sample": "parts/nut/test/bent/001",
        "before": said,
    }
    record: dict[str, Json] = {
        "changes": [{**place, "class_name": name, "drop": drop} for name, drop in drops.items()],
        "flips": [{**flip, "perturbation": "rotated", "kind": "newly wrong", "after": said}],
        "gates": [],
    }
    whole = gate("worse", class_name=None)
    alone = message(whole, record, "run/report.html").splitlines()
    assert alone[1] == "Dropped most: nut (+30.0) and bolt (+3.0)."
    assert alone[2:] == [
        "1 view newly wrong:",
        "  parts/nut/test/bent/001 (rotated): normal: No. -> normal: No.",
        "0 views newly right.",
        "More: run/report.html",
    ]
    told = message(whole, {**record, "gates": [gate("worse", class_name="nut")]}, "run/report.html")
    assert told.splitlines()[2] == "1 view newly wrong."


def test_failures_come_one_by_one_and_what_holds_is_counted() -> None:
    found = [gate("worse"), gate("no worse"), gate("undecided", fails=True), gate("unchanged"), gate("held")]
    told = gate_paragraphs(found)
    assert told[:2] == [Paragraph(sentence(each), warning=True) for each in (found[0], found[2])]
    assert told[2:] == [Paragraph("3 gates hold.")]
    assert gate_paragraphs([gate("held")]) == [Paragraph("1 gate holds.")]
    assert gate_paragraphs([]) == []


def test_a_margin_below_the_noise_floor_is_called_out_even_where_the_gate_holds() -> None:
    held = gate("no worse", noise_floor=0.031)
    others = [gate("no worse", noise_floor=0.01), gate("unchanged", noise_floor=0.031)]
    assert gate_paragraphs([held, *others])[1:] == [
        Paragraph(
            "Sampling alone moves accuracy by more than the margin, in points, of "
            "lvlm (oneshot) on parts/bolt (margin 2.0, noise 3.1).",
            warning=True,
        )
    ]
    assert len(gate_paragraphs(others)) == 1


def test_one_undecided_gate_is_told_and_several_are_summed_up() -> None:
    one = gate("undecided", decided_by=2300)
    assert gate_paragraphs([one]) == [Paragraph(sentence(one), warning=True)]
    others = [
        gate("undecided", class_name=name, value=0.001, decided_by=9000) for name in ("cap", "nut", "pin")
    ]
    (told,) = gate_paragraphs([*others, one])
    assert told == Paragraph(
        "4 gates are undecided: lvlm (oneshot) on parts/cap, lvlm (oneshot) on parts/nut, lvlm (oneshot) on "
        f"parts/pin and 1 more. The largest drop: {sentence(one)}",
        warning=True,
    )


def test_the_table_of_gates_has_every_gate() -> None:
    found = [
        gate("worse"),
        gate("undecided", class_name=None, decided_by=2345),
        gate("held", "min_accuracy", value=0.8, low=0.75, high=0.85, limit=0.5),
        gate("not measured", "max_unreadable", value=None),
        gate("unchanged", value=0.0, low=-0.1, high=0.1),
    ]
    assert lines(gates_table(found)) == [
        "drop since before | lvlm (oneshot) on parts/bolt | worse! | +3.0 1.0–5.0 | 2.0 | ",
        "drop since before | lvlm (oneshot) on parts | undecided | +3.0 1.0–5.0 | 2.0 | 2,345",
        "accuracy | lvlm (oneshot) on parts/bolt | held | 80.0 75.0–85.0 | 50.0 | ",
        "unreadable answers | lvlm (oneshot) on parts/bolt | not measured! | – | 2.0 | ",
        "drop since before | lvlm (oneshot) on parts/bolt | unchanged | 0.0 | 2.0 | ",
    ]
    assert gates_table([]) is None
    assert gates_document({"gates": found}).blocks[-1] == gates_table(found)


def _row(class_name: str | None, drop: float, p: float, **fields: Json) -> dict[str, Json]:
    return {
        "dataset": "parts",
        "model": "lvlm",
        "protocol": None,
        "class_name": class_name,
        "perturbation": None,
        "threshold": "answer",
        "classes": 1 if class_name else 2,
        "photographs": 10,
        "views": 10,
        "before": 0.9,
        "after": 0.9 - drop,
        "drop": drop,
        "low": drop - 0.1,
        "high": drop + 0.1,
        "newly_wrong": 1,
        "newly_right": 1,
        "test": "mcnemar",
        "p": p,
        "p_holm": p,
        "unreadable_before": 0.0,
        "unreadable_after": 0.0,
        "touched": True,
        **fields,
    }


FLIP: Mapping[str, Json] = {
    "kind": "newly wrong",
    "dataset": "parts",
    "model": "lvlm",
    "protocol": None,
    "class_name": "bolt",
    "sample": "parts/bolt/test/bent/000",
    "perturbation": "original",
    "before": {"verdict": "anomalous", "score": None, "answer": "Yes."},
    "after": {"verdict": "normal", "score": None, "answer": "No."},
}


@pytest.mark.parametrize(
    ("rows", "flips", "told"),
    [
        (
            [_row(None, 0.0, 1.0), _row("bolt", 0.0, 1.0)],
            [],
            Paragraph("No verdict changed from right to wrong or back."),
        ),
        (
            [_row(None, 0.1, 0.06)],
            [FLIP],
            Paragraph("Verdicts changed, but no change of accuracy is established at 5%."),
        ),
        (
            [_row(None, 0.1, 0.05), _row("bolt", 0.2, 0.0), _row("nut", 0.9, 0.2)],
            [FLIP],
            Paragraph(
                "2 changes of accuracy are established at 5%; the largest: lvlm on parts/bolt is worse: "
                "-20.0 points.",
                warning=True,
            ),
        ),
        (
            [_row(None, -0.1, 0.01)],
            [FLIP],
            Paragraph(
                "1 change of accuracy is established at 5%; the largest: lvlm on parts is better: +10.0 "
                "points."
            ),
        ),
    ],
)
def test_without_gates_the_plainest_change_is_told(
    rows: list[Json], flips: list[Json], told: Paragraph
) -> None:
    record: dict[str, Json] = {"before": "a", "after": "b", "changes": rows, "flips": flips}
    blocks = comparison_document(record, verbose=False).blocks
    assert blocks[2] == told


@pytest.mark.parametrize(
    ("views", "told"),
    [
        ([], "20 views compared, none is missing."),
        ([1], "20 views compared, 1 view not, see above."),
        ([1000, 234], "20 views compared, 1,234 views not, see above."),
    ],
)
def test_what_was_compared_is_counted_at_the_end(views: list[int], told: str) -> None:
    place = {"dataset": "parts", "class_name": "bolt", "model": "lvlm", "protocol": None}
    missing: list[Json] = [
        {**place, "perturbation": f"view {n}", "side": "after", "reason": "not run", "views": n}
        for n in views
    ]
    rows: list[Json] = [
        _row(None, 0.0, 1.0, views=20),
        _row("bolt", 0.0, 1.0, views=10),
        _row(None, 0.0, 1.0, perturbation="original", views=20),
    ]
    record: dict[str, Json] = {"before": "a", "after": "b", "changes": rows, "missing": missing}
    assert comparison_document(record, verbose=False).blocks[-1] == Paragraph(told)
