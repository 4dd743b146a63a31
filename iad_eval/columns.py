"""Tables of records as files: CSV for spreadsheets, Parquet for notebooks, from one list of columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from iad_eval.errors import UsageError
from iad_eval.store import drafted, write_atomically
from iad_eval.words import Json


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and what its cells are; every cell may be None.

    A ``name`` repeats from line to line (a model, a verdict) and is stored once in Parquet; a
    ``text`` does not.
    """

    name: str
    holds: Literal["name", "text", "bool", "int", "float"]


def named(holds: Literal["name", "text", "bool", "int", "float"], names: str) -> tuple[Column, ...]:
    """Columns that hold the same, from their names with spaces between them."""
    return tuple(Column(name, holds) for name in names.split())


def write_csv(path: Path, columns: Sequence[Column], records: Iterable[Sequence[Json]]) -> None:
    """UTF-8 with a header; None is empty, truth ``True`` or ``False``, figures have full precision.

    Texts stand as they are, so open the file as text columns where they may look like formulas.
    """
    text = _Lines()
    writer = csv.writer(text, lineterminator="\r\n")  # so that a lone carriage return is quoted, too
    writer.writerow([column.name for column in columns])
    writer.writerows(records)
    write_atomically(path, text.getvalue())


def write_parquet(path: Path, columns: Sequence[Column], records: Iterable[Sequence[Json]]) -> None:
    """The same records as :func:`write_csv` writes, with their types; None is null.

    Raises UsageError where pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(
            f"{path.name} is written by pyarrow, which is not installed: pip install 'iad-eval[parquet]'"
        ) from error
    types = {
        "name": pyarrow.dictionary(pyarrow.int32(), pyarrow.string()),
        "text": pyarrow.string(),
        "bool": pyarrow.bool_(),
        "int": pyarrow.int64(),
        "float": pyarrow.float64(),
    }
    cells: list[list[Json]] = [[] for _ in columns]
    for record in records:
        for of_column, cell in zip(cells, record, strict=True):
            of_column.append(_encodable(cell))
    arrays = [
        pyarrow.array(of_column, type=types[column.holds])
        for column, of_column in zip(columns, cells, strict=True)
    ]
    table = pyarrow.Table.from_arrays(arrays, names=[column.name for column in columns])
    with drafted(path) as draft:
        parquet.write_table(table, draft)


class _Lines(io.StringIO):
    """Ends lines as everywhere else; a csv writer writes one line a call."""

    def write(self, line: str) -> int:
        return super().write(line.removesuffix("\r\n") + "\n")


def _encodable(cell: Json) -> Json:
    """A file name that is no valid text is written as CSV files have it."""
    return cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) else cell
