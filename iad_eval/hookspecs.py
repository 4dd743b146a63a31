"""Hooks by which a ``conftest.py`` or another plugin adds models, datasets, perturbations and prompts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from iad_eval.datasets import DatasetEntry
from iad_eval.perturbations import Perturbation
from iad_eval.predictors import ModelEntry


@pytest.hookspec
def pytest_iad_models() -> Sequence[ModelEntry]:  # type: ignore[empty-body]  # a specification has no body
    """Models that ``--iad-model`` can then name. Called when cases are collected: import nothing heavy."""


@pytest.hookspec
def pytest_iad_datasets() -> Sequence[DatasetEntry]:  # type: ignore[empty-body]  # as above
    """Kinds of datasets that ``--iad-dataset`` can then name."""


@pytest.hookspec
def pytest_iad_perturbations() -> Sequence[Perturbation]:  # type: ignore[empty-body]  # as above
    """Perturbations that ``--iad-perturbation`` can then name."""


@pytest.hookspec(firstresult=True)
def pytest_iad_prompts() -> Path | None:
    """A prompt file (docs/prompts.md) for sessions in which ``--iad-prompts`` names none."""
