"""The user's prompt file laid over the paper's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.prompts.book import PAPER_SOURCE, ClassWords, PromptBook, Protocol, Questions
from iad_eval.prompts.names import Names, known_names
from iad_eval.prompts.origins import OwnFile
from iad_eval.prompts.reading import ProtocolTable, Sheet, read
from iad_eval.prompts.tables import parsed
from iad_eval.prompts.templates import placeholders

Words = Mapping[str, Mapping[str, ClassWords]]
"""Dataset or kind of dataset -> class -> what is said about it."""

_NO_QUESTIONS = Questions("", "", "")


def load(
    path: Path | None,
    kinds: Mapping[str, str],
    classes: Mapping[str, Collection[str]],
    perturbations: Collection[str],
) -> PromptBook:
    """The book of a session; ``path`` None means the paper's prompts alone.

    ``kinds`` has the kind of each dataset (``{"parts": "folder"}``), ``classes`` the names of its
    classes, ``perturbations`` the canonical names of the session's. What the file does not give
    stays the paper's; its table of a class replaces the paper's table of that class, a table below
    a dataset's own name one below its kind. Raises UsageError for a file that cannot be read or has
    anything in it that nothing would use, naming the line.
    """
    paper = _paper()
    book = PromptBook(PAPER_SOURCE, _questions(paper, _NO_QUESTIONS), _ways(paper, {}), {})
    if path is None:
        return replace(book, words=_resolved(kinds, paper.classes, {}))
    names = known_names(paper.classes, kinds, classes, perturbations)
    own = read(parsed(str(path), _contents(path)), names)
    return PromptBook(
        str(path),
        _questions(own, book.questions),
        _ways(own, book.ways),
        _resolved(kinds, paper.classes, own.classes),
        OwnFile(path, own.places, kinds),
    )


def _paper() -> Sheet:
    text = files("iad_eval.prompts").joinpath("paper.toml").read_text(encoding="utf-8")
    file = parsed("paper.toml", text)
    published = {kind: frozenset(table.values) for kind, table in file.below("classes").tables()}
    return read(file, Names(published))


def _contents(path: Path) -> str:
    try:
        contents = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path}: the prompt file cannot be read: {error.strerror}; type --iad-prompts FILE.toml"
        ) from None
    try:
        return contents.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = contents[: error.start].count(b"\n") + 1
        raise UsageError(f"{path}, line {line}: this is not UTF-8; save the file as UTF-8") from None


def _questions(sheet: Sheet, paper: Questions) -> Questions:
    return Questions(
        sheet.question or paper.of_one,
        sheet.question_of_several or paper.of_several,
        sheet.question_without_reference or paper.without_reference,
    )


def _ways(sheet: Sheet, paper: Mapping[str, Protocol]) -> dict[str, Protocol]:
    return {**paper, **{name: _way(name, own, paper.get(name)) for name, own in sheet.protocols.items()}}


def _way(name: str, own: ProtocolTable, paper: Protocol | None) -> Protocol:
    text = own.text if own.text is not None or paper is None else paper.text
    shown = own.shows_reference
    if shown is None and paper is not None:
        shown = paper.shows_reference
    if text is None or shown is None:
        missing = 'text = "{question}"' if text is None else "reference = true"
        raise own.table.error(None, f"protocol {name!r} is not the paper's and lacks a key; write {missing}")
    if not shown and "question" in placeholders(text):
        raise own.table.error(
            "text" if own.text is not None else "reference",
            f"protocol {name!r} shows no reference, but its text has {{question}}, which speaks of one; "
            "write {question_without_reference} or reference = true",
        )
    return Protocol(text, shown)


def _resolved(kinds: Mapping[str, str], paper: Words, own: Words) -> Words:
    """The words of each dataset of the session, and of the published ones under the names of their kinds."""
    return {
        name: {**paper.get(kind, {}), **own.get(kind, {}), **own.get(name, {})}
        for name, kind in ({kind: kind for kind in paper} | dict(kinds)).items()
    }
