"""Items: their ids, how they are selected, what collecting them costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from driving import RunPytest


def _ids(result: pytest.RunResult) -> list[str]:
    return [line.partition("[")[2].rstrip("]") for line in result.outlines if "::test_detection[" in line]


def test_every_class_perturbation_and_model_is_one_item(run_pytest: RunPytest) -> None:
    result = run_pytest("--collect-only", "-q", "--iad-model", "oracle", "--iad-model", "always-normal")
    assert _ids(result) == [
        f"folder-{part}-{perturbation}-{model}"
        for model in ("oracle", "always-normal")
        for part in ("cup", "lid")
        for perturbation in ("original", "rotated", "padded", "timestamp")
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-k", "cup and rotated"], ["folder-cup-rotated-oracle"]),
        (["-m", "iad(class_name='lid', perturbation='padded')"], ["folder-lid-padded-oracle"]),
        (["--iad-class", "cup", "--iad-perturbation", "original"], ["folder-cup-original-oracle"]),
        (
            ["--iad-class", "lid", "--iad-perturbation", "rotate:15.0", "--iad-perturbation", "rotate:15"],
            ["folder-lid-rotate:15-oracle"],
        ),
    ],
)
def test_selection(run_pytest: RunPytest, options: list[str], expected: list[str]) -> None:
    assert _ids(run_pytest("--collect-only", "-q", *options)) == expected


def test_options_from_the_ini_file(pytester: pytest.Pytester, run_pytest: RunPytest) -> None:
    pytester.makeini(
        """
        [pytest]
        iad_class = cup
        iad_perturbation =
            original
            padded
        """
    )
    from_ini = _ids(run_pytest("--collect-only", "-q"))
    assert from_ini == ["folder-cup-original-oracle", "folder-cup-padded-oracle"]
    overridden = run_pytest("--collect-only", "-q", "--iad-perturbation", "rotated")
    assert _ids(overridden) == ["folder-cup-rotated-oracle"]


def test_collecting_opens_no_image_and_imports_no_heavy_package(
    pytester: pytest.Pytester, run_pytest: RunPytest
) -> None:
    for path in (pytester.path / "parts").rglob("*.png"):
        path.write_bytes(b"")
    pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure():
            heavy = {"torch", "vllm", "numpy", "sklearn", "PIL.Image", "rich"} & set(sys.modules)
            print("HEAVY", sorted(heavy))
        """
    )
    result = run_pytest("--collect-only", "-q")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["HEAVY []"])
    assert not (pytester.path / "runs").exists()
    assert not (pytester.path / ".iad_cache").exists()


def test_a_session_without_cases_leaves_no_trace(pytester: pytest.Pytester, world: tuple[str, ...]) -> None:
    pytester.makepyfile("import pytest\n@pytest.mark.parametrize('n', range(5))\ndef test_other(n): pass")
    result = pytester.runpytest_subprocess(*world)
    result.assert_outcomes(passed=5)
    assert "iad" not in result.stdout.str().replace("iad-eval-0.1.0", "")
    assert not (pytester.path / "runs").exists()


def test_a_case_file_may_have_parameters_and_opinions_of_its_own(
    pytester: pytest.Pytester, run_pytest: RunPytest, world: tuple[str, ...], latest: Callable[[str], Any]
) -> None:
    pytester.makepyfile(
        test_cases="""
        import pytest

        @pytest.mark.parametrize("round", ["first", "second"])
        def test_detection(iad_case, round):
            assert len(iad_case.observe().observations) == 6

        def test_again(iad_case):
            assert not iad_case.observe().failures
        """
    )
    result = run_pytest("--iad-perturbation", "original", *world)
    result.assert_outcomes(passed=6)
    assert latest("summary.json")["completeness"] == {
        "asked": 12,
        "observed": 12,
        "unreadable": 0,
        "failed": 0,
    }
