"""A user's prompt file is laid over the paper's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.errors import UsageError
from iad_eval.prompts import DEFAULT_PROTOCOLS, PromptBook, load

KINDS = {"parts": "folder", "mvtec": "mvtec", "turned": "mvtec"}
CLASSES = {"parts": ("split_pin", "nut 5"), "mvtec": ("capsule",), "turned": ("grid", "capsule")}
VIEWS = ("original", "rotated", "rotate:15", "fog:3")
QUESTION = load(None, {}, {}, ()).questions.of_one


def _load(folder: Path, text: str | bytes) -> PromptBook:
    path = folder / "prompts.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load(path, KINDS, CLASSES, VIEWS)


def _asked(book: PromptBook, dataset: str, class_name: str, view: str = "original", way: str = "") -> str:
    text = book.prompt(dataset, class_name, view, way or "oneshot-specific").text
    return text.removeprefix(QUESTION).strip()


def test_an_empty_file_leaves_the_papers_prompts(tmp_path: Path) -> None:
    own, paper = _load(tmp_path, ""), load(None, KINDS, {}, ())
    assert (own.questions, own.ways, own.words) == (paper.questions, paper.ways, paper.words)
    assert own.source == str(tmp_path / "prompts.toml")
    assert paper.source == "the paper's prompts"


def test_a_question_replaces_the_papers_and_leaves_the_sentences(tmp_path: Path) -> None:
    book = _load(tmp_path, 'question = "Is {class_name} fine?"\n')
    text = book.prompt("mvtec", "metal_nut", "original", "oneshot-specific").text
    assert text == "Is metal nut fine?"
    assert _asked(book, "turned", "grid") == "Is grid fine? Ignore differences in color tones."


def test_a_table_replaces_the_table_of_its_class_alone(tmp_path: Path) -> None:
    book = _load(tmp_path, '[classes.mvtec.toothbrush]\nsentence = "Mine."\n')
    assert _asked(book, "mvtec", "toothbrush", "rotated") == "Mine."
    assert _asked(book, "mvtec", "cable", "rotated") == "Ignore differences in the position of the objects."
    with pytest.raises(UsageError, match=r"below \[classes.mvtec.toothbrush\] into .*prompts\.toml"):
        book.prompt("mvtec", "toothbrush", "original", "zeroshot-description")


def test_the_sessions_name_of_a_dataset_wins_over_its_kind(tmp_path: Path) -> None:
    text = '[classes.turned.grid]\nsentence = "By name."\n[classes.mvtec]\n'
    text += 'grid = { sentence = "By kind." }\ncapsule.sentence = "By kind."\n'
    book = _load(tmp_path, text)
    assert _asked(book, "turned", "grid") == "By name."
    assert _asked(book, "turned", "capsule") == "By kind."
    assert _asked(book, "mvtec", "grid") == "By kind."


def test_perturbations_are_found_by_their_canonical_names(tmp_path: Path) -> None:
    text = '[classes.folder."nut 5".for_perturbation]\n"rotate:15.0" = "Exactly."\nrotate = "Any."\n'
    book = _load(tmp_path, text + 'fog = "Foggy."\n"blur:2" = "Soft."\n')
    views = ("rotate:15", "rotate:16", "fog:3", "blur:2", "rotated")
    asked = [_asked(book, "parts", "nut 5", view) for view in views]
    assert asked == ["Exactly.", "Any.", "Foggy.", "Soft.", ""]


def test_own_protocols_follow_the_papers_and_those_can_be_changed(tmp_path: Path) -> None:
    text = (
        '[protocols.mine]\nreference = false\ntext = "{class_name}?"\n[protocols.oneshot]\ntext = "Well?"\n'
    )
    book = _load(tmp_path, text)
    assert book.protocols == (*DEFAULT_PROTOCOLS, "mine")
    mine, changed = (book.prompt("parts", "split_pin", "original", name) for name in ("mine", "oneshot"))
    assert (mine.text, mine.shows_reference) == ("split pin?", False)
    assert (changed.text, changed.shows_reference) == ("Well?", True)


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    book = _load(tmp_path, b'\xef\xbb\xbfquestion = """a\r\nb"""\r\n')
    assert book.prompt("parts", "split_pin", "original", "oneshot").text == "a b"


@settings(max_examples=50, deadline=None)
@given(sentence=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_a_sentence_arrives_as_it_was_written(
    sentence: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    meant = sentence.replace("{", "{{").replace("}", "}}")
    text = f"[classes.parts.split_pin]\nsentence = {json.dumps(meant, ensure_ascii=False)}\n"
    book = _load(tmp_path_factory.getbasetemp(), text)
    assert _asked(book, "parts", "split_pin") == " ".join(sentence.split())


def test_classes_of_published_datasets_are_known_without_them(tmp_path: Path) -> None:
    text = '[classes.visa.pcb1]\nsentence = ""\n[classes.synthetic.gear]\nsentence = "Turned."\n'
    book = _load(tmp_path, text)
    assert _asked(book, "synthetic", "gear") == "Turned."


def test_the_example_of_the_documentation_is_a_prompt_file(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "prompts.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    book = _load(tmp_path, example)
    text = book.prompt("parts", "split_pin", "rotate:180", "oneshot-described").text
    assert text.startswith("This is a split pin. A good split pin goes through the nut")
    assert text.endswith("Reply yes or no, then explain. The part may lie upside down.")
