"""The trivial floors: what saying the same of everything would score, from the truths alone."""

from __future__ import annotations

from collections.abc import Sequence

from iad_eval.judging import JudgedClass
from iad_eval.words import Json


def floors(classes: Sequence[JudgedClass]) -> list[dict[str, Json]]:
    """Per dataset the class mean (``class_name`` null, as tables are averaged) and each class.

    On all of MVTec-AD "everything is anomalous" scores 72.3% as a class mean, on VisA 56.6%.
    """
    found: list[dict[str, Json]] = []
    for dataset in sorted({each.dataset for each in classes}):
        here = [each for each in classes if each.dataset == dataset]
        shares = [float(each.is_anomalous.mean()) for each in here]
        photographs = sum(len(each.is_anomalous) for each in here)
        pooled = sum(int(each.is_anomalous.sum()) for each in here) / photographs
        mean = sum(shares) / len(shares)
        whole = _floor(dataset, None, photographs, mean)
        whole |= {"pooled_always_anomalous": pooled, "pooled_always_normal": 1 - pooled}
        found.append(whole)
        for each, share in zip(here, shares, strict=True):
            found.append(_floor(dataset, each.class_name, len(each.is_anomalous), share))
    return found


def _floor(dataset: str, class_name: str | None, photographs: int, anomalous: float) -> dict[str, Json]:
    return {
        "dataset": dataset,
        "class_name": class_name,
        "n": photographs,
        "always_anomalous": anomalous,
        "always_normal": 1 - anomalous,
    }
