"""Which lines of a prompt file a prompt comes from, and which of them are to blame for a change of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iad_eval.circumstances import begin
from iad_eval.errors import UsageError
from iad_eval.prompts import Origin, PromptBook, blamed, load
from iad_eval.prompts.templates import filled, literals, partly_filled, placeholders
from iad_eval.run import RunDirectory
from iad_eval.settings import DatasetSpec, LvlmSettings, Settings
from iad_eval.suite import Registered, Suite

FILE = """\
question = "Is the {class_name} fine?"

[protocols.mine]
reference = true
text = '''A {class_name}.
{description}  {question} {sentence} {{so}}'''

[classes.parts.split_pin]
description = "Two  legs."
sentence = "Ignore the nut."

[classes.parts.split_pin.for_perturbation]
rotated = "Ignore the angle."
rotate = "Ignore the turn."
"rotate:15.0" = ""

[classes.mvtec]
capsule = { description = "By kind." }
grid.sentence = "By kind."

[classes.turned.grid]
sentence = "By name."
"""
QUESTION = Origin("question", 1, "Is the split pin fine?")
TEXT = Origin("protocols.mine.text", 5, "A split pin. {description} {question} {sentence} {{so}}")
DESCRIPTION = Origin("classes.parts.split_pin.description", 9, "Two legs.")
PIN = "classes.parts.split_pin.for_perturbation"


@pytest.fixture
def book(tmp_path: Path) -> PromptBook:
    return _book(tmp_path, FILE)


def _book(folder: Path, text: str) -> PromptBook:
    path = folder / "prompts.toml"
    path.write_text(text, encoding="utf-8")
    kinds = {"parts": "folder", "mvtec": "mvtec", "turned": "mvtec"}
    classes = {"parts": ("split_pin",), "mvtec": ("grid",), "turned": ("grid",)}
    return load(path, kinds, classes, ("original", "rotated", "rotate:15"))


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        ("original", Origin("classes.parts.split_pin.sentence", 10, "Ignore the nut.")),
        ("rotated", Origin(f"{PIN}.rotated", 13, "Ignore the angle.")),
        ("rotate:16", Origin(f"{PIN}.rotate", 14, "Ignore the turn.")),
        ("rotate:15", Origin(f'{PIN}."rotate:15.0"', 15, "")),
    ],
)
def test_a_prompt_knows_the_lines_of_its_pieces(book: PromptBook, view: str, sentence: Origin) -> None:
    assert book.origins("parts", "split_pin", view, "mine") == (sentence, DESCRIPTION, QUESTION, TEXT)


def test_what_a_protocol_does_not_use_is_no_origin(book: PromptBook) -> None:
    assert book.origins("parts", "split_pin", "original", "oneshot") == (QUESTION,)
    assert book.origins("parts", "split_pin", "original", "zeroshot") == ()


def test_a_question_for_several_references_that_is_the_papers_is_no_origin(book: PromptBook) -> None:
    assert book.origins("parts", "split_pin", "original", "oneshot", 2) == ()


def test_a_table_that_says_nothing_where_the_paper_did_is_the_origin_of_the_silence(book: PromptBook) -> None:
    silent = Origin("classes.mvtec.capsule", 18, "")
    question = Origin("question", 1, "Is the capsule fine?")
    assert book.origins("mvtec", "capsule", "original", "oneshot-specific") == (silent, question)
    assert "actavis" not in book.prompt("mvtec", "capsule", "original", "oneshot-specific").text


def test_the_table_below_the_datasets_name_wins_over_that_below_its_kind(book: PromptBook) -> None:
    by_name, by_kind = (
        book.origins(name, "grid", "padded", "oneshot-specific") for name in ("turned", "mvtec")
    )
    assert by_name[0] == Origin("classes.turned.grid.sentence", 22, "By name.")
    assert by_kind[0] == Origin("classes.mvtec.grid.sentence", 19, "By kind.")


def test_words_of_the_papers_alone_have_no_origin(book: PromptBook) -> None:
    origins = book.origins("mvtec", "cable", "rotated", "oneshot-specific")
    assert origins == (Origin("question", 1, "Is the cable fine?"),)
    paper = load(None, {"mvtec": "mvtec"}, {}, ())
    assert paper.origins("mvtec", "cable", "rotated", "oneshot-specific") == ()


def test_a_protocol_that_only_changes_whether_references_are_shown_has_no_text_of_its_own(
    tmp_path: Path,
) -> None:
    book = _book(tmp_path, "[protocols.zeroshot]\nreference = true\n")
    assert book.origins("parts", "split_pin", "original", "zeroshot") == ()


def test_an_unknown_protocol_has_no_origins(book: PromptBook) -> None:
    with pytest.raises(UsageError, match=r"unknown protocol 'min'\. Did you mean 'mine'"):
        book.origins("parts", "split_pin", "original", "min")


SENTENCE = Origin("classes.parts.pin.sentence", 7, "Ignore the nut.")
ASKED = Origin("question", 1, "Is it fine?")
FRAME = Origin("protocols.mine.text", 3, "A pin. {question} {sentence} Well {{?}}")
SILENT = Origin("classes.parts.pin", 6, "")
NOW = "A pin. Is it fine? Ignore the nut. Well {?}"


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (NOW, []),
        (" A pin.\nIs  it fine? Ignore the nut. Well {?}\n", []),
        (None, [ASKED, FRAME, SENTENCE]),
        ("A pin. Is it fine? Ignore the bolt. Well {?}", [SENTENCE]),
        ("A pin. Is it fine? Well {?}", [SENTENCE]),
        ("A pin. Is it right? Ignore the nut. Well {?}", [ASKED]),
        ("Is it fine? Ignore the nut. Well {?}", [FRAME]),
        ("A pin. Is it fine? Ignore the nut.", [FRAME]),
        ("A nut. Is it fine? Ignore the bolt. Well {?}", [FRAME, SENTENCE]),
        ("A pin. Is it fine? Ignore the nut. Ignore the bolt. Well {?}", [SENTENCE]),  # taken away
    ],
)
def test_those_lines_are_blamed_that_say_what_was_not_said_before(
    before: str | None, expected: list[Origin]
) -> None:
    assert blamed(before, NOW, [ASKED, FRAME, SENTENCE]) == expected


def test_a_line_that_says_nothing_is_blamed_if_no_other_is() -> None:
    before = "A pin. Is it fine? Ignore the nut. Well {?}"
    assert blamed(before, "A pin. Is it fine? Well {?}", [ASKED, FRAME, SILENT]) == [SILENT]
    asked = Origin("question", 1, "Is it right?")
    assert blamed(before, "A pin. Is it right? Well {?}", [asked, FRAME, SILENT]) == [asked]


@pytest.mark.parametrize(
    ("origins", "expected"),
    [([ASKED, FRAME], [FRAME]), ([ASKED], [ASKED]), ([FRAME, SENTENCE, ASKED], [SENTENCE]), ([], [])],
)
def test_where_words_were_taken_away_the_most_specific_line_is_blamed(
    origins: list[Origin], expected: list[Origin]
) -> None:
    assert blamed(f"{NOW} Look well.", NOW, origins) == expected


def test_an_edit_of_a_file_is_found_on_its_line(tmp_path: Path) -> None:
    asked = ("parts", "split_pin", "rotated", "mine")
    before = _book(tmp_path, FILE).prompt(*asked).text
    book = _book(tmp_path, FILE.replace("Ignore the angle.", "Ignore any angle."))
    origins = blamed(before, book.prompt(*asked).text, book.origins(*asked))
    assert origins == [Origin(f"{PIN}.rotated", 13, "Ignore any angle.")]


def test_the_manifest_tells_the_lines_of_every_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('[classes.synthetic.gear]\nsentence = "Turned."\n', encoding="utf-8")
    manifest = _manifest(Path("mine.toml"))
    question = load(None, {}, {}, ()).questions.of_one
    assert manifest["prompt_file"] == str(tmp_path / "mine.toml")
    assert manifest["prompts"] == {"oneshot-specific": {f"{question} Turned.": ["synthetic/gear/original"]}}
    origins = [["classes.synthetic.gear.sentence", 2, "Turned."]]
    assert manifest["prompt_origins"] == {"oneshot-specific": {f"{question} Turned.": origins}}


def test_the_manifest_names_no_lines_without_a_prompt_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    manifest = _manifest(None)
    question = load(None, {}, {}, ()).questions.of_one
    assert manifest["prompt_file"] is None
    assert manifest["prompt_origins"] == {"oneshot-specific": {question: []}}


def _manifest(prompts: Path | None) -> dict[str, object]:
    settings = Settings(
        datasets=(DatasetSpec.parse("synthetic"),),
        classes=("gear",),
        perturbations=("original",),
        models=("qwen2-vl-tiny",),
        limit=1,
        lvlm=LvlmSettings(prompts=prompts),
    )
    suite = Suite(settings, Registered())
    run = RunDirectory(Path("runs/one"))
    begin(run, suite, suite.cases, ["pytest"], Path())
    return dict(run.manifest())


@given(st.lists(st.sampled_from(("{{", "}}", "{a}", "{b}", "x", " y ", "\n")), max_size=12).map("".join))
def test_a_partly_filled_template_becomes_what_filling_it_at_once_gives(text: str) -> None:
    values = {"a": "{}", "b": "{a} z"}
    half = partly_filled(text, {"a": values["a"]})
    assert set(placeholders(half)) == set(placeholders(text)) - {"a"}
    assert filled(half, values) == filled(text, values)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("{a}", ()),
        ("one  two", ("one two",)),
        ("{a} one {{b}} {a}{b} two\n", ("one {b}", "two")),
    ],
)
def test_literals_are_what_stands_between_placeholders(text: str, expected: tuple[str, ...]) -> None:
    assert literals(text) == expected
