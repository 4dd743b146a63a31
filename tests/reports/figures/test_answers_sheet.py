"""Answers beside their images: captions, counts, and answers too long to print."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows_by_hand import Record, about

from iad_eval.reports.chart import Sheet, Tile
from iad_eval.reports.figures import answers_sheet
from iad_eval.reports.figures.answers_sheet import shortened


def _example(kind: str, stem: str, defect: str, answer: str | None, score: float | None = None) -> Record:
    sample = f"parts/bolt/test/{defect}/{stem}"
    place = {"sample": sample, "perturbation": "original", "defect": defect, "is_anomalous": defect != "good"}
    return about("lvlm", "oneshot", kind=kind, answer=answer, score=score, **place)


def test_answers_stand_below_their_images_in_the_order_given() -> None:
    entries = [
        _example("hit", "1", "bent", "Yes,\n the rim\tis bent.", 0.98765),
        _example("hit", "2", "bent", "Yes.", 1.0),
        _example("overkill", "3", "good", "Yes.", 0.0000123),
        _example("unreadable", "4", "good", None),
    ]
    assert answers_sheet(entries) == Sheet(
        "parts-lvlm-oneshot-answers",
        "parts: what lvlm (oneshot) answered",
        "4 answers of lvlm (oneshot) with the images from parts: 2 defects found, 1 good part rejected and "
        "1 unreadable answer.",
        (
            _tile(
                "bent/1",
                "anomalous (bent)",
                "called anomalous, rightly (score 0.988)",
                "Yes, the rim is bent.",
            ),
            _tile("bent/2", "anomalous (bent)", "called anomalous, rightly (score 1)", "Yes."),
            _tile(
                "good/3",
                "normal",
                "called anomalous: a good part rejected (score 1.23e-05)",
                "Yes.",
                is_bent=False,
            ),
            _tile("good/4", "normal", "says neither yes nor no", "", is_bent=False),
        ),
        (
            "As Figure 8 of the paper: chosen by kind, classes that differ and answers that explain first; "
            "not a fair sample. Longer answers are cut at about 300 characters.",
        ),
    )


def _tile(place: str, truth: str, called: str, answer: str, *, is_bent: bool = True) -> Tile:
    caption = (f"bolt/test/{place}", f"truth: {truth}", called, answer)
    return Tile(f"parts/bolt/test/{place}", "original", caption, is_bent)


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["miss"], "1 answer of lvlm (oneshot) with the images from parts: 1 defect missed."),
        (["pass", "miss", "pass"], "3 answers of lvlm (oneshot) with the images from parts: 1 defect missed "
         "and 2 good parts passed."),
    ],
)  # fmt: skip
def test_kinds_are_counted(kinds: list[str], told: str) -> None:
    sheet = answers_sheet([_example(kind, "1", "bent", "No.") for kind in kinds])
    assert sheet is not None
    assert sheet.alt == told


def test_without_examples_there_is_no_sheet() -> None:
    assert answers_sheet([]) is None


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("", ""),
        ("  No,\r\n\u2028 it  is. ", "No, it is."),
        ("0123456789", "0123456789"),
        ("01234 56789", "01234…"),
        ("0123 5678 0", "0123 5678…"),
        ("012345, 89x", "012345…"),
        ("0123456789a", "012345678…"),
        ("0 23456789a", "0 2345678…"),  # cutting at the space would leave next to nothing
        ("\x1b[1m", r"\x1b[1m"),
        ("\u202e", r"\u202e"),
    ],
)
def test_a_long_answer_is_cut_at_a_word(text: str, short: str) -> None:
    assert shortened(text, 10) == short


@given(st.text(max_size=60), st.integers(2, 40))
def test_any_answer_is_one_short_line_that_steers_nothing(text: str, longest: int) -> None:
    short = shortened(text, longest)
    assert len(short) <= longest
    assert not {unicodedata.category(sign) for sign in short} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
