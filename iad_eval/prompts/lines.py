"""Where in a TOML text each key is first named: ``tomllib`` itself does not say."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field

KeyPath = tuple[str, ...]
"""A key with those of the tables around it: ``("classes", "mvtec", "capsule", "sentence")``."""

_TOKEN = re.compile(
    r'''
    (?P<skip>    [^\S\n]+ | \#[^\n]* )
  | (?P<newline> \n )
  | (?P<string>  """ (?: \\. | [^\\] )*? """ "{0,2} | \'\'\' .*? \'\'\' '{0,2}
               | " (?: \\. | [^"\\\n] )* " | '[^'\n]*' )
  | (?P<mark>    [\[\]{}=,] )
  | (?P<dot>     \. )
  | (?P<bare>    [^\s\[\]{}=,."'\#]+ )
    ''',
    re.VERBOSE | re.DOTALL,
)

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(slots=True)
class _Scan:
    """Goes through the tokens of a valid text. ``lines``: what was found so far, counted from 1."""

    lines: dict[KeyPath, int] = field(default_factory=dict)
    table: KeyPath = ()  # of the last [header]
    around: list[KeyPath] = field(default_factory=list)  # the inline tables that are open
    key: KeyPath = ()  # being read; once its = is past, the one whose value is read
    in_value: bool = False
    in_array: int = 0  # brackets that are open in an array: what stands there has no name

    def take(self, kind: str, token: str, line: int) -> None:
        """One token that starts on ``line``."""
        if self.in_array:
            self.in_array += (token in ("[", "{")) - (token in ("]", "}"))
        elif kind == "newline":
            self.end_statement()
        elif self.in_value:
            self.in_value_take(token)
        elif token == "=":
            self.key = self.found((*self.prefix(), *self.key), line)
            self.in_value = True
        elif token == "]" and self.key:  # a header is read; its brackets are passed over
            self.table = self.found(self.key, line)
            self.key = ()
        elif token == "}":  # of an empty table, or after a last comma
            self.key, self.in_value = self.around.pop(), True
        elif kind in ("bare", "string"):
            self.key = (*self.key, _unquoted(token))

    def in_value_take(self, token: str) -> None:
        """A token to the right of a ``=``."""
        if token == "[":
            self.in_array = 1
        elif token == "{":
            self.around.append(self.key)
            self.key, self.in_value = (), False
        elif token == "," and self.around:
            self.key, self.in_value = (), False
        elif token == "}":
            self.key = self.around.pop()

    def end_statement(self) -> None:
        """A line's end ends a statement, unless an inline table is open."""
        if not self.around:
            self.key, self.in_value = (), False

    def prefix(self) -> KeyPath:
        """What a key here stands below."""
        return self.around[-1] if self.around else self.table

    def found(self, path: KeyPath, line: int) -> KeyPath:
        """Keeps the line of a path and of the tables that it names on its way."""
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)
        return path


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) on which each key and table of a TOML text is first named; it must be valid.

    Keys inside arrays are left out: no path leads there.
    """
    scan, line = _Scan(), 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if match.lastgroup != "skip":
            scan.take(str(match.lastgroup), token, line)
        line += token.count("\n")
    return scan.lines


def spelt(path: KeyPath) -> str:
    """A path as it is typed in a file: ``classes.parts."split pin"``."""
    return ".".join(key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False) for key in path)


def _unquoted(token: str) -> str:
    if token[0] not in "\"'":
        return token
    (name,) = tomllib.loads(f"{token} = 0")
    return name
