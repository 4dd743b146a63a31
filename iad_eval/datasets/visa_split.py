"""VisA's split file: which photograph belongs where, checked line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from iad_eval.errors import DataError

COLUMNS = ("object", "split", "label", "image", "mask")
SPLITS = ("train", "test")
LABELS = ("normal", "anomaly")


@dataclass(frozen=True, slots=True)
class SplitRow:
    """One photograph: paths below the dataset's root, ``mask`` None for normal ones."""

    class_name: str
    split: str
    is_anomalous: bool
    image: Path
    mask: Path | None


def read_split(file: Path, root: Path) -> list[SplitRow]:
    """All rows. Raises DataError for a row that cannot be meant, naming file, line and remedy.

    Files are looked for by listing each folder once, not one by one.
    """
    rows: list[SplitRow] = []
    seen: dict[Path, int] = {}
    missing: list[str] = []
    listed: dict[Path, frozenset[str]] = {}
    for line, record in _records(file):
        where = f"{file}, line {line}"
        if not record["object"]:
            raise DataError(f"{where}: object is empty; name the class of {record['image'] or 'this row'}")
        _require_known(where, "split", record["split"], SPLITS)
        _require_known(where, "label", record["label"], LABELS)
        is_anomalous = record["label"] == "anomaly"
        image = _below(root, record["image"], where)
        if image in seen:
            raise DataError(f"{where}: {record['image']} stands in line {seen[image]} already; remove one")
        seen[image] = line
        if is_anomalous and not record["mask"]:
            raise DataError(f"{where}: {record['image']} is an anomaly without a mask; name its mask")
        mask = _below(root, record["mask"], where) if is_anomalous else None
        for path in (image, mask):
            if path is not None and path.name not in _names(path.parent, listed):
                missing.append(f"{path.relative_to(root)} (line {line})")
        rows.append(SplitRow(record["object"], record["split"], is_anomalous, image, mask))
    if not rows:
        raise DataError(f"{file} names no photograph; put VisA's own split file in its place")
    if missing:
        first = ", ".join(missing[:3])
        raise DataError(
            f"{file} names {len(missing)} files that do not exist below {root}: {first}"
            f"{', ...' if len(missing) > 3 else ''}. Unpack the dataset completely, or check the path"
        )
    return rows


def _records(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            lacking = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if lacking:
                raise DataError(
                    f"{file} has no column {', '.join(lacking)}; expected the columns {','.join(COLUMNS)}"
                )
            for record in reader:
                yield reader.line_num, {name: (record[name] or "").strip() for name in COLUMNS}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"cannot read {file}: {error}; put VisA's own split file in its place") from error


def _require_known(where: str, column: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise DataError(f"{where}: {column} is {value!r}; expected {' or '.join(known)}")


def _below(root: Path, text: str, where: str) -> Path:
    """The path of a cell below the root; nothing outside is ever opened."""
    posix, windows = PurePosixPath(text), PureWindowsPath(text)
    outside = posix.is_absolute() or windows.anchor or ".." in posix.parts or ".." in windows.parts
    if not posix.parts or outside:
        raise DataError(f"{where}: {text!r} does not lie below {root}; write a path relative to that folder")
    return root.joinpath(*posix.parts)


def _names(folder: Path, listed: dict[Path, frozenset[str]]) -> frozenset[str]:
    if folder not in listed:
        try:
            listed[folder] = frozenset(path.name for path in folder.iterdir())
        except (OSError, ValueError):  # no such folder, or no name that a folder can have
            listed[folder] = frozenset()
    return listed[folder]
