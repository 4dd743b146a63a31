"""All figures of a run: their order, how many of a kind, names of their own, and nothing that steers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace

import pytest
from rows_by_hand import Record, about, row_of

from iad_eval.reports.chart import Sheet
from iad_eval.reports.figures import figures
from iad_eval.words import Json

FOREIGN = ("parts", "bolt", "washer", "detector", "glass", "lvlm", "oneshot", "rotated", "dent", "cannot")


def test_figures_come_dataset_first_then_sizes_then_model_by_model(summary: dict[str, Json]) -> None:
    assert [figure.name for figure in figures(summary)] == [
        "parts-accuracy-by-view",
        "parts-views",
        "sizes-detector",
        "sizes-glass",
        "sizes-lvlm-oneshot",
        "sizes-lvlm-zeroshot",
        "parts-detector-scores",
        "parts-glass-scores",
        "parts-lvlm-oneshot-threshold",
        "parts-lvlm-oneshot-calibration",
        "parts-lvlm-oneshot-answers",
        "parts-lvlm-zeroshot-answers",
    ]


def test_a_run_without_anything_has_no_figures() -> None:
    assert figures({"rows": []}) == []
    assert figures({"rows": [row_of("glass", None)]}) == []


def test_datasets_whose_files_would_be_one_have_two() -> None:
    rows = [row_of("glass", 0.5, dataset=name) for name in ("my parts", "my_parts", "My_Parts")]
    assert [(figure.name, figure.title) for figure in figures({"rows": rows})] == [
        ("My_Parts-accuracy-by-view", "My_Parts: accuracy by view"),
        ("my_parts-accuracy-by-view-2", "my parts: accuracy by view"),
        ("my_parts-accuracy-by-view-3", "my_parts: accuracy by view"),
    ]


def _scores(model: str, dataset: str) -> Record:
    series: Record = {"edges": [0.0, 1.0], "training": [1], "normal": [1], "anomalous": [1], "thresholds": {}}
    return about(model, class_name="nut", **series) | {"dataset": dataset}


@pytest.mark.parametrize("accuracy", [0.1, None], ids=["worst", "not measured"])
def test_of_thirteen_models_the_worst_has_no_scores_drawn(accuracy: float | None) -> None:
    models = [f"m{number:02d}" for number in range(12)]
    rows = [row_of(model, 0.9) for model in models]
    rows += [row_of("weak", 0.2), row_of("weak", accuracy, dataset="tiles"), row_of("oracle", 1.0)]
    scores = [_scores(model, "parts") for model in (*models, "oracle")] + [_scores("weak", "tiles")]
    found = [figure for figure in figures({"rows": rows, "distributions": scores}) if "scores" in figure.name]
    assert [figure.name for figure in found] == [f"parts-{model}-scores" for model in models]
    assert found[-1].notes[-1].endswith("have the highest accuracy are drawn; left out: 1.")


def test_a_models_sizes_rank_by_its_best_dataset() -> None:
    models = [f"m{number:02d}" for number in range(13)]
    rows = [row_of(model, 0.5, dataset=name) for model in models for name in ("a", "b")]
    for row in rows:
        if row["model"] == "m00":
            row["accuracy"] = 0.6 if row["dataset"] == "b" else 0.1
    one: Record = {
        "n": 1,
        "mask_fraction": 0.1,
        "accuracy": 1.0,
        "low": 0.2,
        "high": 1.0,
        "datasets": {"a": 1},
    }
    plain: dict[str, Json] = {"pearson": None, "pearson_log": None, "spearman": None, "logistic": None}
    sizes: list[Json] = [
        {"model": model, "protocol": None, "datasets": ["a"], "n": 1, "bin_size": 5, "bins": [one], **plain}
        for model in models
    ]
    names = [each.name for each in figures({"rows": rows, "sizes": sizes}) if each.name.startswith("sizes")]
    assert names == [f"sizes-{model}" for model in models[:12]]


def test_no_name_or_answer_steers_what_shows_a_figure(summary: dict[str, Json]) -> None:
    hostile = _renamed(summary)
    assert isinstance(hostile, Mapping)
    found = figures(hostile)
    assert len(found) == 12
    for figure in found:
        if isinstance(figure, Sheet):  # pictures are found by the names as they are
            figure = replace(
                figure, tiles=tuple(replace(tile, sample="", perturbation="") for tile in figure.tiles)
            )
        told = list(_texts(figure))
        assert any(r"\x1b[31m\u202e" in text for text in told)
        assert not {unicodedata.category(sign) for text in told for sign in text} & {"Cc", "Cf"}
        assert figure.name.isascii()


def _renamed(value: Json) -> Json:
    """The same with every foreign name and answer made to steer a terminal."""
    if isinstance(value, str):
        for name in FOREIGN:
            value = value.replace(name, f"{name}\x1b[31m\u202e\n")
        return value
    if isinstance(value, Mapping):
        return {
            str(_renamed(key)) if key in FOREIGN else key: _renamed(entry) for key, entry in value.items()
        }
    return [_renamed(entry) for entry in value] if isinstance(value, Sequence) else value


def _texts(value: object) -> Iterator[str]:
    """Every text in a figure."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from _texts(entry)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
