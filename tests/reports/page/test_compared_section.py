"""A comparison on the page: what stands where, warnings first, nothing of it on a page without one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from page_runs import HOSTILE, PageRun

from iad_eval.reports.page.compared import FAILURES_AT_TOP, compared
from iad_eval.reports.page.embedding import embedded
from iad_eval.reports.page.gallery import gallery, outline_of, picture_of
from iad_eval.reports.table import Table
from iad_eval.words import Json

Element = tuple[str, dict[str, str], str]
Elements = Callable[[str], list[Element]]
ComparedPage = Callable[[PageRun, Mapping[str, Json]], str]

WORSE = "lvlm (zeroshot) on parts is worse: a drop of 25.0 points"


def _section(page: list[Element]) -> list[Element]:
    """The elements of the comparison's section."""
    start = next(place for place, (_, named, _) in enumerate(page) if named.get("id") == "compared")
    length = next(place for place, (tag, _, _) in enumerate(page[start + 1 :]) if tag == "section")
    return page[start : start + 1 + length]


def test_the_section_follows_the_summary_and_is_listed(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    page = elements(compared_page(small_run, comparison))
    ids = [named["id"] for tag, named, _ in page if tag == "section"]
    assert ids[:3] == ["summary", "compared", "first"]
    links = [
        (named["href"], text) for tag, named, text in page if tag == "a" and named["href"] == "#compared"
    ]
    assert links == [("#compared", "Compared with runs/old")]
    assert ("h2", {}, "Compared with runs/old") in page


def test_failed_gates_are_the_first_that_the_summary_says(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    page = elements(compared_page(small_run, comparison))
    place = next(place for place, (_, named, _) in enumerate(page) if named.get("id") == "summary")
    assert page[place + 1][1] == {"class": "warning"}
    assert page[place + 2] == ("strong", {}, "A gate failed.")
    assert page[place + 4][2].startswith(WORSE)


def test_many_failed_gates_are_cut_short_at_the_top_and_all_told_in_the_section(
    small_run: PageRun, comparison: dict[str, Any]
) -> None:
    failed = comparison["gates"][0]
    comparison["gates"] = [
        {**failed, "class_name": f"class {number}"} for number in range(FAILURES_AT_TOP + 3)
    ]
    shown = gallery(small_run.observations, [], small_run.summary, {}, small_run.run)
    found = compared(comparison, shown)
    assert len(found.failures) == FAILURES_AT_TOP + 1
    assert found.failures[-1] == "3 more, told below."
    told = [item.block for item in found.lead if getattr(item.block, "warning", False)]
    assert len(told) == FAILURES_AT_TOP + 3


def test_what_differs_comes_first_then_gates_then_flips_then_tables(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    section = _section(elements(compared_page(small_run, comparison)))
    texts = iter([" ".join(text.split()) for _, _, text in section])
    for wanted in (
        *("Prompt", "-", "Say yes.", "+", "Say no.", "What else differs"),
        *("lvlm revision", "aaa", "bbb", WORSE, "1 gate holds.", "1 view newly wrong"),
        *("parts/cap/test/scratch/001", "before", "0.9877", "Yes, near the rim."),
        *("now", "0.25", "No, it is clean.", "1 view newly right", "parts/washer/test/good/000"),
        *("before", "Hm.", "now", "No, it is whole."),
        *("parts: lvlm (zeroshot) before and after", "47 views"),
    ):
        assert any(text.startswith(wanted) for text in texts), wanted  # after the one before it


def test_what_went_and_what_came_of_a_prompt_is_marked_as_such(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    section = _section(elements(compared_page(small_run, comparison)))
    changed = [
        section[place + 1 : place + 3] for place, (tag, _, _) in enumerate(section) if tag in ("del", "ins")
    ]
    assert [[text for _, _, text in each] for each in changed] == [["-", "Say yes."], ["+", "Say no."]]


def test_more_than_three_changed_prompts_are_folded(small_run: PageRun, comparison: dict[str, Any]) -> None:
    [prompt] = comparison["prompts"]
    comparison["prompts"] = [{**prompt, "places": [f"parts/{number}/original"]} for number in range(5)]
    shown = gallery(small_run.observations, [], small_run.summary, {}, small_run.run)
    lead = compared(comparison, shown).lead
    assert [item.is_folded for item in lead if "Prompt" in item.title] == [False, False, False, True, True]


def test_tables_stand_in_brief_and_what_that_leaves_out_is_folded(
    small_run: PageRun, comparison: dict[str, Any]
) -> None:
    rows = comparison["changes"]
    rows.append({**rows[1], "perturbation": "rotated", "p_holm": None})
    shown = gallery(small_run.observations, [], small_run.summary, {}, small_run.run)
    tables = [item for item in compared(comparison, shown).tables if isinstance(item.block, Table)]
    assert tables[0].title.startswith("parts: lvlm (zeroshot) before and after")
    assert tables[1].title == f"{tables[0].title}, in full"
    assert [item.is_folded for item in tables] == [False, True, True]
    assert [len(item.block.rows) for item in tables if isinstance(item.block, Table)] == [2, 3, 2]


def test_a_flip_of_a_view_that_the_run_lacks_says_so(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    comparison["flips"][0]["sample"] = "parts/cap/test/scratch/777"
    section = _section(elements(compared_page(small_run, comparison)))
    assert ("span", {"class": "missing"}, "this run does not hold this view") in section
    assert ("span", {"class": "sample"}, "parts/cap/test/scratch/777") in section
    assert not [named for _, named, _ in section if "777" in named.get("href", "")]


def test_foreign_text_in_a_comparison_shows_as_text(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    plain = elements(compared_page(small_run, comparison))
    hostile = {**comparison, "before": f"runs/{HOSTILE}"}
    hostile["prompts"] = [{**comparison["prompts"][0], "after": f"Is it broken? {HOSTILE}"}]
    wrong, right = comparison["flips"]
    hostile["flips"] = [{**wrong, "before": {**wrong["before"], "answer": HOSTILE}}, right]
    page = compared_page(small_run, hostile)
    found = elements(page)
    assert [tag for tag, _, _ in found if tag not in ("ins", "span")] == [
        tag for tag, _, _ in plain if tag not in ("ins", "span")
    ]
    assert not {"\x1b", "\u202e"} & set(page)
    quotes = [text for _, named, text in _section(found) if named.get("class") == "quote"]
    assert quotes[0] == (
        "No. <script>alert(1)</script> </script> <img src=x onerror=alert(1)>\n"
        "\\x1b[31mred\\x1b[0m [bold]x[/bold] {{7*7}} \"quoted\" 'single' & \\u202eturned"
    )


def test_a_comparison_asks_nothing_of_the_network_and_leaves_the_policy_as_it_is(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    policy = re.compile(r'Content-Security-Policy" content="([^"]+)"')
    page = compared_page(small_run, comparison)
    assert policy.findall(page) == policy.findall(small_run.page())
    asked = [named[name] for _, named, _ in elements(page) for name in ("src", "href") if name in named]
    assert {each.partition("/")[0] for each in asked if not each.startswith("#")} == {"data:,", "pictures"}


def test_ids_on_a_compared_page_are_unique(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, elements: Elements
) -> None:
    ids = [named["id"] for _, named, _ in elements(compared_page(small_run, comparison)) if "id" in named]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "trace", ['id="compared"', 'id="changes"', "A gate failed.", 'class="flip"', "#compared"]
)
def test_a_page_without_comparison_has_nothing_of_it(
    small_run: PageRun, comparison: dict[str, Any], compared_page: ComparedPage, trace: str
) -> None:
    plain, with_it = (
        page.partition("</style>")[2] for page in (small_run.page(), compared_page(small_run, comparison))
    )
    assert trace in with_it
    assert trace not in plain


def test_the_pictures_of_shown_flips_are_embedded_first(
    small_run: PageRun, comparison: dict[str, Any]
) -> None:
    shown = gallery(small_run.observations, [], small_run.summary, {}, small_run.run)
    flips = compared(comparison, shown).views
    assert flips == (("parts/cap/test/scratch/001", "rotated"), ("parts/washer/test/good/000", "original"))
    held = embedded(
        small_run.run, shown, small_run.summary, 1_000_000, flips=[*flips, ("elsewhere", "original")]
    )
    assert list(held)[:3] == [picture_of(*flips[0]), outline_of(*flips[0]), picture_of(*flips[1])]
