"""What cases come to, in pytest's own JUnit file."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from driving import RunPytest


def test_each_case_carries_its_properties_once(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...]
) -> None:
    run_pytest(*world, "--junitxml=junit.xml", "--iad-perturbation", "original").assert_outcomes(passed=2)
    cases = ElementTree.parse(pytester.path / "junit.xml").findall(".//testcase")
    assert len(cases) == 2
    for case in cases:
        names = [each.get("name") for each in case.iterfind("properties/property")]
        assert len(names) == len(set(names))
        found = {each.get("name"): each.get("value") for each in case.iterfind("properties/property")}
        assert found["iad_model"] == "oracle"
        assert found["iad_class"] in ("cup", "lid")
        assert found["iad_accuracy_max"] == "1.0"
        assert int(found["iad_views"] or 0) == 6
