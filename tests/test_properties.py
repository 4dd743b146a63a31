"""What a case came to, as properties of its test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from execnet.gateway_base import dumps
from hypothesis import given, settings
from hypothesis import strategies as st
from observing import view_of

from iad_eval.properties import properties
from iad_eval.words import Case, TrainingScores

CASE = Case("glass", "mvtec", "bottle", "padded")
TRAINED = TrainingScores("mvtec", "bottle", "glass", None, tuple(map(float, range(11))), "5-fold", "k")


def test_a_detector_has_an_accuracy_at_each_threshold_and_an_auroc() -> None:
    scores = {0: 8.5, 1: 1.0, 2: 9.5, 3: 3.0}
    views = [view_of("mvtec/bottle", n, n > 1, "padded", score=score) for n, score in scores.items()]
    found = dict(properties(CASE, views, TRAINED))
    assert found == {
        "iad_dataset": "mvtec",
        "iad_class": "bottle",
        "iad_perturbation": "padded",
        "iad_model": "glass",
        "iad_views": 4,
        "iad_failed": 0,
        "iad_unreadable": 0,
        "iad_accuracy_max": 0.5,
        "iad_accuracy_p90": 0.75,
        "iad_accuracy_p80": 0.5,
        "iad_auroc": 0.75,
    }
    assert {type(value) for value in found.values()} == {str, int, float}


def test_an_lvlm_has_its_protocol_and_counts_what_went_wrong() -> None:
    views = [
        view_of("mvtec/bottle", 0, False, answer="No."),
        view_of("mvtec/bottle", 1, True, answer="Hm."),
        view_of("mvtec/bottle", 2, True, error="the server went away"),
    ]
    case = Case("lvlm", "mvtec", "bottle", "original", "oneshot")
    found = dict(properties(case, views, None))
    assert found["iad_protocol"] == "oneshot"
    assert (found["iad_views"], found["iad_failed"], found["iad_unreadable"]) == (3, 1, 1)
    assert found["iad_accuracy_answer"] == 0.5
    assert "iad_auroc" not in found


def test_nothing_is_told_of_views_that_all_failed() -> None:
    views = [view_of("mvtec/bottle", 0, False, error="gone")]
    found = dict(properties(CASE, views, TRAINED))
    assert found["iad_failed"] == 1
    assert not any(name.startswith(("iad_accuracy", "iad_auroc")) for name in found)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("truths", [[False, False], [True, True]])
def test_an_auroc_that_cannot_be_measured_is_left_out(truths: Sequence[bool]) -> None:
    views = [view_of("mvtec/bottle", n, truth, "padded", score=5.0) for n, truth in enumerate(truths)]
    found = dict(properties(CASE, views, TRAINED))
    assert found["iad_accuracy_max"] == float(not truths[0])
    assert "iad_auroc" not in found


def test_scores_without_a_threshold_have_an_auroc_alone() -> None:
    views = [view_of("mvtec/bottle", n, n > 0, "padded", score=float(n)) for n in range(2)]
    found = dict(properties(CASE, views, None))
    assert [name for name in found if name.startswith(("iad_accuracy", "iad_auroc"))] == ["iad_auroc"]


def test_a_case_without_views_has_its_name_and_counts() -> None:
    assert properties(CASE, [], None) == [
        ("iad_dataset", "mvtec"),
        ("iad_class", "bottle"),
        ("iad_perturbation", "padded"),
        ("iad_model", "glass"),
        ("iad_views", 0),
        ("iad_failed", 0),
        ("iad_unreadable", 0),
    ]


def test_scores_as_numpy_has_them_become_plain_figures() -> None:
    scores = np.array([0.0, 1.0, 9.5, 20.0], dtype=np.float32)
    views = [view_of("mvtec/bottle", n, n > 1, "padded", score=score) for n, score in enumerate(scores)]
    found = properties(CASE, views, TRAINED)
    assert {type(value) for _, value in found} == {str, int, float}
    assert dict(found)["iad_accuracy_p90"] == 1.0


def test_figures_have_six_digits() -> None:
    views = [view_of("mvtec/bottle", n, n > 0, "padded", score=20.0 if n == 1 else 0.0) for n in range(3)]
    assert dict(properties(CASE, views, TRAINED))["iad_accuracy_max"] == 0.666667


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("кружка 4\" <b> é & 'x'", "кружка 4\" <b> é & 'x'"),
        ("cup\udce9", "cup\\udce9"),
        ("\x1b[31m\x00\n\ufffe", "\\x1b[31m\\x00\\n\\ufffe"),
    ],
)
def test_names_of_folders_show_as_text(name: str, written: str) -> None:
    case = Case(name, name, name, name, name)
    assert properties(case, [], None)[:5] == [
        ("iad_dataset", written),
        ("iad_class", written),
        ("iad_perturbation", written),
        ("iad_model", written),
        ("iad_protocol", written),
    ]


@given(st.text(st.characters(codec=None)), st.booleans())
@settings(max_examples=100, deadline=None)
def test_no_name_is_too_much_for_xml_json_or_the_channel_of_a_worker(name: str, is_asked: bool) -> None:
    case = replace(CASE, class_name=name, model=name, protocol=name if is_asked else None)
    found = properties(case, [], None)
    dumps(found)
    json.dumps(dict(found), ensure_ascii=False).encode()
    for _, value in found:
        text = ElementTree.tostring(ElementTree.Element("property", value=str(value)), encoding="unicode")
        assert ElementTree.fromstring(text.encode()).get("value") == str(value)
