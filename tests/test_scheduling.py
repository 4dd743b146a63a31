"""Which worker gets which case."""

from __future__ import annotations

import pytest

from iad_eval.scheduling import group_of, written

PERTURBATIONS = ["original", "rotated", "rotate:15"]
MODELS = written(["glass", "glass-2", "glasé"])


@pytest.mark.parametrize(
    ("node_id", "group"),
    [
        ("cases/test_detection.py::test_detection[mvtec-bottle-rotated-glass]", "mvtec-bottle-glass"),
        ("test_x.py::test_x[first-mvtec-bottle-rotate:15-glass]", "first-mvtec-bottle-glass"),
        ("test_x.py::test_x[mvtec-bottle-original-glass-2]", "mvtec-bottle-glass-2"),
        ("b[2]/test_x.py::Test::test_x[mvtec-bo[1]tle::-original-glass]", "mvtec-bo[1]tle::-glass"),
        (r"test_x.py::test_x[folder-t\xeate-original-glas\xe9]", r"folder-t\xeate-glas\xe9"),
        ("b-original-glass[2]/test_x.py::test_x", None),
        ("test_x.py::test_x[rotated]", None),
        ("test_x.py::test_x", None),
        ("test_x.py::test_original-glass", None),
    ],
)
def test_group_of_a_node_id(node_id: str, group: str | None) -> None:
    assert group_of(node_id, PERTURBATIONS, MODELS) == group
