"""How texts with placeholders become one line, and which of a class's sentences is taken."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.errors import UsageError
from iad_eval.prompts.book import ClassWords, PromptBook, Protocol, Questions
from iad_eval.prompts.templates import filled, placeholders

BLANK = st.text(" \t\n", max_size=3)
WORDS = st.text(alphabet=string.ascii_letters + "{}.?! \n\tß💡", max_size=30)
NAME = st.sampled_from(["question", "sentence", "class_name"])


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _book(text: str, words: ClassWords, shows_reference: bool = True) -> PromptBook:
    ways = {"p": Protocol(text, shows_reference)}
    return PromptBook("here.toml", Questions("One?", "All {shots}?", "None?"), ways, {"d": {"c_d": words}})


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(WORDS, NAME, BLANK), max_size=5), st.dictionaries(NAME, WORDS, min_size=3))
def test_filling_is_putting_side_by_side_and_folding_blanks(
    parts: list[tuple[str, str, str]], values: dict[str, str]
) -> None:
    template = "".join(f"{_doubled(words)}{{{name}}}{blank}" for words, name, blank in parts)
    whole = "".join(words + values[name] + blank for words, name, blank in parts)
    text = filled(template, values)
    assert "".join(text.split()) == "".join(whole.split())
    assert text.split(" ") == (whole.split() or [""])
    assert placeholders(template) == tuple(name for _, name, _ in parts)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="{}ab ", max_size=12))
def test_braces_are_read_as_python_reads_them(text: str) -> None:
    """Except that Python takes a brace within a name for nesting."""
    try:
        names = placeholders(text)
    except ValueError:
        assert _as_python_reads(text) is None
    else:
        parts = _as_python_reads(text)
        assert parts is not None
        assert names == tuple(name for _, name in parts if name is not None)
        whole = "".join(literal + ("" if name is None else f"<{name}>") for literal, name in parts)
        assert filled(text, {name: f"<{name}>" for name in names}) == " ".join(whole.split())


def _as_python_reads(text: str) -> list[tuple[str, str | None]] | None:
    try:
        parts = [(literal, name) for literal, name, *_ in string.Formatter().parse(text)]
    except ValueError:
        return None
    return None if any(name and set(name) & set("{}") for _, name in parts) else parts


@pytest.mark.parametrize("text", ["{", "}", "a {question", "question}", "{a{b}", "{{}", "{}}"])
def test_a_brace_without_its_partner_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"single '[{}]'"):
        placeholders(text)


@settings(max_examples=200, deadline=None)
@given(WORDS, WORDS)
def test_a_prompt_never_has_a_double_blank_and_shows_braces_that_are_meant(
    sentence: str, description: str
) -> None:
    words = ClassWords(_doubled(sentence), _doubled(description + "."))
    book = _book(" {{ {question}  {sentence} {description}\n{class_name} ", words)
    expected = ["{", "One?", *sentence.split(), *f"{description}.".split(), "c", "d"]
    assert book.prompt("d", "c_d", "original", "p").text == " ".join(expected)


@pytest.mark.parametrize(
    ("perturbation", "expected"),
    [
        ("original", "plain"),
        ("rotated", "turned"),
        ("rotate:15", "exactly"),
        ("rotate:30", "family"),
        ("blur:2", "plain"),
        ("jpeg:20", ""),
    ],
)
def test_the_exact_perturbation_wins_over_its_family_and_that_over_the_class(
    perturbation: str, expected: str
) -> None:
    others = {"rotated": "turned", "rotate:15": "exactly", "rotate": "family", "jpeg": ""}
    book = _book("{question} {sentence}", ClassWords("plain", "", others))
    assert book.prompt("d", "c_d", perturbation, "p").text == f"One? {expected}".strip()


@pytest.mark.parametrize(
    ("shots", "shows_reference", "expected"),
    [(1, True, "One? 1"), (3, True, "All 3? 3"), (1, False, "One? 0"), (3, False, "One? 0")],
)
def test_the_question_follows_the_references_that_are_shown(
    shots: int, shows_reference: bool, expected: str
) -> None:
    book = _book("{question} {shots}", ClassWords(), shows_reference)
    prompt = book.prompt("d", "c_d", "original", "p", shots)
    assert (prompt.text, prompt.shows_reference) == (expected, shows_reference)


@pytest.mark.parametrize(("dataset", "class_name"), [("d", "other"), ("elsewhere", "c_d")])
def test_a_class_without_words_is_asked_the_question_alone(dataset: str, class_name: str) -> None:
    book = _book("{question} {sentence}", ClassWords("no"))
    assert book.prompt(dataset, class_name, "rotated", "p").text == "One?"


def test_a_missing_description_says_what_to_write_and_where() -> None:
    book = _book("{description} {question}", ClassWords("no", " "))
    with pytest.raises(UsageError, match=r'description = "..." below \[classes.d.c_d\] into here.toml'):
        book.prompt("d", "c_d", "original", "p")
    with pytest.raises(UsageError, match=r'below \[classes.d."split pin"\]'):
        book.prompt("d", "split pin", "original", "p")


def test_what_cannot_be_asked_is_refused() -> None:
    book = _book("{sentence}", ClassWords())
    with pytest.raises(UsageError, match="nothing to ask about class 'c_d'"):
        book.prompt("d", "c_d", "original", "p")
    with pytest.raises(UsageError, match="unknown protocol 'q'"):
        book.prompt("d", "c_d", "original", "q")
    with pytest.raises(UsageError, match="from 1 on, not 0"):
        book.prompt("d", "c_d", "original", "p", shots=0)
