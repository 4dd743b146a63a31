"""A split file is believed only where every line can be meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.datasets.visa_split import SplitRow, read_split
from iad_eval.errors import DataError

HEADER = "object,split,label,image,mask"
NORMAL = "candle,train,normal,candle/n/0.JPG,"
ANOMALY = "candle,test,anomaly,candle/a/0.JPG,candle/m/0.png"
FILES = ("candle/n/0.JPG", "candle/n/1.JPG", "candle/a/0.JPG", "candle/m/0.png", "fryum/n/0.JPG")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of empty files, with a tempting neighbour outside."""
    root = tmp_path_factory.mktemp("outside") / "visa"
    for name in (*FILES, "../secret.JPG"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _read(root: Path, *lines: str) -> list[SplitRow]:
    file = root / "split.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_split(file, root)


def test_rows_as_written(root: Path) -> None:
    assert _read(root, HEADER, NORMAL, ANOMALY) == [
        SplitRow("candle", "train", False, root / "candle" / "n" / "0.JPG", None),
        SplitRow("candle", "test", True, root / "candle" / "a" / "0.JPG", root / "candle" / "m" / "0.png"),
    ]


def test_a_class_may_be_mentioned_again_further_below(root: Path) -> None:
    rows = _read(
        root,
        HEADER,
        NORMAL,
        "fryum,test,normal,fryum/n/0.JPG,",
        "candle,test,normal,candle/n/1.JPG,",
        ANOMALY,
    )
    assert [row.class_name for row in rows] == ["candle", "fryum", "candle", "candle"]


def test_columns_in_another_order_with_others_beside_them(root: Path) -> None:
    rows = _read(root, "note,mask,image,label,split,object", "x,,candle/n/0.JPG,normal,train,candle")
    assert rows == _read(root, HEADER, NORMAL)


def test_windows_line_ends_blanks_and_a_byte_order_mark_are_read(root: Path) -> None:
    plain = _read(root, HEADER, NORMAL)
    file = root / "split.csv"
    text = f"{HEADER}\r\n candle , train,normal ,candle/n/0.JPG ,\r\n"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_split(file, root) == plain


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("../secret.JPG", "parent folder"),
        ("candle/../../secret.JPG", "parent folder in between"),
        ("/etc/hostname", "absolute"),
        ("C:\\photos\\0.JPG", "absolute on Windows"),
        ("C:0.JPG", "a drive"),
        ("\\\\server\\share\\0.JPG", "a network share"),
        ("..\\secret.JPG", "parent folder on Windows"),
        ("", "nothing"),
        (".", "the root itself"),
    ],
)
@pytest.mark.parametrize("column", ["image", "mask"])
def test_nothing_outside_the_root_is_named(root: Path, cell: str, why: str, column: str) -> None:
    row = f"candle,test,anomaly,{cell},candle/m/0.png" if column == "image" else f"{ANOMALY[:35]}{cell}"
    assert (root / "../secret.JPG").is_file()
    with pytest.raises(DataError, match=r"line 3: .*(does not lie below|without a mask)"):
        _read(root, HEADER, NORMAL, row)


def test_files_that_do_not_exist_are_counted_and_the_first_named(root: Path) -> None:
    gone = [f"candle,train,normal,candle/n/{number}.JPG," for number in range(7, 12)]
    with pytest.raises(DataError) as error:
        _read(root, HEADER, NORMAL, *gone)
    text = str(error.value)
    assert "names 5 files that do not exist" in text
    assert f"{Path('candle', 'n', '7.JPG')} (line 3)" in text
    assert "(line 5), ..." in text
    assert "Unpack the dataset completely" in text


@pytest.mark.parametrize("cell", ["nowhere/0.JPG", "candle/n/0.jpg/x", "a" * 300 + "/0.JPG", "a\0b/0.JPG"])
def test_a_file_in_a_folder_that_cannot_be_is_missing(root: Path, cell: str) -> None:
    with pytest.raises(DataError, match="names 1 files that do not exist"):
        _read(root, HEADER, f"candle,train,normal,{cell},")


def test_a_missing_mask_is_missed(root: Path) -> None:
    with pytest.raises(DataError, match=r"9\.png \(line 2\)"):
        _read(root, HEADER, "candle,test,anomaly,candle/a/0.JPG,candle/m/9.png")


@pytest.mark.parametrize("missing", HEADER.split(","))
def test_a_missing_column_is_named(root: Path, missing: str) -> None:
    header = ",".join(name for name in HEADER.split(",") if name != missing)
    with pytest.raises(DataError, match=rf"no column {missing}; expected the columns {HEADER}"):
        _read(root, header, NORMAL)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("candle,valid,normal,candle/n/0.JPG,", r"line 2: split is 'valid'; expected train or test"),
        ("candle,train,good,candle/n/0.JPG,", r"line 2: label is 'good'; expected normal or anomaly"),
        ("candle,train", r"line 2: label is ''"),
        (",train,normal,candle/n/0.JPG,", r"line 2: .*object"),
        ("candle,test,anomaly,candle/a/0.JPG,", r"line 2: candle/a/0\.JPG is an anomaly without a mask"),
    ],
)
def test_a_row_that_cannot_be_meant(root: Path, row: str, says: str) -> None:
    with pytest.raises(DataError, match=says):
        _read(root, HEADER, row)


def test_a_photograph_mentioned_twice(root: Path) -> None:
    with pytest.raises(DataError, match=r"line 4: candle/n/0\.JPG stands in line 2 already; remove one"):
        _read(root, HEADER, NORMAL, ANOMALY, "candle,test,normal,candle/n/0.JPG,")


@pytest.mark.parametrize("content", [b"", b"\n\n", HEADER.encode(), b"\xff\xfe\x00 no text", b'"' * 200_001])
def test_a_file_without_rows_is_no_split(root: Path, content: bytes) -> None:
    file = root / "split.csv"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"split\.csv"):
        read_split(file, root)


@settings(max_examples=60, deadline=None)
@given(
    image=st.text(max_size=20)
    | st.lists(st.sampled_from(["..", ".", "candle", "n", "0.JPG", "", "\\"])).map("/".join)
)
def test_whatever_a_cell_says_no_path_leaves_the_root(root: Path, image: str) -> None:
    file = root / "split.csv"
    cell = image.replace('"', '""')
    file.write_text(
        f'{HEADER}\ncandle,train,normal,"{cell}",\n', encoding="utf-8", errors="replace", newline=""
    )
    try:
        rows = read_split(file, root)
    except DataError:
        return
    assert [row.image.resolve().relative_to(root.resolve()).parts[0] for row in rows] == ["candle"]
