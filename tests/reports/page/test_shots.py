"""Pictures in the page's text: their links, what is said of them, what stands where one is missing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from observing import view_of

from iad_eval.pictures import outline_path, picture_path
from iad_eval.reports.chart import Tile
from iad_eval.reports.page.columns import Gallery, Highlight
from iad_eval.reports.page.gallery import gallery
from iad_eval.reports.page.shots import link_to, mistake_rows, tile_shot
from iad_eval.reports.reading import Entrant

BENT, GOOD = "parts/cap/test/bent/001", "parts/cap/test/good/000"


@pytest.fixture
def shown(tmp_path: Path) -> Gallery:
    """A good and a bent cap; the bent one has a picture and an outline."""
    for path in (picture_path(tmp_path, BENT, "original"), outline_path(tmp_path, BENT, "original")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    seen = [view_of("parts/cap", stem, stem > 0, answer="No.") for stem in range(2)]
    return gallery(seen, [], {}, {}, tmp_path)


@pytest.mark.parametrize(
    ("sample", "perturbation", "link"),
    [
        ("parts/cap/test/bent/001", "original", "#photo=parts/cap/test/bent/001&view=original"),
        ("a b&view=x#y=%41", "own/one", "#photo=a%20b%26view%3Dx%23y%3D%2541&view=own%2Fone"),
        ("Fläche\"'<>", "+", "#photo=Fl%C3%A4che%22%27%3C%3E&view=%2B"),
        ("a\x1b\ud800", "\n", "#photo=a%5Cx1b%5Cud800&view=%5Cn"),  # named as the gallery names it
    ],
)
def test_a_link_names_photograph_and_view_and_nothing_else(sample: str, perturbation: str, link: str) -> None:
    assert link_to(sample, perturbation) == link
    assert list(parse_qs(link[1:].replace("+", "%2B"))) == ["photo", "view"]


def test_a_mistake_is_shown_with_what_is_wrong_about_it(shown: Gallery) -> None:
    who = Entrant("lvlm", "oneshot")
    missed = Highlight("parts", who, BENT, "original", "missed", None, 3, 4)
    overkill = Highlight("parts", who, GOOD, "original", "overkill", 1.26, 1, 1)
    [row] = mistake_rows(replace(shown, highlights=[missed, overkill]))
    assert (row.dataset, row.label) == ("parts", "lvlm (oneshot)")
    assert row.link == "#model=lvlm%20%28oneshot%29&outcome=wrong"
    first, second = row.shots
    assert first.link == f"#photo={BENT}&view=original"
    assert first.title == "Missed defect"
    assert first.lines == ("cap, bent", "wrong in 3 of 4 views")
    assert first.alt == "cap, bent (anomalous), original view; lvlm (oneshot) called it normal"
    assert first.picture.endswith("/original.jpg")
    assert first.outline == first.picture.replace(".jpg", ".png")
    assert second.title == "Good part called anomalous"
    assert second.lines == ("cap, good", "1.3 standard deviations off", "wrong in 1 of 1 view")
    assert second.alt == "cap, good (normal), original view; lvlm (oneshot) called it anomalous"
    assert (second.picture, second.outline) == ("", "")


def test_rows_of_several_datasets_link_to_their_own(shown: Gallery) -> None:
    found = [
        Highlight(dataset, Entrant("glass"), BENT, "original", "missed", 0.5, 1, 2)
        for dataset in ("a&b", "parts", "a&b")
    ]
    rows = mistake_rows(replace(shown, highlights=found))
    assert [(row.dataset, len(row.shots)) for row in rows] == [("a&b", 2), ("parts", 1)]
    assert rows[0].link == "#model=glass&outcome=wrong&dataset=a%26b"
    assert mistake_rows(shown) == []


def test_a_tile_is_its_views_picture_with_its_caption(shown: Gallery) -> None:
    shot = tile_shot(shown, Tile(BENT, "original", ("rotated", "called normal"), has_outline=False))
    assert (shot.title, shot.lines) == ("rotated", ("called normal",))
    assert shot.alt == "cap, bent (anomalous), original view. rotated. called normal"
    assert shot.picture
    assert shot.outline == ""
    assert tile_shot(shown, Tile(BENT, "original", ())).title == "original"


def test_a_view_that_the_run_does_not_hold_has_words_and_no_picture(shown: Gallery) -> None:
    shot = tile_shot(shown, Tile("elsewhere", "original", ("what was said",)))
    assert (shot.link, shot.picture, shot.outline) == ("#gallery", "", "")
    assert shot.alt == "elsewhere. what was said"
    gone = Highlight("parts", Entrant("glass"), "elsewhere", "rotated", "missed", None, 1, 4)
    [row] = mistake_rows(replace(shown, highlights=[gone]))
    assert row.shots[0].alt == "elsewhere; glass called it normal"
    assert row.shots[0].lines == ("wrong in 1 of 4 views",)
