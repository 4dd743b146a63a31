"""Tables of a TOML file, read with errors that name the file and the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from iad_eval.errors import UsageError
from iad_eval.prompts.lines import KeyPath, key_lines, spelt

_TYPES = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}
_CONTAINERS = {dict: "a table", list: "an array"}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file that messages call ``source``; ``path`` are the keys that lead to it."""

    source: str
    lines: Mapping[KeyPath, int]
    values: Mapping[str, object]
    path: KeyPath = ()

    def error(self, key: str | None, message: str) -> UsageError:
        """For example ``prompts.toml, line 12: unknown key 'txt'``; None stands for the table itself."""
        path = self.path if key is None else (*self.path, key)
        return UsageError(f"{self.source}, line {self.lines.get(path, 1)}: {message}")

    def unknown(self, what: str, name: str, known: Collection[str], key: str | None = None) -> UsageError:
        """The error for a name that nothing knows, with the nearest that are known.

        ``key`` is the one in whose value it stands; None where it is a key itself.
        """
        near = get_close_matches(name, sorted(known), n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else "."
        inside = "" if key is None else f" in {key!r}"
        message = f"unknown {what} {name!r}{inside}{self._where()}{hint} Known: {', '.join(sorted(known))}"
        return self.error(name if key is None else key, message)

    def only(self, known: Collection[str]) -> None:
        """Raises UsageError for a key that is not one of ``known``."""
        for key in self.values:
            if key not in known:
                raise self.unknown("key", key, known)

    def text(self, key: str) -> str | None:
        """A string; None where it is not given. Raises UsageError for a value of another type."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self._mistyped(key, value, 'a string: type it in quotes, "..."')

    def flag(self, key: str) -> bool | None:
        """True or false; None where it is not given. Raises UsageError for a value of another type."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self._mistyped(key, value, "true or false, without quotes")

    def below(self, key: str) -> Table:
        """The table of a key, empty where it is not given. Raises UsageError for another type."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self._mistyped(
                key, value, f"a table: type [{spelt((*self.path, key))}] on a line of its own"
            )
        return Table(self.source, self.lines, value, (*self.path, key))

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Every key with its table. Raises UsageError for one whose value is none."""
        for key in self.values:
            yield key, self.below(key)

    def _mistyped(self, key: str, value: object, expected: str) -> UsageError:
        seen = (_TYPES | _CONTAINERS).get(type(value), "a date or time")
        return self.error(key, f"{key!r}{self._where()} is {seen}, but must be {expected}")

    def _where(self) -> str:
        return f" in [{spelt(self.path)}]" if self.path else ""


def parsed(source: str, text: str) -> Table:
    """The outermost table of a TOML text. Raises UsageError where it is none, naming line and column."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(source, text, str(error)) from None
    except ValueError:  # int's own limit
        raise _not_toml(source, text, "a number has too many digits") from None
    except RecursionError:
        raise _not_toml(source, text, "tables or arrays are nested too deep") from None
    return Table(source, key_lines(text), values)


def _not_toml(source: str, text: str, reason: str) -> UsageError:
    place = re.search(r" \(at line (\d+), column (\d+)\)$", reason)
    if place:
        return UsageError(
            f"{source}, line {place[1]}: this is not TOML: {reason[: place.start()]} (column {place[2]})"
        )
    last = text.rstrip("\n").count("\n") + 1
    return UsageError(f"{source}, line {last}: this is not TOML: {reason}")
