"""Observations as tests need them: what was said about one view of one photograph."""

from __future__ import annotations

from typing import Any

from iad_eval.words import Observation


def view_of(place: str, stem: int, truth: bool, view: str = "original", **said: Any) -> Observation:
    """Photograph ``stem`` of ``place`` (``dataset/class``), bent or good; ``said`` are further fields."""
    dataset, class_name = place.split("/")
    defect = "bent" if truth else "good"
    return Observation(
        sample=f"{place}/test/{defect}/{stem:03d}",
        dataset=dataset,
        class_name=class_name,
        defect=defect,
        is_anomalous=truth,
        perturbation=view,
        model=said.pop("model", "glass"),
        protocol=said.pop("protocol", None),
        score=said.pop("score", None),
        answer=said.pop("answer", None),
        latency_s=0.5,
        error=said.pop("error", None),
        mask_fraction=None,
        key=said.pop("key", "k"),
        **said,
    )
