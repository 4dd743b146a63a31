"""What can go wrong by somebody's hand, and the nearest names to what they typed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class IadError(Exception):
    """A mistake that a person can mend: the text says what was seen, expected, and to type next."""


class UsageError(IadError):
    """A wrong option or name. The command line ends with exit code 2."""


class DataError(IadError):
    """A photograph, mask, folder or split file that cannot be used."""


class ModelError(IadError):
    """A model that cannot be opened or fitted as asked."""


def unknown(what: str, name: str, known: Iterable[str], option: str) -> UsageError:
    """The error for a name that does not exist, with the nearest ones that do.

    ``what`` is the noun ("class"), ``option`` what is typed to choose it ("--iad-class").
    """
    names = sorted(set(known))
    hint = nearest(name, names)
    return UsageError(f"unknown {what} {name!r}.{hint} Known: {', '.join(names)}. Choose with {option} NAME.")


def nearest(name: str, known: Iterable[str]) -> str:
    """`` Did you mean 'capsule'?``, or nothing where no known name is near."""
    near = get_close_matches(name, sorted(set(known)), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
