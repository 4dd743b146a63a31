"""Which worker gets which case."""

from __future__ import annotations

import pytest

from iad_eval.scheduling import group_of

PERTURBATIONS = ["original", "rotated", "rotate:15"]
MODELS = ["glass", "glass-2"]


@pytest.mark.parametrize(
    ("node_id", "group"),
    [
        ("cases/test_detection.py::test_detection[mvtec-bottle-rotated-glass]", "mvtec-bottle-glass"),
        ("test_x.py::test_x[first-mvtec-bottle-rotate:15-glass]", "first-mvtec-bottle-glass"),
        ("test_x.py::test_x[mvtec-bottle-original-glass-2]", "mvtec-bottle-glass-2"),
        ("test_x.py::test_x[rotated]", None),
        ("test_x.py::test_x", None),
        ("test_x.py::test_original-glass", None),
    ],
)
def test_group_of_a_node_id(node_id: str, group: str | None) -> None:
    assert group_of(node_id, PERTURBATIONS, MODELS) == group
