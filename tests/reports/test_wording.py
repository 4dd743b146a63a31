"""One way to write a figure, an interval, an enumeration."""

from __future__ import annotations

import pytest

from iad_eval.reports.reading import Measure
from iad_eval.reports.wording import (
    counted,
    interval,
    listed,
    percent,
    points,
    ratio,
    rounded,
    small_percent,
    with_interval,
)


@pytest.mark.parametrize("write", [percent, small_percent, points, rounded, ratio])
def test_what_was_not_measured_is_a_dash_and_never_a_figure(write: type) -> None:
    assert write(None) == "–"


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0.918, "91.8"), (1.0, "100.0"), (0.0, "0.0"), (-0.0004, "0.0"), (-0.0006, "-0.1"), (0.99949, "99.9")],
)
def test_percent(fraction: float, text: str) -> None:
    assert percent(fraction) == text


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (0.123, "12.3"),
        (0.044, "4.4"),
        (0.01, "1.0"),
        (0.0099, "0.99"),
        (0.00996, "1.0"),
        (0.00037, "0.037"),
        (0.000996, "0.10"),
        (0.000001, "0.00010"),
        (0.00000001, "0.000001"),
        (0.0, "0.0"),
        (1.0, "100.0"),
    ],
)
def test_what_is_far_below_one_percent_keeps_two_digits_that_matter(fraction: float, text: str) -> None:
    assert small_percent(fraction) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [(0.012, "+1.2"), (-0.003, "-0.3"), (0.0, "0.0"), (0.0004, "0.0"), (-0.0004, "0.0"), (-1.0, "-100.0")],
)
def test_points_have_a_sign_unless_they_are_none(difference: float, text: str) -> None:
    assert points(difference) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (123.4, "123"),
        (12.34, "12.3"),
        (1.234, "1.23"),
        (0.05, "0.05"),
        (0.0, "0.00"),
        (1234567.8, "1,234,568"),
        (9.994, "9.99"),
        (9.996, "10.0"),
        (99.94, "99.9"),
        (99.96, "100"),
    ],
)
def test_rounded_figures_have_three_digits_that_matter_at_most(value: float, text: str) -> None:
    assert rounded(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.834, "0.83"), (-1.0, "-1.00"), (0.0, "0.00")])
def test_ratio(value: float, text: str) -> None:
    assert ratio(value) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (0.904, 0.93, "90.4–93.0"),
        (-0.003, 0.021, "-0.3 to 2.1"),
        (-0.05, -0.003, "-5.0 to -0.3"),
        (-0.0001, 0.021, "0.0–2.1"),
        (0.0, 0.0, "0.0–0.0"),
        (None, 0.021, ""),
        (-0.003, None, ""),
    ],
)
def test_no_sign_of_an_interval_can_be_taken_for_its_dash(
    low: float | None, high: float | None, text: str
) -> None:
    assert interval(Measure(0.01, low, high)) == text
    assert with_interval(Measure(0.01, low, high), "%") == (f"1.0% ({text})" if text else "1.0%")


def test_an_interval_of_nothing_is_none() -> None:
    assert interval(Measure(None, 0.1, 0.2)) == ""


@pytest.mark.parametrize(
    ("words", "most", "text"),
    [
        ("", None, ""),
        ("a", None, "a"),
        ("ab", None, "a and b"),
        ("abc", None, "a, b and c"),
        ("abc", 3, "a, b and c"),
        ("abcde", 2, "a, b and 3 more"),
        ("ab", 1, "a and 1 more"),
    ],
)
def test_words_are_listed_and_those_left_out_are_counted(words: str, most: int | None, text: str) -> None:
    assert listed(list(words), most) == text


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (0, "view", "0 views"),
        (1, "view", "1 view"),
        (2, "view", "2 views"),
        (1, "class", "1 class"),
        (15, "class", "15 classes"),
        (12345, "photograph", "12,345 photographs"),
    ],
)
def test_counted_things_have_their_plural(count: int, noun: str, text: str) -> None:
    assert counted(count, noun) == text
