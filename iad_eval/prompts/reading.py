"""A prompt file as values: every key, type and placeholder checked. The format: ``docs/prompts.md``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from iad_eval.prompts.book import ClassWords
from iad_eval.prompts.lines import KeyPath, spelt
from iad_eval.prompts.names import Names
from iad_eval.prompts.origins import Place
from iad_eval.prompts.tables import Table
from iad_eval.prompts.templates import placeholders

FACTS = ("class_name", "shots")
"""The placeholders that any text may have."""

PIECES = ("question", "question_without_reference", "sentence", "description", *FACTS)
"""The placeholders that the text of a protocol may have."""

_QUESTIONS = ("question", "question_of_several", "question_without_reference")


@dataclass(frozen=True, slots=True)
class ProtocolTable:
    """What a file says about one protocol, None where it says nothing; ``table`` names lines in errors."""

    text: str | None
    shows_reference: bool | None
    table: Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file. ``classes``: what stands after ``classes.`` in a header -> class -> its words.

    ``places`` are found by a key's path, with perturbations under their canonical names.
    """

    question: str | None
    question_of_several: str | None
    question_without_reference: str | None
    protocols: Mapping[str, ProtocolTable]
    classes: Mapping[str, Mapping[str, ClassWords]]
    places: Mapping[KeyPath, Place]


def read(file: Table, names: Names) -> Sheet:
    """The sheet of a file's outermost table.

    Raises UsageError for the first thing in it that is not as it must be, naming file and line.
    """
    file.only((*_QUESTIONS, "protocols", "classes"))
    question, of_several, without_reference = (_asking(file, key, FACTS) for key in _QUESTIONS)
    classes = file.below("classes")
    names.check(classes)
    return Sheet(
        question,
        of_several,
        without_reference,
        {name: _protocol(file, name, table) for name, table in file.below("protocols").tables()},
        {
            dataset: {name: _words(words, names) for name, words in table.tables()}
            for dataset, table in classes.tables()
        },
        _places(file, names),
    )


def _places(file: Table, names: Names) -> dict[KeyPath, Place]:
    found = {}
    for path, line in file.lines.items():
        match path:
            case ("classes", _, _, "for_perturbation", typed):
                found[*path[:-1], names.canonical(file, typed)] = Place(spelt(path), line)
            case _:
                found[path] = Place(spelt(path), line)
    return found


def _protocol(file: Table, name: str, table: Table) -> ProtocolTable:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
        raise table.error(
            None,
            f"a protocol cannot be called {name!r}: take letters, digits, '-', '_' and '.', "
            "as it is typed after --iad-protocol and stands in the ids of cases",
        )
    table.only(("reference", "text"))
    return ProtocolTable(_asking(table, "text", PIECES), table.flag("reference"), table)


def _words(table: Table, names: Names) -> ClassWords:
    table.only(("sentence", "description", "for_perturbation"))
    others = table.below("for_perturbation")
    sentences: dict[str, str] = {}
    for typed in others.values:
        name = names.canonical(others, typed)
        if name in sentences:
            raise others.error(typed, f"{typed!r} is {name!r}, which has a sentence already; take one away")
        sentences[name] = _template(others, typed, FACTS) or ""
    return ClassWords(
        _template(table, "sentence", FACTS) or "", _template(table, "description", FACTS) or "", sentences
    )


def _asking(table: Table, key: str, known: Collection[str]) -> str | None:
    """A template that must not be blank."""
    text = _template(table, key, known)
    if text is not None and not text.strip():
        raise table.error(key, f"{key!r} is empty; write a text or take the key away for the paper's")
    return text


def _template(table: Table, key: str, known: Collection[str]) -> str | None:
    text = table.text(key)
    if text is None:
        return None
    try:
        found = placeholders(text)
    except ValueError as error:
        raise table.error(
            key, f"{key!r} has {error}; a brace that is meant is doubled: {{{{ or }}}}"
        ) from None
    for name in found:
        if name not in known:
            raise table.unknown("placeholder", name, known, key)
    return text
