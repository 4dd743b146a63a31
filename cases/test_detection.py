"""The evaluation: every dataset class x perturbation x model is one case."""

from __future__ import annotations

from iad_eval.under_test import CaseUnderTest


def test_detection(iad_case: CaseUnderTest) -> None:
    """Passes when the model's word on every view is on record."""
    iad_case.check()
