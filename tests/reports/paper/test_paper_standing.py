"""Whether a dataset is one of the paper's."""

from __future__ import annotations

from typing import Any

import pytest
from paper_run import GLASS, QWEN, manifest, published, row

from iad_eval.reports.paper.standing import Standing, shortfall, standing
from iad_eval.reports.reading import DatasetView
from iad_eval.words import Json

FEW = {"candle": (100, 100), "pcb1": (100, 100)}
LIMITED = dict.fromkeys(published("mvtec"), (5, 5))


@pytest.mark.parametrize(("kind", "name", "floor"), [("mvtec", "MVTec-AD", "72.3"), ("visa", "VisA", "56.6")])
def test_a_whole_dataset_is_known_by_its_kind_under_any_name(kind: str, name: str, floor: str) -> None:
    found = standing("lab", manifest(lab=(kind, published(kind))))
    assert found is not None
    assert (found.kind, found.trouble, found.extent.name) == (kind, "", name)
    assert f"{100 * found.floor:.1f}" == floor
    assert found.title("Table 9", "all") == f"lab beside the paper's Table 9 ({name}): all"


@pytest.mark.parametrize(
    ("kind", "classes", "trouble"),
    [
        ("visa", FEW, "2 of 12 classes"),
        ("visa", {}, "0 of 12 classes"),
        (
            "mvtec",
            LIMITED,
            "75 normal and 75 anomalous test photographs, not 467 and 1,258",
        ),
        (
            "visa",
            {**published("visa"), "candle": (100, 99)},
            "962 normal and 1,199 anomalous test photographs, not 962 and 1,200",
        ),
        ("mvtec", {**published("mvtec"), "bolt": (1, 1)}, "16 of 15 classes"),
    ],
    ids=["few classes", "none", "limited", "one missing", "one more"],
)
def test_a_part_of_a_dataset_is_told_in_warning_and_title(
    kind: str, classes: dict[str, tuple[int, int]], trouble: str
) -> None:
    found = standing("lab", manifest(lab=(kind, classes)))
    assert found is not None
    name = found.extent.name
    assert found.trouble == trouble
    assert found.warning.startswith(f"lab is NOT THE PAPER'S {name} ({trouble}): ")
    title = found.title("Table 1", "all")
    assert title == f"lab beside the paper's Table 1 ({name}, here NOT THE SAME: {trouble}): all"
    assert f"{100 * found.floor:.1f}" == ("72.3" if kind == "mvtec" else "56.6")  # the whole dataset's


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"configuration": None},
        {"configuration": {"datasets": []}},
        {"configuration": {"datasets": {"mvtec": None}}},
        manifest(mvtec=("folder", published("mvtec"))),
        manifest(other=("mvtec", published("mvtec"))),
    ],
    ids=["empty", "none", "no record", "no description", "folder", "another one"],
)
def test_a_name_alone_makes_no_dataset_of_the_papers(told: dict[str, Json]) -> None:
    assert standing("mvtec", told) is None


def test_a_manifest_without_counts_is_trouble_and_no_error() -> None:
    told: dict[str, Any] = manifest(lab=("mvtec", {}))
    found = standing("lab", {**told, "classes": {"lab": dict.fromkeys(published("mvtec"))}})
    assert found is not None
    assert found.trouble == "0 normal and 0 anomalous test photographs, not 467 and 1,258"


def _view(*counts: tuple[Any, str, int]) -> DatasetView:
    rows = [row("lab", who, view, 90.0, classes=classes) for who, view, classes in counts]
    return DatasetView({"rows": rows}, "lab")


def test_models_whose_means_are_over_fewer_classes_are_named_with_the_fewest() -> None:
    view = _view((GLASS, "original", 15), (GLASS, "padded", 3), (QWEN, "original", 15))
    assert shortfall(view, Standing("lab", "mvtec")) == (
        "Not all 15 classes of lab were measured for every model and view, and means over fewer stand "
        "beside the paper's over all: glass (3 of 15)."
    )


def test_nothing_more_is_said_of_whole_means_or_where_the_dataset_is_short_itself() -> None:
    assert shortfall(_view((GLASS, "original", 12)), Standing("lab", "visa")) == ""
    assert shortfall(_view((GLASS, "original", 2)), Standing("lab", "visa", "2 of 12 classes")) == ""
