"""A run made by hand, to be set beside the paper: round figures, intervals two points to each side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iad_eval.datasets.published import PUBLISHED
from iad_eval.reports.document import Document, Paragraph
from iad_eval.reports.table import MARKS, Cell, Table

Record = dict[str, Any]
Who = tuple[str, str | None]

VIEWS = ("original", "rotated", "padded", "timestamp")
GLASS: Who = ("glass", None)
OTHER: Who = ("patch-knn", None)
QWEN: Who = ("qwen2-vl-72b-awq", "oneshot-specific")
QWEN_BLIND: Who = ("qwen2-vl-72b-awq", "zeroshot")


def row(
    dataset: str,
    who: Who,
    perturbation: str,
    accuracy: float | None,
    *,
    threshold: str = "answer",
    headline: bool = True,
    auroc: float | None = None,
    classes: int = 15,
) -> Record:
    """A mean over classes; figures in percent."""
    place = {"dataset": dataset, "perturbation": perturbation, "class_name": None, **_named(who)}
    return {
        **place,
        "threshold": threshold,
        "headline": headline,
        "classes": classes,
        **_measured("accuracy", accuracy, "low", "high"),
        **_measured("auroc", auroc),
    }


def rows(
    dataset: str, who: Who, by_threshold: Mapping[str, Sequence[float | None]], auroc: float | None = None
) -> list[Record]:
    """``{"max": (original, rotated, padded, timestamp), ...}``, or fewer views; the first threshold heads."""
    return [
        row(
            dataset,
            who,
            view,
            accuracy,
            threshold=threshold,
            headline=number == 0,
            auroc=auroc if view == "original" else None,
        )
        for number, (threshold, accuracies) in enumerate(by_threshold.items())
        for view, accuracy in zip(VIEWS, accuracies, strict=False)
    ]


def drop(dataset: str, who: Who, by_view: Mapping[str, float], average: float | None) -> Record:
    """At the headline threshold; figures in points."""
    return {
        "dataset": dataset,
        **_named(who),
        "headline": True,
        "by_perturbation": {view: points / 100 for view, points in by_view.items()},
        **_measured("average_drop", average),
    }


def manifest(**datasets: tuple[str, Mapping[str, tuple[int, int]]]) -> Record:
    """Each dataset with its kind and the normal and anomalous test photographs of its classes."""
    return {
        "configuration": {"datasets": {name: {"kind": kind} for name, (kind, _) in datasets.items()}},
        "classes": {
            name: {
                class_name: {"train": 9, "test_normal": normal, "test_anomalous": anomalous}
                for class_name, (normal, anomalous) in classes.items()
            }
            for name, (_, classes) in datasets.items()
        },
    }


def published(kind: str) -> dict[str, tuple[int, int]]:
    """Normal and anomalous test photographs of all classes of one of the paper's datasets."""
    return {name: (each.test_normal, each.test_anomalous) for name, each in PUBLISHED[kind].items()}


def whole_run() -> tuple[Record, Record]:
    """Summary and manifest: all of MVTec-AD in four views, one class of VisA, somebody's own parts.

    A detector and an LVLM of the paper, the LVLM asked in two ways, and a detector that the paper
    does not have.
    """
    turned = VIEWS[1:]
    summary = {
        "rows": [
            *rows(
                "mvtec",
                GLASS,
                {
                    "p90": (82.0, 78.0, 70.0, 79.0),
                    "max": (58.0, 57.0, 57.0, 58.0),
                    "p80": (79.0, 76.0, 73.0, 73.0),
                },
                auroc=99.0,
            ),
            *rows(
                "mvtec",
                OTHER,
                {"max": (90.0, 60.0, 80.0, 85.0), "p90": (88.0, 61.0, 79.0, 84.0), "p80": (80.0, 62.0)},
                auroc=97.0,
            ),
            *rows("mvtec", QWEN, {"answer": (90.0, 88.0, 86.0, 91.5)}, auroc=95.0),
            *rows("mvtec", QWEN_BLIND, {"answer": (72.0, 70.0, 71.0, 72.0)}),
            *rows("nuts", OTHER, {"max": (75.0,)}),
            *rows("visa", GLASS, {"max": (85.0,), "p90": (84.0,), "p80": (80.0,)}, auroc=96.0),
        ],
        "drops": [
            drop("mvtec", GLASS, dict(zip(turned, (4.0, 12.0, 3.0), strict=True)), 6.3),
            drop("mvtec", OTHER, dict(zip(turned, (30.0, 10.0, 5.0), strict=True)), 15.0),
            drop("mvtec", QWEN, dict(zip(turned, (2.0, 4.0, -1.5), strict=True)), 1.5),
            drop("mvtec", QWEN_BLIND, dict(zip(turned, (2.0, 1.0, 0.0), strict=True)), 1.0),
        ],
        "sizes": [correlation(GLASS, 0.5), correlation(QWEN, 0.8), correlation(QWEN_BLIND, None)],
        "cost": [seconds(GLASS, 0.05), seconds(QWEN, 1.5), seconds(QWEN_BLIND, 1.24)],
    }
    parts = {"nuts": ("folder", {"m6": (4, 4)}), "visa": ("visa", {"candle": (100, 100)})}
    return summary, manifest(mvtec=("mvtec", published("mvtec")), **parts)


def correlation(who: Who, value: float | None) -> Record:
    """An entry of ``sizes``."""
    return {**_named(who), "perturbation": "original", "pearson_log": value}


def seconds(who: Who, value: float | None) -> Record:
    """An entry of ``cost``."""
    return {**_named(who), "seconds_mean": value}


def texts(cells: Sequence[Cell]) -> list[str]:
    """What a reader sees, without intervals."""
    return [cell.text + MARKS[cell.emphasis] for cell in cells]


def lines(table: Table | None, name: str) -> list[list[str]]:
    """The rows of a model, run's and paper's, without the name."""
    assert table is not None
    return [texts(each[1:]) for each in table.rows if each[0].text == name]


def document(blocks: Sequence[Table | Paragraph]) -> Document:
    """To be rendered."""
    return Document(tuple(blocks))


def _named(who: Who) -> Record:
    return {"model": who[0], "protocol": who[1]}


def _measured(name: str, value: float | None, low: str = "", high: str = "") -> Record:
    """Two points to each side, but no more than everything."""
    ends = (None, None) if value is None else ((value - 2) / 100, min((value + 2) / 100, 1.0))
    found = None if value is None else value / 100
    return dict(zip((name, low or f"{name}_low", high or f"{name}_high"), (found, *ends), strict=True))
