"""What counts as yes, as no and as neither; where a score becomes an anomaly."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.verdicts import by_score, read_answer
from iad_eval.words import Verdict

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DECORATION = st.text(" \t\r\n\"'`*_#>-([{<:.,!;", max_size=6)
CASES = st.sampled_from([str.lower, str.upper, str.capitalize, str.swapcase])


@given(NUMBERS)
def test_score_at_the_threshold_is_normal_and_the_next_larger_number_is_anomalous(threshold: float) -> None:
    assert by_score(threshold, threshold) == "normal"
    assert by_score(math.nextafter(threshold, math.inf), threshold) == "anomalous"
    assert by_score(math.nextafter(threshold, -math.inf), threshold) == "normal"


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("Yes", "anomalous"),
        ("No", "normal"),
        ("No, the second image does not have any anomaly compared to the first image.", "normal"),
        ("Yes. The bottle's rim is chipped; there is no contamination.", "anomalous"),
        ("**Yes**, there is a dent.", "anomalous"),
        ("__Yes__, there is a dent.", "anomalous"),
        ("_no_", "normal"),
        ("\n\n> No\n", "normal"),
        ('{"answer": "yes", "why": "scratch"}', "anomalous"),
        ("[no]", "normal"),
        ("Answer: no", "normal"),
        ("**Answer:** **Yes**", "anomalous"),
        ("The answer is yes, since the cap is missing.", "anomalous"),
        ("My final answer is __no__.", "normal"),
        ("„Yes“", "anomalous"),
    ],
)
def test_leading_yes_or_no_decides_in_any_decoration(answer: str, verdict: Verdict) -> None:
    assert read_answer(answer) == verdict


@pytest.mark.parametrize(
    "answer",
    [
        *("", "   \n", "?!", "**"),
        *("Normal.", "Notice the scratch.", "None visible.", "Nothing is wrong.", "Note: yes"),
        *("Yesterday's part was fine.", "Yessir", "Nope"),
        *("I cannot say yes or no.", "There is no anomaly.", "The second image has an anomaly: yes."),
        *("The answer is not clear.", "Answer: maybe", "Да", "是"),
    ],
)
def test_answer_that_begins_otherwise_is_unreadable(answer: str) -> None:
    assert read_answer(answer) == "unreadable"


@given(DECORATION, st.sampled_from(["yes", "no"]), CASES, DECORATION)
@settings(max_examples=100, deadline=None)
def test_decoration_and_case_change_nothing(before: str, word: str, case: object, after: str) -> None:
    assert callable(case)
    wanted = {"yes": "anomalous", "no": "normal"}[word]
    assert read_answer(f"{before}{case(word)}{after}") == wanted


@given(st.sampled_from(["yes", "no"]), st.text("abcdefghijklmnopqrstuvwxyzäé0123456789", min_size=1))
@settings(max_examples=100, deadline=None)
def test_word_that_merely_begins_with_the_letters_decides_nothing(word: str, rest: str) -> None:
    assert read_answer(word + rest) == "unreadable"


@given(st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_normal_is_only_read_where_a_no_stands(answer: str) -> None:
    verdict = read_answer(answer)
    assert verdict in {"anomalous", "normal", "unreadable"}
    assert verdict != "normal" or "no" in answer.casefold()
    assert verdict != "anomalous" or "yes" in answer.casefold()


def test_unusual_letter_that_counts_as_an_s_does_not_turn_a_yes_into_a_no() -> None:
    assert read_answer("ye\N{LATIN SMALL LETTER LONG S}") != "normal"
