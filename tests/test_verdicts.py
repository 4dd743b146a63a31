"""What counts as yes, as no and as neither; where a score becomes an anomaly."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from answer_table import TABLE, Said
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.reading import UNREADABLE
from iad_eval.verdicts import Reading, by_score, read, read_answer
from iad_eval.words import Verdict

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
CASES = st.sampled_from([str.lower, str.upper, str.capitalize, str.swapcase, str.title])
WANTED: dict[str, Verdict] = {"yes": "anomalous", "no": "normal"}
_SIGNS = st.text(" \t\r\n\"'`*_#>-([{<:.,!;", max_size=6)
_FORMS = (
    "**~# ~> ~- ~1. ~```\n~```json\n~```text\n~<p>~<answer>~$\\boxed{~\\text{~\n\n\n~\ufeff~✅ ~“~"
    "Answer: ~**Answer:** ~Final answer - ~The answer is ~My answer would be: ~A: ~Short answer: ~Verdict: ~"
    "Assistant: ~Sure! ~So, ~I would say ~Anomaly detected: ~<think>Yes. No. A crack?</think>\n\n~"
    '{"answer": "~{"anomaly": "'
)
BEFORE = _SIGNS | st.sampled_from(_FORMS.split("~"))
AFTER = st.sampled_from(
    ["", ".", "!", "**", '"', "`", "\n", ", ", ": ", "; ", "</p>", "}", '"}', ")", " –", "—", "\n```"]
)
LATER = st.sampled_from(
    [
        *("", "There is a crack.", "There is no anomaly.", "It might be a scratch.", "I cannot be sure."),
        *("Nothing unusual can be seen.", "Is it broken?", "The answer is unclear.", "sorry"),
    ]
)
_WORDS = (
    "notice nozzle nobody noted nothingness yesterday eyes yesteryear north nor'easter note noise nose noon "
    "nod nomad knot know known enough canoe nonce abnormally normally normalise noble novel november nylon "
    "yeast yell yet the a of and in on near with it is was image second first bottle cap metal nut wood view "
    "camera light dark shows looks picture rotated top left corner timestamp border surface round blue large "
    "made seen from above compared to both object part screw cable pill tile anomalously there are has i see "
    'that this very but while although its which by as be can . . , , ; : \n - ( ) " * # ` ! ? _'
)
NEUTRAL = _WORDS.split(" ")
SCRAPS = [*"<>{}[]()\\/\"'`*_#:=|.,;!?\n 1", "yes", "no", "answer", "anomaly", "crack", "is", "not"]


@given(NUMBERS)
def test_score_at_the_threshold_is_normal_and_the_next_larger_number_is_anomalous(threshold: float) -> None:
    assert by_score(threshold, threshold) == "normal"
    assert by_score(math.nextafter(threshold, math.inf), threshold) == "anomalous"
    assert by_score(math.nextafter(threshold, -math.inf), threshold) == "normal"


@pytest.mark.parametrize("said", TABLE, ids=lambda said: repr(said.answer[:60]))
def test_answer_is_read_as_a_person_would(said: Said) -> None:
    assert read(said.answer) == Reading(said.verdict, said.is_lenient)
    assert read_answer(said.answer) == said.verdict


def test_table_is_long_and_has_every_kind_of_answer_once() -> None:
    kinds = Counter((said.verdict, said.is_lenient) for said in TABLE)
    assert len({said.answer for said in TABLE}) == len(TABLE) > 600
    assert {kind for kind, lenient in kinds if lenient} == {"anomalous", "normal"}
    assert {kind for kind, lenient in kinds if not lenient} == {"anomalous", "normal", "unreadable"}
    assert min(kinds.values()) >= 60


@given(BEFORE, st.sampled_from(["yes", "no"]), CASES, AFTER, LATER)
@settings(max_examples=4000, deadline=None)
def test_leading_yes_or_no_decides_in_any_decoration_whatever_follows(
    before: str, word: str, case: object, after: str, later: str
) -> None:
    assert callable(case)
    assert read(f"{before}{case(word)}{after} {later}") == Reading(WANTED[word], is_lenient=False)


@given(st.sampled_from(["yes", "no"]), st.text("abcdefghijklmnopqrstuvwxyzäé0123456789", min_size=1))
@settings(max_examples=2000, deadline=None)
def test_word_that_merely_begins_with_the_letters_decides_nothing(word: str, rest: str) -> None:
    known = {"none", "nope", "nothing", "nondefective", "nonanomalous", "nowhere"}
    assert word + rest in known or read(word + rest) == UNREADABLE


@given(st.binary(max_size=12))
@settings(max_examples=8000, deadline=None)
def test_text_without_a_verdict_is_never_turned_into_one(drawn: bytes) -> None:
    assert read(" ".join(NEUTRAL[each % len(NEUTRAL)] for each in drawn)) == UNREADABLE


@given(st.text(max_size=40))
@settings(max_examples=5000, deadline=None)
def test_any_text_is_read_without_a_crash(text: str) -> None:
    reading = read(text)
    assert reading.verdict in {"anomalous", "normal", "unreadable"}
    assert not (reading.is_lenient and reading.verdict == "unreadable")


@given(st.binary(max_size=16))
@settings(max_examples=3000, deadline=None)
def test_scrambled_signs_are_read_without_a_crash_and_never_without_a_telling_word(drawn: bytes) -> None:
    text = "".join(SCRAPS[each % len(SCRAPS)] for each in drawn)
    assert read(text) == UNREADABLE or any(word in text for word in ("yes", "no", "anomaly", "crack"))


_PIECES = (
    "*| |(|<|{|\\text{|no, |yes or |is |a. |sure! |the answer is |x|there is a |which is |with a |"
    "word: |<think>|"
    '{"a":"|compared to the |not a |< ( |yes   |* _ |is very |anomaly? |- |a crack is |"'
)
REPEATED = _PIECES.split("|")


@pytest.mark.parametrize("piece", [*REPEATED, "\n"])
def test_very_long_answers_are_read_to_the_end(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert read(text).verdict in ("anomalous", "normal", "unreadable")
