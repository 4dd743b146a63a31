"""The trivial floors: the paper's own figures from the published counts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from iad_eval.datasets.published import MVTEC_AD, VISA, Counts
from iad_eval.floors import floors
from iad_eval.judging import JudgedClass
from iad_eval.words import Json


def _classes(dataset: str, published: Mapping[str, Counts]) -> list[JudgedClass]:
    found = []
    for name, counts in published.items():
        samples = [f"{dataset}/{name}/test/good/{stem:03d}" for stem in range(counts.test_normal)]
        samples += [f"{dataset}/{name}/test/zzz/{stem:03d}" for stem in range(counts.test_anomalous)]
        truths = np.array(["/zzz/" in sample for sample in samples])
        found.append(
            JudgedClass(
                dataset=dataset,
                class_name=name,
                samples=samples,
                defects=["any"] * len(samples),
                is_anomalous=truths,
                judged=(),
            )
        )
    return found


def _whole(found: list[dict[str, Json]], dataset: str) -> dict[str, Json]:
    [whole] = [each for each in found if each["dataset"] == dataset and each["class_name"] is None]
    return whole


def _percent(share: Json) -> float:
    assert isinstance(share, float)
    return round(100 * share, 1)


def test_everything_anomalous_scores_72_3_percent_on_mvtec_ad() -> None:
    whole = _whole(floors(_classes("mvtec", MVTEC_AD)), "mvtec")
    assert _percent(whole["always_anomalous"]) == 72.3
    assert _percent(whole["always_normal"]) == 27.7
    assert whole["n"] == 467 + 1258
    assert whole["pooled_always_anomalous"] == pytest.approx(1258 / (467 + 1258))
    assert whole["pooled_always_normal"] == pytest.approx(467 / (467 + 1258))


def test_everything_anomalous_scores_56_6_percent_on_visa_and_55_5_pooled() -> None:
    whole = _whole(floors(_classes("visa", VISA)), "visa")
    assert _percent(whole["always_anomalous"]) == 56.6
    assert _percent(whole["pooled_always_anomalous"]) == 55.5
    assert whole["n"] == 962 + 1200


def test_each_class_stands_below_its_dataset() -> None:
    found = floors([*_classes("visa", VISA), *_classes("mvtec", MVTEC_AD)])
    assert [each["dataset"] for each in found] == ["mvtec"] * 16 + ["visa"] * 13
    assert [each["class_name"] for each in found[:16]] == [None, *MVTEC_AD]
    bottle = next(each for each in found if each["class_name"] == "bottle")
    assert bottle["n"] == 83
    assert bottle["always_anomalous"] == pytest.approx(63 / 83)
    assert bottle["always_normal"] == pytest.approx(20 / 83)


def test_without_classes_there_are_no_floors() -> None:
    assert floors([]) == []
