"""The line found for each key is the one on which it was written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.prompts.lines import KeyPath, key_lines, spelt

TRAPS = ("a = 1", "[t]", "{x = 1}", "# no", "]", "}", ",", "'", '"', "=", "\\", ".", "é💡", "")
SCALARS = (
    *("1", "-1.5e3", "true", "inf", "1979-05-27 07:32:00.5", "1979-05-27", "07:32:00", '""', "''"),
    *('""""a"""""', "'''a''''", '"""\na = 1\n"""', "'''\n[t]\n'''", '"""\\\n  "x" = {"""', '"\\"a = [\\\\"'),
    *("[]", "[[], [[ ]]]", "[\n# ]\n1,\n]", '[{b = "]", c = [1]}, {}]', '["[", \'{\', """\n]"""]'),
)


@dataclass
class _Writer:
    """Writes a TOML text part by part and keeps, on its own, on which line each key came first."""

    draw: st.DrawFn
    text: str = ""
    lines: dict[KeyPath, int] = field(default_factory=dict)
    count: int = 0

    def choose(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def key(self) -> tuple[str, str]:
        """A name that no other key has, and one way to spell it."""
        self.count += 1
        name = f"k{self.count}"
        match self.choose("bare", "literal", "quoted", "escaped"):
            case "bare":
                return name, name
            case "literal":
                name += self.choose(*TRAPS).replace("'", "")
                return name, f"'{name}'"
            case "quoted":
                name += self.choose(*TRAPS)
                return name, json.dumps(name, ensure_ascii=False)
            case _:
                return name, f'"\\u006b{self.count}"'

    def named(self, prefix: KeyPath) -> KeyPath:
        """Writes a key of one to three parts below ``prefix``, and notes it."""
        line = self.text.count("\n") + 1
        for part in range(self.draw(st.integers(1, 3))):
            name, spelling = self.key()
            prefix = (*prefix, name)
            self.lines[prefix] = line
            self.text += (self.choose(".", " . ") if part else "") + spelling
        return prefix

    def pair(self, prefix: KeyPath, depth: int = 0) -> None:
        path = self.named(prefix)
        self.text += self.choose("=", " = ", "\t=")
        if depth == 3 or self.choose("value", "inline") == "value":
            self.text += self.choose(*SCALARS)
            return
        self.text += "{"
        for number in range(self.draw(st.integers(0, 3))):
            self.text += ", " if number else " "
            self.pair(path, depth + 1)
        self.text += "}"

    def document(self) -> None:
        table: KeyPath = ()
        for _ in range(self.draw(st.integers(0, 7))):
            match self.choose("pair", "pair", "table", "noise"):
                case "pair":
                    self.pair(table)
                case "table":
                    self.text += self.choose("[", "[ ", "  [")
                    table = self.named(())
                    self.text += "]"
            self.text += self.choose("", " ") + self.choose("", *(f"# {trap}" for trap in TRAPS))
            self.text += self.choose("\n", "\n\n", "\r\n")


@st.composite
def _written(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    writer = _Writer(draw)
    writer.document()
    return writer.text, writer.lines


def _paths(values: dict[str, object], above: KeyPath = ()) -> Iterator[KeyPath]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))


@settings(max_examples=400, deadline=None)
@given(_written())
def test_every_key_is_found_on_the_line_where_it_was_written(
    written: tuple[str, dict[KeyPath, int]],
) -> None:
    text, lines = written
    assert set(_paths(tomllib.loads(text))) == set(lines)  # what was written is TOML, and these are its keys
    assert key_lines(text) == lines


@settings(max_examples=100, deadline=None)
@given(_written())
def test_a_key_is_there_once_its_statement_is_read(written: tuple[str, dict[KeyPath, int]]) -> None:
    """The slow way: after which line does ``tomllib`` first know a key?"""
    text, _ = written
    known, starts = dict[KeyPath, int](), dict[KeyPath, int]()
    begun, lines = 1, text.split("\n")
    for number in range(1, len(lines) + 1):
        try:
            values = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        for path in _paths(values):
            known.setdefault(path, number)
            starts.setdefault(path, begun)
        begun = number + 1
    found = key_lines(text)
    assert set(found) == set(known)
    assert all(starts[path] <= found[path] <= known[path] for path in found)


def test_the_first_mention_counts() -> None:
    text = "[a.b.c]\nx = 1\n[a]\ny = 2\n[a.b]\nz.q = 3\nz.r = 4\n[[l]]\n[[l]]\n"
    assert key_lines(text) == {
        **{("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "b", "c", "x"): 2, ("a", "y"): 4},
        **{("a", "b", "z"): 6, ("a", "b", "z", "q"): 6, ("a", "b", "z", "r"): 7, ("l",): 8},
    }


@pytest.mark.parametrize("text", ["", "\n", "# a = 1", "\t \r\n"])
def test_a_text_without_keys_has_no_lines(text: str) -> None:
    assert key_lines(text) == {}


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab-_.:'\" é\\\n", max_size=5), min_size=1, max_size=3))
def test_a_path_is_spelt_as_toml_reads_it(path: list[str]) -> None:
    (read,) = [found for found in _paths(tomllib.loads(f"[{spelt(tuple(path))}]")) if len(found) == len(path)]
    assert list(read) == path
