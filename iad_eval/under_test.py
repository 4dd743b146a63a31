"""What a test function sees of a case: the object behind the fixture ``iad_case``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iad_eval.errors import IadError
from iad_eval.words import Case

if TYPE_CHECKING:
    from iad_eval.evaluation import CaseResult
    from iad_eval.session import Session

SPEAKER = "iad-eval: "


class CaseUnderTest:
    """One case of the matrix. What it comes to becomes properties of its test (``--junitxml``)."""

    def __init__(self, case: Case, session: Session, node: pytest.Item) -> None:
        self.case = case
        self._session = session
        self._node = node

    def observe(self) -> CaseResult:
        """Everything the model says about the case's views; the test fails where it cannot be asked."""
        try:
            result = self._session.evaluation.observe(self.case)
        except IadError as error:
            problem = str(error)
        else:
            self._record(result)
            return result
        pytest.fail(f"{SPEAKER}{problem}", pytrace=False)

    def check(self) -> CaseResult:
        """Observes the case; the test fails where any of its views could not be observed."""
        result = self.observe()
        complaint = result.complaint()
        if complaint is not None:
            pytest.fail(f"{SPEAKER}{complaint}", pytrace=False)
        return result

    def _record(self, result: CaseResult) -> None:
        from iad_eval.properties import properties

        known = {name for name, _ in self._node.user_properties}  # a test may observe its case twice
        found = properties(self.case, result.observations, result.training)
        self._node.user_properties += [each for each in found if each[0] not in known]
