"""A user's own conftest.py adds a model, a dataset and a perturbation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from driving import RunPytest

OWN = """
from pathlib import Path
from PIL import ImageOps
from iad_eval.datasets import DatasetEntry
from iad_eval.datasets.folder import Folder
from iad_eval.perturbations import Perturbation, Perturbed
from iad_eval.predictors import ModelEntry, Reply

class Asked:
    def __init__(self, name, context):
        self.name = name
    def identity(self, siblings, perturbation, protocol):
        return {"model": self.name, "protocol": protocol}
    def describe(self):
        return {"kind": "own"}
    def predict(self, views):
        for view in views:
            yield Reply(view, answer="Yes." if view.protocol == "zeroshot" else "No.")
    def calibration(self, siblings, protocol):
        return None
    def close(self):
        print("closed", self.name)

def pytest_iad_models():
    return [ModelEntry("own:", Asked, ("oneshot", "zeroshot"))]

def pytest_iad_datasets():
    def line(spec, settings):
        return Folder(spec.name, Path("parts").resolve(), ("good",))
    return [DatasetEntry("line", line)]

def pytest_iad_perturbations():
    return [Perturbation("mirrored", lambda image, mask: Perturbed(
        ImageOps.mirror(image), ImageOps.mirror(mask) if mask else None, 0.0 if mask else None))]
"""


def test_own_model_dataset_and_perturbation(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...], latest: Callable[[str], Any]
) -> None:
    pytester.makeconftest(OWN)
    options = ["--iad-dataset", "line", "--iad-model", "own:x", "--iad-perturbation", "mirrored"]
    options += ["--iad-protocol", "oneshot", "--iad-protocol", "zeroshot"]
    collected = run_pytest("--collect-only", "-q", *options).outlines
    assert "test_cases.py::test_detection[line-cup-mirrored-own:x-zeroshot]" in collected
    run_pytest(*options, *world).assert_outcomes(passed=4)
    rows = latest("summary.json")["rows"]
    answered = {(row["protocol"], row["class_name"]): row for row in rows}
    assert answered["zeroshot", "cup"]["miss_rate"] == 0
    assert answered["oneshot", "cup"]["miss_rate"] == 1


def test_models_are_session_scoped_fixtures_too(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makeconftest(OWN)
    pytester.makepyfile(
        test_cases="""
        def test_detection(iad_case, iad_models):
            assert iad_models("own:x") is iad_models("own:x")
            iad_case.check()
        """
    )
    result = run_pytest("--iad-model", "own:x", "-s")
    result.assert_outcomes(passed=8)
    assert result.stdout.str().count("closed own:x") == 1
