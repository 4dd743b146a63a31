"""Every figure that the paper prints in Tables 1 to 5, 8 and 9, in Figure 7 and in section 6."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from iad_eval.words import ORIGINAL, SCORE_THRESHOLDS, Threshold

Kind = Literal["mvtec", "visa"]
Metric = Literal["auroc", "accuracy", "average_drop", "correlation", "seconds"]

MODELS: Final = ("GLASS", "INP-Former", "AnomalyGPT", "Qwen")
VIEWS: Final = (ORIGINAL, "rotated", "padded", "timestamp")
PROTOCOLS: Final = ("oneshot-specific", "oneshot", "zeroshot-description", "zeroshot")
"""The rows of Table 5 in its order; Qwen's rows of all other tables are of the first."""

ORIGINAL_TABLES: Final[Mapping[Kind, str]] = {"mvtec": "Table 1", "visa": "Table 2"}
VIEWS_TABLES: Final[Mapping[Kind, str]] = {"mvtec": "Table 3", "visa": "Table 4"}
PROTOCOLS_TABLE: Final = "Table 5"
THRESHOLDS_TABLES: Final[Mapping[str, str]] = {"GLASS": "Table 8", "INP-Former": "Table 9"}

_SUITE: Final[Mapping[str, str]] = {
    "glass": "GLASS",
    "inp-former": "INP-Former",
    "anomalygpt": "AnomalyGPT",
    "anomalygpt:answer": "AnomalyGPT",
    "qwen2-vl-72b-awq": "Qwen",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """A dataset as section 4.1 counts it: classes and photographs."""

    name: str
    classes: int
    train: int
    test_normal: int
    test_anomalous: int


DATASETS: Final[Mapping[Kind, Extent]] = {
    "mvtec": Extent("MVTec-AD", 15, 3629, 467, 1258),
    "visa": Extent("VisA", 12, 8659, 962, 1200),
}


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed figure. ``text`` is what the paper prints, ``value`` the same as a number.

    Shares and drops are fractions (``83.1`` is 0.831), a correlation is itself, seconds are
    seconds. ``dataset`` is None for what is about both datasets, ``perturbation`` for what is
    about several views; ``protocol`` is None for models that are not asked.
    """

    table: str
    dataset: Kind | None
    model: str
    metric: Metric
    text: str
    perturbation: str | None = ORIGINAL
    protocol: str | None = None
    threshold: Threshold | None = None

    @property
    def value(self) -> float:
        """The figure without rounding beyond the paper's own."""
        number = Decimal(self.text)
        return float(number if self.metric in ("correlation", "seconds") else number / 100)


def name_in_paper(model: str) -> str | None:
    """What the paper calls a model of the suite; None for models that it does not have."""
    return _SUITE.get(model)


def printed(
    table: str,
    model: str,
    metric: Metric = "accuracy",
    *,
    dataset: Kind | None = None,
    perturbation: str | None = ORIGINAL,
    protocol: str | None = None,
    threshold: Threshold | None = None,
) -> Printed | None:
    """The figure at a place; None where the paper prints none. What is left None is not asked about."""
    for each in PRINTED:
        if (
            (each.table, each.model, each.metric, each.perturbation) == (table, model, metric, perturbation)
            and dataset in (None, each.dataset)
            and protocol in (None, each.protocol)
            and threshold in (None, each.threshold)
        ):
            return each
    return None


_ORIGINAL: Final[Mapping[Kind, str]] = {
    "mvtec": """
        GLASS       99.9  83.1
        INP-Former  97.7  83.3
        AnomalyGPT  94.1  85.6
        Qwen        NA    91.8
    """,
    "visa": """
        GLASS       97.3  89.6
        INP-Former  96.2  90.8
        AnomalyGPT  87.4  77.6
        Qwen        NA    73.7
    """,
}
_VIEWS: Final[Mapping[Kind, str]] = {
    "mvtec": """
        GLASS       83.1  77.1  73.1  75.3   7.9
        INP-Former  83.3  67.2  85.6  82.7   4.8
        AnomalyGPT  85.6  85.1  70.0  72.8  10.3
        Qwen        91.8  89.4  89.6  91.3   1.7
    """,
    "visa": """
        GLASS       89.6  57.2  56.6  76.8  26.1
        INP-Former  90.8  56.6  80.4  90.7  14.9
        AnomalyGPT  77.6  69.2  74.2  55.3  11.6
        Qwen        73.7  67.3  71.4  73.3   3.0
    """,
}
_PROTOCOLS: Final = ("91.8", "90.0", "76.1", "69.7")
_THRESHOLDS: Final[Mapping[tuple[str, Kind], str]] = {
    ("GLASS", "mvtec"): "57.8/83.1/79.3 56.1/77.1/76.5 57.0/73.1/73.0 58.6/75.3/72.8",
    ("GLASS", "visa"): "89.6/87.1/81.3 57.2/56.6/56.6 56.6/56.6/56.6 76.8/74.2/70.6",
    ("INP-Former", "mvtec"): "83.3/82.8/78.9 67.2/74.6/74.6 85.6/76.8/75.5 82.7/85.0/81.1",
    ("INP-Former", "visa"): "90.8/83.3/76.6 56.6/56.6/56.6 80.4/71.6/65.0 90.7/82.9/76.0",
}


def _rows(text: str) -> Iterator[tuple[str, list[str], str | None]]:
    """Model, cells, protocol."""
    for line in text.strip().splitlines():
        model, *cells = line.split()
        yield model, cells, PROTOCOLS[0] if model == "Qwen" else None


def _all() -> Iterator[Printed]:
    for kind, text in _ORIGINAL.items():
        for model, (auroc, accuracy), protocol in _rows(text):
            if auroc != "NA":
                yield Printed(ORIGINAL_TABLES[kind], kind, model, "auroc", auroc, protocol=protocol)
            yield Printed(ORIGINAL_TABLES[kind], kind, model, "accuracy", accuracy, protocol=protocol)
    for kind, text in _VIEWS.items():
        table = VIEWS_TABLES[kind]
        for model, (*cells, drop), protocol in _rows(text):
            for view, cell in zip(VIEWS, cells, strict=True):
                yield Printed(table, kind, model, "accuracy", cell, view, protocol)
            yield Printed(table, kind, model, "average_drop", drop, None, protocol)
    for protocol, cell in zip(PROTOCOLS, _PROTOCOLS, strict=True):
        yield Printed(PROTOCOLS_TABLE, "mvtec", "Qwen", "accuracy", cell, protocol=protocol)
    for (model, kind), text in _THRESHOLDS.items():
        for view, three in zip(VIEWS, text.split(), strict=True):
            for name, cell in zip(SCORE_THRESHOLDS, three.split("/"), strict=True):
                yield Printed(THRESHOLDS_TABLES[model], kind, model, "accuracy", cell, view, threshold=name)
    yield Printed("Figure 7", None, "Qwen", "correlation", "0.825", protocol=PROTOCOLS[0])
    yield Printed("section 6", None, "Qwen", "seconds", "4.74", None, protocol=PROTOCOLS[0])


PRINTED: Final = tuple(_all())
"""Every figure of Tables 1 to 5, 8 and 9, of Figure 7, and the time of section 6."""
