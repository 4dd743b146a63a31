"""Wires the suite: enables the plugin and gives the session's models their fixtures' names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from baselines import ENTRIES
from iad_eval.predictors import ModelEntry, Predictor

pytest_plugins = ["iad_eval.plugin", "pytester"]


@pytest.fixture(scope="session")
def qwen2_vl(iad_models: Callable[[str], Predictor]) -> Predictor:
    """The paper's LVLM; the session must have it: ``--iad-model qwen2-vl-72b-awq``."""
    return iad_models("qwen2-vl-72b-awq")


def pytest_iad_models() -> Sequence[ModelEntry]:
    """The trained detectors that the models under test are compared with."""
    return ENTRIES


@pytest.fixture(scope="session")
def glass(iad_models: Callable[[str], Predictor]) -> Predictor:
    """GLASS: ``--iad-model glass``."""
    return iad_models("glass")


@pytest.fixture(scope="session")
def inp_former(iad_models: Callable[[str], Predictor]) -> Predictor:
    """INP-Former: ``--iad-model inp-former``."""
    return iad_models("inp-former")


@pytest.fixture(scope="session")
def anomalygpt(iad_models: Callable[[str], Predictor]) -> Predictor:
    """AnomalyGPT by its anomaly map: ``--iad-model anomalygpt``."""
    return iad_models("anomalygpt")


@pytest.fixture(scope="session")
def patch_knn(iad_models: Callable[[str], Predictor]) -> Predictor:
    """The detector that needs nothing: patches against the training patches of their neighbourhood."""
    return iad_models("patch-knn")
