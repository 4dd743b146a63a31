"""Wires the suite: enables the plugin and gives the session's models their fixtures' names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iad_eval.predictors import Predictor

pytest_plugins = ["iad_eval.plugin", "pytester"]


@pytest.fixture(scope="session")
def qwen2_vl(iad_models: Callable[[str], Predictor]) -> Predictor:
    """The paper's LVLM; the session must have it: ``--iad-model qwen2-vl-72b-awq``."""
    return iad_models("qwen2-vl-72b-awq")


@pytest.fixture(scope="session")
def patch_knn(iad_models: Callable[[str], Predictor]) -> Predictor:
    """The detector that needs nothing: patches against the training patches of their neighbourhood."""
    return iad_models("patch-knn")
