"""``rows.csv`` and its Parquet twin: every figure of the summary's rows, one line a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from iad_eval.columns import named, write_csv, write_parquet
from iad_eval.words import Json

COLUMNS = (
    *named("name", "dataset model protocol perturbation class_name threshold"),
    *(*named("bool", "headline"), *named("float", "threshold_value")),
    *named("int", "classes n correct unreadable lenient failed"),
    *named("float", "accuracy low high pooled_accuracy always_anomalous"),
    *named("float", "balanced_accuracy balanced_accuracy_low balanced_accuracy_high"),
    *named("float", "auroc auroc_low auroc_high"),
    *named("float", "average_precision average_precision_low average_precision_high"),
    *named("float", "miss_rate miss_rate_low miss_rate_high"),
    *named("float", "overkill_rate overkill_rate_low overkill_rate_high"),
)


def write_rows(path: Path, summary: Mapping[str, Json]) -> None:
    """Writes ``summary["rows"]`` as CSV, in their order; what a row has not is empty.

    An empty ``class_name`` is the mean over classes, an empty ``threshold`` a model without
    one; ``headline`` marks the rows that reports show. Figures are fractions (0..1), intervals 95%.
    """
    write_csv(path, COLUMNS, _records(summary))


def write_rows_parquet(path: Path, summary: Mapping[str, Json]) -> None:
    """The same lines and columns as Parquet. Raises UsageError where pyarrow is not installed."""
    write_parquet(path, COLUMNS, _records(summary))


def _records(summary: Mapping[str, Json]) -> Iterator[Sequence[Json]]:
    rows = summary["rows"]
    assert isinstance(rows, Sequence)
    for row in rows:
        assert isinstance(row, Mapping)
        yield [row.get(column.name) for column in COLUMNS]
