"""The paper's figures: typed again from its tables, column by column."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import pytest

from iad_eval.datasets.published import PUBLISHED
from iad_eval.paper import DATASETS, PRINTED, Kind, Metric, Printed, name_in_paper, printed

Place = tuple[str, str | None, str, str, str | None, str | None, str | None]

MODELS = ("GLASS", "INP-Former", "AnomalyGPT", "Qwen")
QWEN = "oneshot-specific"
AUROC = {"Table 1": (99.9, 97.7, 94.1), "Table 2": (97.3, 96.2, 87.4)}
ACCURACY = {"Table 1": (83.1, 83.3, 85.6, 91.8), "Table 2": (89.6, 90.8, 77.6, 73.7)}
BY_VIEW = {
    "Table 3": {
        "original": (83.1, 83.3, 85.6, 91.8),
        "rotated": (77.1, 67.2, 85.1, 89.4),
        "padded": (73.1, 85.6, 70.0, 89.6),
        "timestamp": (75.3, 82.7, 72.8, 91.3),
        None: (7.9, 4.8, 10.3, 1.7),
    },
    "Table 4": {
        "original": (89.6, 90.8, 77.6, 73.7),
        "rotated": (57.2, 56.6, 69.2, 67.3),
        "padded": (56.6, 80.4, 74.2, 71.4),
        "timestamp": (76.8, 90.7, 55.3, 73.3),
        None: (26.1, 14.9, 11.6, 3.0),
    },
}
BY_PROTOCOL = {"zeroshot": 69.7, "zeroshot-description": 76.1, "oneshot": 90.0, "oneshot-specific": 91.8}
BY_THRESHOLD = {  # down a table: original, rotated, padded, timestamp of MVTec-AD, then of VisA
    ("Table 8", "GLASS"): {
        "max": (57.8, 56.1, 57.0, 58.6, 89.6, 57.2, 56.6, 76.8),
        "p90": (83.1, 77.1, 73.1, 75.3, 87.1, 56.6, 56.6, 74.2),
        "p80": (79.3, 76.5, 73.0, 72.8, 81.3, 56.6, 56.6, 70.6),
    },
    ("Table 9", "INP-Former"): {
        "max": (83.3, 67.2, 85.6, 82.7, 90.8, 56.6, 80.4, 90.7),
        "p90": (82.8, 74.6, 76.8, 85.0, 83.3, 56.6, 71.6, 82.9),
        "p80": (78.9, 74.6, 75.5, 81.1, 76.6, 56.6, 65.0, 76.0),
    },
}


def _typed_again() -> dict[Place, float]:
    """Percent, but for the correlation and the seconds."""
    kinds = {"Table 1": "mvtec", "Table 2": "visa", "Table 3": "mvtec", "Table 4": "visa"}
    found: dict[Place, float] = {}
    for metric, tables in (("auroc", AUROC), ("accuracy", ACCURACY)):
        for table, column in tables.items():
            for model, figure in zip(MODELS, column, strict=False):
                asked = QWEN if model == "Qwen" else None
                found[table, kinds[table], model, metric, "original", asked, None] = figure
    for table, views in BY_VIEW.items():
        for view, figures in views.items():
            for model, figure in zip(MODELS, figures, strict=True):
                asked = QWEN if model == "Qwen" else None
                metric = "average_drop" if view is None else "accuracy"
                found[table, kinds[table], model, metric, view, asked, None] = figure
    for protocol, figure in BY_PROTOCOL.items():
        found["Table 5", "mvtec", "Qwen", "accuracy", "original", protocol, None] = figure
    down = list(product(("mvtec", "visa"), ("original", "rotated", "padded", "timestamp")))
    for (table, model), thresholds in BY_THRESHOLD.items():
        for threshold, cells in thresholds.items():
            for (kind, view), figure in zip(down, cells, strict=True):
                found[table, kind, model, "accuracy", view, None, threshold] = figure
    found["Figure 7", None, "Qwen", "correlation", "original", QWEN, None] = 0.825
    found["section 6", None, "Qwen", "seconds", None, QWEN, None] = 4.74
    return found


def _place(each: Printed) -> Place:
    return (
        *(each.table, each.dataset, each.model, each.metric),
        *(each.perturbation, each.protocol, each.threshold),
    )


def test_every_figure_of_the_paper_is_there_once_and_no_other() -> None:
    found = {_place(each): float(each.text) for each in PRINTED}
    assert found == _typed_again()
    assert len(found) == len(PRINTED)
    assert Counter(each.table for each in PRINTED) == {
        **{"Table 1": 7, "Table 2": 7, "Table 3": 20, "Table 4": 20, "Table 5": 4},
        **{"Table 8": 24, "Table 9": 24, "Figure 7": 1, "section 6": 1},
    }


def test_shares_are_printed_with_one_decimal_as_in_the_paper() -> None:
    shares = [each.text for each in PRINTED if each.metric not in ("correlation", "seconds")]
    assert all(text.partition(".")[2].isdigit() and len(text.partition(".")[2]) == 1 for text in shares)
    assert {"90.0", "70.0", "3.0"} <= set(shares)


@pytest.mark.parametrize(
    ("metric", "text", "value"),
    [
        ("accuracy", "83.1", 0.831),
        ("accuracy", "90.0", 0.9),
        ("auroc", "99.9", 0.999),
        ("average_drop", "10.3", 0.103),
        ("correlation", "0.825", 0.825),
        ("seconds", "4.74", 4.74),
    ],
)
def test_shares_and_drops_are_fractions_other_figures_are_themselves(
    metric: Metric, text: str, value: float
) -> None:
    assert Printed("Table 0", "mvtec", "GLASS", metric, text).value == value


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ({"table": "Table 1", "model": "GLASS", "metric": "auroc"}, "99.9"),
        ({"table": "Table 2", "model": "Qwen"}, "73.7"),
        ({"table": "Table 2", "model": "Qwen", "protocol": QWEN, "dataset": "visa"}, "73.7"),
        ({"table": "Table 4", "model": "AnomalyGPT", "perturbation": "timestamp"}, "55.3"),
        ({"table": "Table 3", "model": "Qwen", "metric": "average_drop", "perturbation": None}, "1.7"),
        ({"table": "Table 5", "model": "Qwen", "protocol": "zeroshot-description"}, "76.1"),
        ({"table": "Table 9", "model": "INP-Former", "dataset": "visa", "threshold": "p80"}, "76.6"),
        ({"table": "Figure 7", "model": "Qwen", "metric": "correlation"}, "0.825"),
        ({"table": "section 6", "model": "Qwen", "metric": "seconds", "perturbation": None}, "4.74"),
    ],
)
def test_a_figure_is_found_by_its_place(where: dict[str, Any], text: str) -> None:
    found = printed(**where)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize(
    "where",
    [
        {"table": "Table 1", "model": "Qwen", "metric": "auroc"},  # printed as NA
        {"table": "Table 2", "model": "Qwen", "metric": "auroc"},
        {"table": "Table 1", "model": "glass"},  # the suite's name
        {"table": "Table 1", "model": "PatchCore"},
        {"table": "Table 6", "model": "Qwen"},
        {"table": "Table 1", "model": "GLASS", "dataset": "visa"},
        {"table": "Table 1", "model": "GLASS", "perturbation": "rotated"},
        {"table": "Table 3", "model": "GLASS", "perturbation": "blurred"},
        {"table": "Table 3", "model": "GLASS", "perturbation": None},  # an accuracy is of one view
        {"table": "Table 3", "model": "GLASS", "metric": "average_drop"},  # a drop is not
        {"table": "Table 3", "model": "GLASS", "threshold": "p90"},
        {"table": "Table 1", "model": "GLASS", "protocol": QWEN},  # is not asked
        {"table": "Table 1", "model": "Qwen", "protocol": "zeroshot"},
        {"table": "Table 5", "model": "Qwen", "dataset": "visa"},
        {"table": "Table 8", "model": "INP-Former"},
        {"table": "Table 8", "model": "GLASS", "threshold": "answer"},
        {"table": "section 6", "model": "Qwen", "metric": "seconds"},
    ],
)
def test_where_the_paper_prints_nothing_nothing_is_found(where: dict[str, Any]) -> None:
    assert printed(**where) is None


@pytest.mark.parametrize(
    ("name", "paper"),
    [
        ("glass", "GLASS"),
        ("inp-former", "INP-Former"),
        ("anomalygpt", "AnomalyGPT"),
        ("anomalygpt:answer", "AnomalyGPT"),
        ("qwen2-vl-72b-awq", "Qwen"),
        ("qwen2-vl-7b", None),
        ("Qwen", None),
        ("anomalib:Glass", None),
        ("always-anomalous", None),
        ("", None),
    ],
)
def test_only_the_papers_own_models_have_a_name_in_it(name: str, paper: str | None) -> None:
    assert name_in_paper(name) == paper


@pytest.mark.parametrize(
    ("kind", "name", "classes", "train", "normal", "anomalous"),
    [("mvtec", "MVTec-AD", 15, 3629, 467, 1258), ("visa", "VisA", 12, 8659, 962, 1200)],
)
def test_datasets_are_as_large_as_section_4_1_says_and_as_their_authors_count(
    kind: Kind, name: str, classes: int, train: int, normal: int, anomalous: int
) -> None:
    extent = DATASETS[kind]
    assert (extent.name, extent.classes, extent.train) == (name, classes, train)
    assert (extent.test_normal, extent.test_anomalous) == (normal, anomalous)
    counts = PUBLISHED[kind].values()
    assert (len(counts), sum(each.train for each in counts)) == (classes, train)
    assert sum(each.test_normal for each in counts) == normal
    assert sum(each.test_anomalous for each in counts) == anomalous
