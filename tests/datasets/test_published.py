"""The published counts against the paper's totals and VisA's own split file."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping

import pytest
from real_data import visa_split

from iad_eval.datasets.published import MVTEC_AD, PUBLISHED, VISA, Counts


@pytest.mark.parametrize(
    ("counts", "classes", "train", "normal", "anomalous"),
    [(MVTEC_AD, 15, 3629, 467, 1258), (VISA, 12, 8659, 962, 1200)],
    ids=["MVTec-AD", "VisA"],
)
def test_classes_sum_to_the_papers_totals(
    counts: Mapping[str, Counts], classes: int, train: int, normal: int, anomalous: int
) -> None:
    assert len(counts) == classes
    assert sum(each.train for each in counts.values()) == train
    assert sum(each.test_normal for each in counts.values()) == normal
    assert sum(each.test_anomalous for each in counts.values()) == anomalous


def test_each_class_of_visa_agrees_with_the_real_split_file() -> None:
    with visa_split().open(newline="") as text:
        seen = Counter((row["object"], row["split"], row["label"]) for row in csv.DictReader(text))
    assert {name for name, _, _ in seen} == set(VISA)
    assert {
        name: Counts(
            seen[name, "train", "normal"], seen[name, "test", "normal"], seen[name, "test", "anomaly"]
        )
        for name in VISA
    } == VISA


@pytest.mark.parametrize(("counts", "floor"), [(MVTEC_AD, 72.3), (VISA, 56.6)], ids=["MVTec-AD", "VisA"])
def test_calling_everything_anomalous_scores_as_published(counts: Mapping[str, Counts], floor: float) -> None:
    shares = [each.test_anomalous / (each.test_normal + each.test_anomalous) for each in counts.values()]
    assert round(100 * sum(shares) / len(shares), 1) == floor


def test_counts_are_found_by_the_kind_of_a_dataset() -> None:
    assert PUBLISHED == {"mvtec": MVTEC_AD, "visa": VISA}
