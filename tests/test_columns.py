"""Tables of records as files: every cell comes back as what it was, and no write leaves half a file."""

from __future__ import annotations

import csv
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from iad_eval.columns import Column, named, write_csv, write_parquet
from iad_eval.errors import UsageError
from iad_eval.words import Json

COLUMNS = (
    *named("text", "said"),
    *named("name", "by"),
    *named("bool", "so"),
    *named("int", "n"),
    Column("x", "float"),
)
RECORDS: Sequence[Sequence[Json]] = (
    ('Yes, a "dent"', "glass", True, 3, 0.1 + 0.2),
    ("two\nlines, one\rmore", "glass", False, -1, 1e-300),
    ("cut short\r\n", None, None, None, None),
    ("", "ü;\t", True, 0, 1e22),
    ("a name \udce9", "=1+1", None, 2**53 + 1, -0.0),
    (None, " x ", False, None, 5e-324),
)
LINES = (
    "said,by,so,n,x\n"
    '"Yes, a ""dent""",glass,True,3,0.30000000000000004\n'
    '"two\nlines, one\rmore",glass,False,-1,1e-300\n'
    '"cut short\r\n",,,,\n'
    ",ü;\t,True,0,1e+22\n"
    "a name \\udce9,=1+1,,9007199254740993,-0.0\n"
    ", x ,False,,5e-324\n"
)
WRITERS = (write_csv, write_parquet)

Writer = Callable[[Path, Sequence[Column], Any], None]


@pytest.fixture(params=WRITERS, ids=["csv", "parquet"])
def write(request: pytest.FixtureRequest) -> Writer:
    if request.param is write_parquet:
        pytest.importorskip("pyarrow", reason="pyarrow is not installed here")
    writer: Writer = request.param
    return writer


def _interrupted() -> Iterator[Sequence[Json]]:
    yield RECORDS[0]
    raise RuntimeError("the records ended early")


def test_csv_is_written_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    write_csv(path, COLUMNS, RECORDS)
    assert path.read_bytes().decode() == LINES
    with path.open(encoding="utf-8", newline="") as file:
        assert [row[0] for row in csv.reader(file)][1:] == [
            'Yes, a "dent"',
            "two\nlines, one\rmore",
            "cut short\r\n",
            "",
            "a name \\udce9",
            "",
        ]


def test_a_record_of_nothing_is_a_line_all_the_same(tmp_path: Path) -> None:
    write_csv(tmp_path / "table.csv", named("text", "said"), [[None], [""], ["\r"]])
    assert (tmp_path / "table.csv").read_bytes() == b'said\n""\n""\n"\r"\n'


def test_parquet_holds_the_same_with_types_and_nulls(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed here")
    path = tmp_path / "new" / "table.parquet"
    write_parquet(path, COLUMNS, RECORDS)
    table = parquet.read_table(path)
    assert {field.name: str(field.type) for field in table.schema} == {
        "said": "string",
        "by": "dictionary<values=string, indices=int32, ordered=0>",
        "so": "bool",
        "n": "int64",
        "x": "double",
    }
    rows = [tuple(row.values()) for row in table.to_pylist()]
    assert rows == [
        tuple(record) if place != 4 else ("a name \\udce9", *record[1:])
        for place, record in enumerate(RECORDS)
    ]
    assert str(rows[4][4]) == "-0.0"


def test_parquet_without_records_has_its_columns_and_a_whole_score_is_a_figure(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed here")
    write_parquet(tmp_path / "none.parquet", COLUMNS, [])
    empty = parquet.read_table(tmp_path / "none.parquet")
    assert (empty.num_rows, empty.column_names) == (0, ["said", "by", "so", "n", "x"])
    write_parquet(tmp_path / "whole.parquet", named("float", "score"), [[8], [8.5], [None]])
    assert parquet.read_table(tmp_path / "whole.parquet").column("score").to_pylist() == [8.0, 8.5, None]


def test_records_that_end_early_leave_the_earlier_file_alone(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "table"
    write(path, COLUMNS, RECORDS[:1])
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="ended early"):
        write(path, COLUMNS, _interrupted())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_earlier_file_alone(tmp_path: Path, write: Writer) -> None:
    path = tmp_path / "table"
    write(path, COLUMNS, RECORDS)
    before = path.read_bytes()
    records = [
        (f"{number * 7919 % 10007} {'x' * (number % 50)}", "glass", True, number, number / 7)
        for number in range(5000)
    ]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(path, COLUMNS, records)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before


def test_parquet_without_pyarrow_names_what_to_type_and_touches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "rows.parquet"
    path.write_text("from another day")
    with pytest.raises(
        UsageError, match=r"^rows\.parquet is written by pyarrow, .* pip install 'iad-eval\[parquet\]'$"
    ):
        write_parquet(path, COLUMNS, RECORDS)
    assert path.read_text() == "from another day"
    assert list(tmp_path.iterdir()) == [path]
