"""Summaries of a few rows, written out by hand: what a single table or figure is made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iad_eval.reports.reading import DatasetView
from iad_eval.reports.table import MARKS, Cell, Table

Record = dict[str, Any]


def row_of(model: str, accuracy: float | None, view: str = "original", **more: Any) -> Record:
    """A headline row of ``parts``, the mean over classes by answers; ``more`` are other fields."""
    return {
        "dataset": "parts",
        "model": model,
        "protocol": None,
        "perturbation": view,
        "class_name": None,
        "threshold": "answer",
        "headline": True,
        "n": 8,
        "classes": 1,
        "accuracy": accuracy,
        "low": None,
        "high": None,
        "always_anomalous": 0.5,
        "unreadable": 0,
        "lenient": 0,
        "failed": 0,
        **more,
    }


def floor_of(always_anomalous: float | None, class_name: str | None = None) -> Record:
    """What saying the same of all eight photographs of ``parts`` scores."""
    normal = None if always_anomalous is None else 1 - always_anomalous
    return {
        "dataset": "parts",
        "class_name": class_name,
        "n": 8,
        "always_anomalous": always_anomalous,
        "always_normal": normal,
    }


def about(model: str, protocol: str | None = None, **more: Any) -> Record:
    """An entry of another part of a summary, about a model on ``parts``."""
    return {"dataset": "parts", "model": model, "protocol": protocol, **more}


def named(*models: str) -> list[Record]:
    """Models as a vote and a pair name them."""
    return [{"model": model, "protocol": None} for model in models]


def parts_of(*rows: Record, **sections: Any) -> DatasetView:
    """The dataset ``parts`` of a summary with these rows; ``sections`` are its other parts."""
    return DatasetView({"rows": list(rows), **sections}, "parts")


def line(cells: Iterable[Cell]) -> str:
    """A row as it is read: ``glass | 91.7* 79.2-100.0``."""
    return " | ".join(f"{cell.text}{MARKS[cell.emphasis]} {cell.interval}".strip() for cell in cells)


def lines(table: Table | None) -> list[str]:
    """The rows of a table as they are read, without its footer."""
    assert table is not None
    return [line(row) for row in table.rows]


def headings(table: Table | None) -> list[str]:
    """The names of its columns."""
    assert table is not None
    return [column.name for column in table.columns]
