"""A comparison as a person looks at it: flips filtered, opened, old beside new, on a phone too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chromium import Chromium
from page_runs import HOSTILE, PageRun, draw_pictures, page_run
from selenium.webdriver.common.keys import Keys

from iad_eval.comparing import compare
from iad_eval.publishing import publish
from iad_eval.results import Results
from iad_eval.storing.condensing import stored_run
from iad_eval.words import Observation

LVLM = "lvlm (zeroshot)"
NEWLY_WRONG = ("parts/cap/test/scratch/001", "original")
NEWLY_RIGHT = ("parts/washer/test/good/000", "rotated")
CARDS = "[...document.querySelectorAll('a.card')]"
COUNT = "document.getElementById('count').textContent"
OPEN = "document.getElementById('photo').open"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photographs in four views; one view is newly wrong, one newly right, said in hostile words."""
    made = page_run(tmp_path_factory.mktemp("compared") / "run", count=2)
    draw_pictures(made)
    name = f"runs/{'a-very-long-name-' * 12}"
    before = stored_run(name, _before(made), made.training, {**made.manifest, "iad_eval": "0.4.0"}, [])
    after = stored_run("run", made.observations, made.training, made.manifest, [])
    record = {**compare(before, after).record, "gates": []}
    results = Results(made.run, made.summary, made.manifest, made.observations, made.training)
    [written] = publish(results, comparison=record)
    return written


def _before(made: PageRun) -> Iterator[Observation]:
    for each in made.observations:
        place = (each.sample, each.perturbation)
        if each.model == "lvlm" and place == NEWLY_WRONG:
            yield replace(each, answer="Yes, a scratch.")
        elif each.model == "lvlm" and place == NEWLY_RIGHT:
            yield replace(each, answer=HOSTILE.replace("No.", "Yes."))
        else:
            yield each


def test_the_filter_leaves_exactly_what_became_wrong_or_right(chromium: Chromium, page: Path) -> None:
    chromium.show(page)
    assert chromium.ask(COUNT) == "48 views of 12 photographs"
    buttons = "[...document.querySelectorAll('#changes button')].map((each) => each.textContent)"
    assert chromium.ask(buttons) == ["all48", "newly wrong1", "newly right1"]
    chromium.click("#changes [data-outcome=newly-wrong]")
    assert chromium.ask(f"{CARDS}.map((card) => card.href.split('#')[1])") == [
        f"compared=newly-wrong&photo={NEWLY_WRONG[0]}&view={NEWLY_WRONG[1]}"
    ]
    chips = "[...document.querySelectorAll('a.card .chip')].map((each) => each.textContent)"
    assert [text for text in chromium.ask(chips) if "was" in text] == [
        f"✗{LVLM}: normal, wrong, was anomalous"
    ]
    assert chromium.ask("location.hash") == "#compared=newly-wrong"
    chromium.click("#changes [data-outcome=newly-right]")
    assert chromium.ask(COUNT) == "1 view of 1 photograph"
    assert NEWLY_RIGHT[0] in chromium.ask(f"{CARDS}[0].href")
    chromium.click("#reset")
    assert chromium.ask(COUNT) == "48 views of 12 photographs"


@pytest.mark.parametrize(
    ("others", "count"),
    [("outcome=wrong", 1), ("outcome=right", 0), ("class=washer", 0), ("model=patch-knn", 0)],
)
def test_outcome_and_change_are_those_of_one_model(
    chromium: Chromium, page: Path, others: str, count: int
) -> None:
    chromium.show(page, fragment=f"#compared=newly-wrong&{others}")
    assert chromium.ask(f"{CARDS}.length") == count


def test_a_link_to_all_newly_wrong_views_sets_the_filter(chromium: Chromium, page: Path) -> None:
    chromium.show(page)
    chromium.click("#compared a[href='#compared=newly-wrong']")
    assert chromium.ask(COUNT) == "1 view of 1 photograph"
    pressed = "document.querySelector('#changes [aria-pressed=true]').dataset.outcome"
    assert chromium.ask(pressed) == "newly-wrong"


def test_a_flips_card_opens_the_photograph_with_old_and_new(chromium: Chromium, page: Path) -> None:
    chromium.show(page)
    cards = "[...document.querySelectorAll('#compared .flip')]"
    assert chromium.ask(f"{cards}.map((card) => card.querySelector('.sample').textContent)") == [
        NEWLY_WRONG[0],
        NEWLY_RIGHT[0],
    ]
    chromium.run(f"{cards}[0].scrollIntoView()")
    chromium.wait(f"{cards}[0].querySelector('img').naturalWidth === 240")
    chromium.click("#compared .flip a.look")
    chromium.wait(OPEN)
    assert chromium.ask("document.querySelector('#photo .sample').textContent") == NEWLY_WRONG[0]
    row = "document.querySelector('#photo .said .before')"
    assert chromium.ask(f"{row}.querySelector('th').textContent").startswith(
        "before, in runs/a-very-long-name"
    )
    assert chromium.ask(f"{row}.querySelector('td').textContent") == "✓anomalous right"
    assert chromium.ask(f"{row}.previousSibling.querySelector('td').textContent") == "✗normal newly wrong"
    quotes = "[...document.querySelectorAll('#photo .sides > div')].map((each) => each.innerText)"
    assert chromium.ask(quotes) == [
        "before\nYes, a scratch.",
        "now\nNo, the surface of the cap is clean.",
    ]
    chromium.press("2")  # the rotated view did not flip
    assert chromium.ask("document.querySelectorAll('#photo .before, #photo .sides').length") == 0
    chromium.press(Keys.ESCAPE)
    chromium.wait(f"!{OPEN}")


def test_what_was_answered_before_shows_as_text(chromium: Chromium, page: Path) -> None:
    chromium.show(page, fragment=f"#photo={NEWLY_RIGHT[0]}&view={NEWLY_RIGHT[1]}")
    chromium.wait(OPEN)
    for place in ("#photo .sides", "#compared .flips:last-of-type .sides"):
        answer = chromium.ask(f"document.querySelector('{place} .quote').innerText")
        assert "<script>alert(1)</script> </script> <img src=x onerror=alert(1)>" in answer
        assert r"\u202e" in answer
    assert chromium.ask("document.querySelectorAll('img[src=x]').length") == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("fragment", ["", f"#photo={NEWLY_RIGHT[0]}&view={NEWLY_RIGHT[1]}"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_of_a_comparison_runs_out_of_the_page(
    chromium: Chromium, page: Path, width: int, fragment: str, dark: bool
) -> None:
    chromium.show(page, fragment=fragment, width=width, dark=dark)
    assert chromium.ask("document.documentElement.scrollWidth") <= width
    assert chromium.ask("document.getElementById('photo').scrollWidth") <= width


def test_what_went_and_what_came_can_be_told_apart_without_colours(chromium: Chromium, page: Path) -> None:
    chromium.show(page)
    signs = "[...document.querySelectorAll('#compared .flip .sign')].map((each) => each.textContent)"
    assert chromium.ask(signs) == ["✓", "✗", "✗", "✓"]
    verdicts = "[...document.querySelectorAll('#compared .flip .chip')].map((each) => each.innerText)"
    assert [text.replace("\n", "") for text in chromium.ask(verdicts)] == [
        "✓anomalous, right",
        "✗normal, wrong",
        "✗anomalous, wrong",
        "✓normal, right",
    ]
