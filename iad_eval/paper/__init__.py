"""The paper's own printed numbers as data, and what can be recomputed from them."""

from __future__ import annotations

from iad_eval.paper.cells import (
    DATASETS,
    MODELS,
    ORIGINAL_TABLES,
    PRINTED,
    PROTOCOLS,
    PROTOCOLS_TABLE,
    THRESHOLDS_TABLES,
    VIEWS,
    VIEWS_TABLES,
    Extent,
    Kind,
    Metric,
    Printed,
    name_in_paper,
    printed,
)
from iad_eval.paper.recomputed import BestThreshold, RecomputedDrop, best_thresholds, recomputed_drops

__all__ = [
    "DATASETS",
    "MODELS",
    "ORIGINAL_TABLES",
    "PRINTED",
    "PROTOCOLS",
    "PROTOCOLS_TABLE",
    "THRESHOLDS_TABLES",
    "VIEWS",
    "VIEWS_TABLES",
    "BestThreshold",
    "Extent",
    "Kind",
    "Metric",
    "Printed",
    "RecomputedDrop",
    "best_thresholds",
    "name_in_paper",
    "printed",
    "recomputed_drops",
]
