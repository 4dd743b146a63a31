"""Names of figures are names of files: safe, short, and each taken once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from iad_eval.reports.chart import Chart, Sheet
from iad_eval.reports.figures.naming import LONGEST, figure_name, uniquely_named


def _names(*names: str) -> list[str]:
    return [figure.name for figure in uniquely_named(Chart(name, "", "", ()) for name in names)]


def test_parts_that_there_are_make_a_name() -> None:
    assert figure_name("mvtec", "qwen2-vl-7b", "oneshot", "answers") == "mvtec-qwen2-vl-7b-oneshot-answers"
    assert figure_name("mvtec", "glass", None, "scores") == "mvtec-glass-scores"
    assert figure_name("my parts/../x", "vllm:Qwen/X") == "my_parts_.._x-vllm_Qwen_X"


def test_a_long_name_keeps_what_the_figure_shows() -> None:
    assert figure_name("mvtec", "m" * 200, "scores") == f"mvtec-{'m' * 107}-scores"
    assert figure_name("sizes", "m" * 200) == f"sizes{'m' * 60}"
    assert figure_name("m" * 200) == "m" * 120


@given(st.lists(st.none() | st.text(max_size=200), max_size=4))
def test_any_name_is_one_short_path_component(parts: list[str | None]) -> None:
    name = figure_name(*parts, "scores")
    assert re.fullmatch(rf"[A-Za-z0-9_=+-][A-Za-z0-9_.=+-]{{0,{LONGEST - 1}}}", name)


def test_a_name_that_is_taken_gets_the_next_number_that_is_not() -> None:
    assert _names("a", "b", "a", "A", "a") == ["a", "b", "a-2", "A-3", "a-4"]
    assert _names("a-2", "a", "a") == ["a-2", "a", "a-3"]
    assert _names("a", "a", "a-2") == ["a", "a-2", "a-2-2"]


def test_all_else_of_a_figure_stays() -> None:
    sheet = Sheet("a", "title", "alt", (), ("note",))
    assert uniquely_named([sheet, sheet]) == [sheet, Sheet("a-2", "title", "alt", (), ("note",))]


@given(st.lists(st.sampled_from(["a", "A", "a-2", "A-2", "a-3", "a-2-2"]), max_size=8))
def test_no_two_names_are_one_file_where_capitals_do_not_count(names: list[str]) -> None:
    assert len({name.casefold() for name in _names(*names)}) == len(names)
