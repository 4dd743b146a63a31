"""A file of scores: one row a view or training photograph, as CSV or Parquet (``docs/scores.md``)."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from iad_eval.errors import ModelError, UsageError
from iad_eval.perturbations import perturbation
from iad_eval.words import ORIGINAL

EMPTY = "empty"
"""What is wrong with a score that is not filled in."""

_SAMPLE = re.compile(r"(?P<dataset>[^/]+)/(?P<class_name>[^/]+)/(?P<split>train|test)/[^/]+/.+")
_UNNAMED = re.compile(r"(?P<dataset>[^/]+)/(?P<class_name>[^/]+)/train")
_USED = ("sample", "perturbation", "score", "model", "protocol")
_MUST = ("sample", "score")
_ONE_OF = ("model", "protocol")

Rows = Iterator[tuple[str, Sequence[object]]]
"""Where each row stands (``line 7``), and its cells."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the file says in one place: a finite score, or None and what is wrong with it."""

    place: str
    score: float | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ClassEntries:
    """One class: test rows by perturbation and sample, training rows by sample, those without a name."""

    test: dict[str, dict[str, Entry]] = field(default_factory=dict)
    train: dict[str, Entry] = field(default_factory=dict)
    unnamed: list[Entry] = field(default_factory=list)


def unnamed_training(dataset: str, class_name: str) -> str:
    """What stands in the column ``sample`` for a training score whose photograph is not known."""
    return f"{dataset}/{class_name}/train"


def read_scores(path: Path, shown: str) -> dict[tuple[str, str], ClassEntries]:
    """All rows by dataset and class; ``shown`` is the file as a person typed it.

    A score that is none is kept with its trouble: it costs its own view only. Raises UsageError
    for a file that cannot be read as this format, ModelError where Parquet needs a package.
    """
    header, rows = (_parquet if path.suffix.lower() in (".parquet", ".pq") else _csv)(path, shown)
    lacking = [name for name in _MUST if name not in header]
    if lacking:
        raise UsageError(
            f"{shown} has no column {' and no column '.join(map(repr, lacking))}; its columns are "
            f"{', '.join(map(repr, header)) or 'none'}. The first line names them: sample,perturbation,score"
        )
    twice = [name for name in _USED if header.count(name) > 1]
    if twice:
        raise UsageError(f"{shown} has two columns {twice[0]!r}; keep one of them")
    return _by_class(header, rows, shown)


def _by_class(header: Sequence[str], rows: Rows, shown: str) -> dict[tuple[str, str], ClassEntries]:
    classes: dict[tuple[str, str], ClassEntries] = {}
    names: dict[str, str] = {"": ORIGINAL}
    said: dict[str, dict[str, None]] = {column: {} for column in _ONE_OF}
    wrong: list[str] = []
    for place, cells in rows:
        row = dict(zip(header, cells, strict=False))
        sample, typed = _text(row["sample"]), _text(row.get("perturbation"))
        if typed not in names:
            names[typed] = _canonical(typed)
        for column in _ONE_OF:
            if value := _text(row.get(column)):
                said[column][value] = None
        match = _SAMPLE.fullmatch(sample) or _UNNAMED.fullmatch(sample)
        if match is None:
            wrong.append(f"{place}: {sample!r} is no sample")
            continue
        of = classes.setdefault((match["dataset"], match["class_name"]), ClassEntries())
        entry = Entry(place, *_number(row["score"]))
        if match.re is _SAMPLE and match["split"] == "test":
            _put(of.test.setdefault(names[typed], {}), sample, entry)
        elif names[typed] != ORIGINAL:
            wrong.append(f"{place}: a training photograph under {typed!r}, not {ORIGINAL!r}")
        elif match.re is _SAMPLE:
            _put(of.train, sample, entry)
        else:
            of.unnamed.append(entry)
    if wrong:
        raise UsageError(
            f"{shown} has {len(wrong)} row{'s' * (len(wrong) != 1)} that cannot be used: {listed(wrong)}. "
            "A sample reads mvtec/bottle/test/broken_large/000; a training photograph, "
            "mvtec/bottle/train/good/000, is scored as it is"
        )
    for column, values in said.items():
        if len(values) > 1:
            raise UsageError(
                f"{shown} holds rows of {len(values)} {column}s ({listed(list(values))}) in its column "
                f"{column!r}; keep the rows of one. Out of a run they are taken with: python -m iad_eval "
                f"export-scores --from RUN --model NAME{' --protocol NAME' * (column == 'protocol')} "
                "-o FILE.csv"
            )
    if not classes:
        raise UsageError(f"{shown} has no row but its header")
    return classes


def listed(names: Sequence[str], count: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return ", ".join(names[:count]) + more


def _put(entries: dict[str, Entry], sample: str, entry: Entry) -> None:
    before = entries.get(sample)
    if before is not None:
        entry = Entry(f"{before.place} and {entry.place}", None, "given more than once")
    entries[sample] = entry


def _canonical(typed: str) -> str:
    """``rotate:15.0`` is ``rotate:15``; a name that somebody else registered stays as it is."""
    try:
        return perturbation(typed).name
    except UsageError:
        return typed


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _number(value: object) -> tuple[float | None, str]:
    """A finite score, or None and what is wrong."""
    text = _text(value)
    if not text:
        return None, EMPTY
    try:
        number = math.nan if "_" in text else float(text)
    except ValueError:
        point = text.replace(",", ".")
        hint = f", write {point}" if text.count(",") == 1 and "." not in text and _is_number(point) else ""
        return None, f"{text!r} is no number{hint}"
    return (number, "") if math.isfinite(number) else (None, f"{text!r} is no finite number")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _csv(path: Path, shown: str) -> tuple[list[str], Rows]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read {shown}: {error.strerror or error}. A relative path starts from the folder in "
            "which the command is typed; type --iad-model scores:FILE.csv"
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{shown}, line {line}: this is no UTF-8 text; save the file as CSV in UTF-8"
        ) from error
    first = text.lstrip().partition("\n")[0]
    rows = _csv_rows(text, ";" if first.count(";") > first.count(",") else ",", shown)
    _, cells = next(rows, ("", []))
    header = [_text(name) for name in cells]
    while header and not header[-1]:  # as spreadsheets leave them
        header.pop()
    return header, _whole(rows, len(header), shown)


def _csv_rows(text: str, delimiter: str, shown: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1  # where the row begins: an answer's text may go over several
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UsageError(f"{shown}, line {line}: {error}; this does not read as CSV") from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield f"line {line}", cells


def _whole(rows: Rows, width: int, shown: str) -> Rows:
    for place, cells in rows:
        if len(cells) < width or any(map(_text, cells[width:])):
            raise UsageError(
                f"{shown}, {place}: {len(cells)} cells under {width} columns; write scores with a decimal "
                "point, and texts that hold the separator in quotes"
            )
        yield place, cells


def _parquet(path: Path, shown: str) -> tuple[list[str], Rows]:
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ModelError(
            f"reading {shown} needs pyarrow: type pip install 'iad-eval[parquet]', or give the scores as CSV"
        ) from error
    try:
        header = list(parquet.read_schema(path).names)
        used = [name for name in header if name in _USED]
        columns = parquet.read_table(path, columns=used).to_pydict() if len(used) == len(set(used)) else {}
    except Exception as error:  # pyarrow's own errors share no base with OSError
        first = str(error).partition("\n")[0]
        raise UsageError(f"cannot read {shown} as Parquet: {first}; type --iad-model scores:FILE") from error
    if not columns or not set(_MUST) <= set(used):
        return header, iter(())
    return used, _parquet_rows(zip(*(columns[name] for name in used), strict=True))


def _parquet_rows(rows: Iterable[Sequence[object]]) -> Rows:
    for number, cells in enumerate(rows, 1):
        yield f"row {number}", cells
