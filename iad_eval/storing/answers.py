"""The answers of a stored run: each distinct one once, cut where all of them would be too long."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from iad_eval.stored import StoredRun

LADDER = (1000, 400, 200, 150, 120, 100, 80, 60, 40)
"""The lengths in characters at which answers may be cut."""

ELLIPSIS = "…"
_NAME_DIGITS = 4
_JOINER = "\u200d"


def cut_length(stored: StoredRun, bytes_a_view: int) -> int | None:
    """The longest cut with which the distinct answers take no more than that for each answered view.

    None where they may stay as they are; the shortest where no cut is short enough.
    """
    tables = list(_tables(stored))
    budget = bytes_a_view * sum(map(len, tables))
    at = stored.answers_cut_at
    if _size(tables, at) <= budget:
        return at
    shorter = [length for length in LADDER if at is None or length <= at]
    fitting = (length for length in shorter if _size(tables, length) <= budget)
    return next(fitting, shorter[-1] if shorter else at)


def cut(answer: str, at: int | None) -> str:
    """An answer of at most ``at`` characters; one that was longer ends in an ellipsis."""
    if at is None or len(answer) <= at:
        return answer
    end = max(0, at - len(ELLIPSIS))
    while end > 0 and _belongs_to_the_last(answer[end]):
        end -= 1
    return answer[:end] + ELLIPSIS


def names(answers: Iterable[str]) -> dict[str, str]:
    """A short name for each distinct answer: the first digits of its digest, enough to tell it apart.

    So that one answer more does not rename the others, as numbers would.
    """
    named = sorted((_digest(text), text) for text in {*answers})
    digests = ["", *(digest for digest, _ in named), ""]
    return {
        text: digest[: max(_NAME_DIGITS, 1 + _shared(before, digest), 1 + _shared(digest, after))]
        for (digest, text), before, after in zip(named, digests, digests[2:], strict=False)
    }


def _tables(stored: StoredRun) -> Iterator[Sequence[str]]:
    """The answers that share a table: those of an asker in all views of a class."""
    for of_class in stored.classes:
        by_asker: dict[object, list[str]] = {}
        for (asker, _), answers in of_class.answers.items():
            by_asker.setdefault(asker, []).extend(answers)
        yield from by_asker.values()


def _size(tables: Iterable[Sequence[str]], at: int | None) -> int:
    return sum(
        len(answer.encode("utf-8", "surrogatepass"))
        for answers in tables
        for answer in {cut(answer, at) for answer in answers}
    )


def _belongs_to_the_last(sign: str) -> bool:
    """Accents, variations and what is joined: alone they would stand on the ellipsis."""
    return sign == _JOINER or unicodedata.category(sign).startswith("M")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _shared(one: str, other: str) -> int:
    """How many first digits two digests share."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
