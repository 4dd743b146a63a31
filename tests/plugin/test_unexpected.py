"""A fault of our own at the end of a session: everything else is reported all the same."""

from __future__ import annotations

import pytest
from driving import CASE_FILE, WORLDS

BROKEN = """
import iad_eval.results


def broken(*arguments, **named):
    raise ZeroDivisionError("nobody thought of this")


iad_eval.results.conclude = broken
"""


@pytest.mark.parametrize("world", WORLDS)
def test_tests_and_junit_are_reported_and_the_fault_is_told(pytester: pytest.Pytester, world: str) -> None:
    pytester.makeconftest(BROKEN)
    pytester.makepyfile(test_cases=CASE_FILE)
    few = ("--iad-class", "gear", "--iad-perturbation", "original", "--iad-limit", "1")
    command = ("--iad-model", "always-normal", *few, "--junitxml", "junit.xml")
    result = pytester.runpytest_subprocess(*WORLDS[world], *command)
    result.assert_outcomes(passed=1)
    assert result.ret != pytest.ExitCode.OK
    assert "ZeroDivisionError: nobody thought of this" in result.stdout.str() + result.stderr.str()
    assert 'tests="1"' in (pytester.path / "junit.xml").read_text()
