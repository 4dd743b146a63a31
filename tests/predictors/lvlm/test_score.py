"""How likely yes is where an answer decides: spellings, decoration, and what is no probability."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.predictors.lvlm.chat import AnswerToken
from iad_eval.predictors.lvlm.score import yes_no


def _score(alternatives: dict[str, float], *before: AnswerToken) -> float | None:
    first = max(alternatives, key=lambda spelling: alternatives[spelling])
    weighed = yes_no((*before, AnswerToken(first, alternatives)))
    return None if weighed is None else weighed.score


@pytest.mark.parametrize(
    "spelling",
    [
        "Yes",
        " Yes",
        "yes",
        "YES",
        "Yes.",
        "Yes,",
        '"Yes',
        "'Yes'",
        "ĠYes",
        "▁yes",
        "\nYes",
        "ĊYes",
        "**Yes**",
        "(yes)",
        "_Yes_",
    ],
)
def test_every_spelling_of_a_word_counts(spelling: str) -> None:
    other = spelling.replace("Yes", "No").replace("yes", "no").replace("YES", "NO")
    assert _score({spelling: math.log(0.75), other: math.log(0.25)}) == pytest.approx(0.75)
    assert _score({other: math.log(0.75), spelling: math.log(0.25)}) == pytest.approx(0.25)


def test_the_spellings_of_one_word_add_up() -> None:
    # by hand: 0.3 + 0.1 + 0.1 against 0.25 + 0.05, the rest belongs to no word
    found = _score(
        {"Yes": math.log(0.3), " yes": math.log(0.1), "YES": math.log(0.1), "No": math.log(0.25)}
        | {"**No": math.log(0.05), "The": math.log(0.2)}
    )
    assert found == pytest.approx(0.5 / 0.8)


@pytest.mark.parametrize(
    "other",
    ["Not", "Nothing", "Yesterday", "north", "None", "no-one", "Now", "y", "n", "Eyes", "yes no", "Notice"],
)
def test_other_words_count_for_neither(other: str) -> None:
    alternatives = {"Yes": math.log(0.2), "No": math.log(0.1), other: math.log(0.7)}
    assert _score(alternatives) == pytest.approx(2 / 3)
    assert _score({other: -0.1, "The": -3.0}) is None


@pytest.mark.parametrize("decoration", ["**", "\n", " ", "```", "Ċ", "▁", '"', "- ", "", "__"])
def test_decoration_is_passed_over(decoration: str) -> None:
    before = AnswerToken(decoration, {decoration: -0.1, "No": -0.2})
    assert _score({"Yes": math.log(0.6), "No": math.log(0.2)}, before, before) == pytest.approx(0.75)


def test_the_first_word_decides_whatever_comes_later() -> None:
    later = AnswerToken("No", {"No": 0.0})
    first = AnswerToken("Yes", {"Yes": math.log(0.9), "No": math.log(0.1)})
    weighed = yes_no((first, later))
    assert weighed is not None
    assert weighed.score == pytest.approx(0.9)
    assert (weighed.yes, weighed.no) == pytest.approx((0.9, 0.1))


def test_an_answer_that_begins_with_another_word_is_weighed_there_all_the_same() -> None:
    assert _score({"The": -0.1, "Yes": math.log(0.01), "No": math.log(0.03)}) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("alternatives", "score"),
    [
        ({"Yes": -0.5, "No": -math.inf}, 1.0),
        ({"Yes": -math.inf, "No": -0.5}, 0.0),
        ({"Yes": math.nan, "No": -0.5}, 0.0),
        ({"Yes": 1e-7, "No": -20.0}, 1.0),
        ({"Yes": 1e-7, "No": 1e-7}, 0.5),
        ({"Yes": -math.inf, "No": -math.inf}, None),
        ({"Yes": math.nan, "No": math.nan}, None),
        ({"Maybe": -0.1}, None),
    ],
)
def test_what_is_no_probability_is_none(alternatives: dict[str, float], score: float | None) -> None:
    found = _score(alternatives)
    assert found == (score if score is None else pytest.approx(score, abs=1e-8))


def test_without_log_probabilities_there_is_no_score() -> None:
    assert yes_no(()) is None
    assert yes_no((AnswerToken("Yes", {}),)) is None
    assert yes_no((AnswerToken("**", {"**": -0.1}), AnswerToken("\n", {"\n": -0.1}))) is None


LOGPROBS = st.floats(-80.0, 0.001)
YES = st.dictionaries(st.sampled_from(["Yes", " yes", "YES.", "**Yes"]), LOGPROBS, min_size=1)
NO = st.dictionaries(st.sampled_from(["No", " no", "NO.", "**No"]), LOGPROBS, min_size=1)


@given(YES, NO)
@settings(max_examples=300, deadline=None)
def test_a_score_is_a_share_and_swapping_the_words_turns_it_round(
    yes: dict[str, float], no: dict[str, float]
) -> None:
    def swapped(one: dict[str, float], word: str, other: str) -> dict[str, float]:
        cases = ((word, other), (word.lower(), other.lower()), (word.upper(), other.upper()))
        turned = dict(one)
        for said, instead in cases:
            turned = {spelling.replace(said, instead): value for spelling, value in turned.items()}
        return turned

    score = _score(yes | no)
    turned = _score(swapped(yes, "Yes", "No") | swapped(no, "No", "Yes"))
    assert score is not None
    assert turned is not None
    assert 0.0 <= score <= 1.0
    assert turned == pytest.approx(1 - score, abs=1e-12)


@given(
    st.lists(
        st.builds(AnswerToken, st.text(max_size=4), st.dictionaries(st.text(max_size=5), st.floats())),
        max_size=4,
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_server_sends_gives_a_share_or_nothing(tokens: list[AnswerToken]) -> None:
    weighed = yes_no(tokens)
    assert weighed is None or 0.0 <= weighed.score <= 1.0
