"""Flips as cards: which of many are shown, what a card says, what stands where the run lacks the view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from page_runs import PageRun

from iad_eval.reports.page.before import with_before
from iad_eval.reports.page.columns import Before, Gallery
from iad_eval.reports.page.flip_cards import Side, flip_cards, spread
from iad_eval.reports.page.gallery import gallery
from iad_eval.reports.page.payload import payload
from iad_eval.words import Json

CAP, WASHER = "parts/cap/test/scratch/001", "parts/washer/test/good/000"


@pytest.fixture
def shown(small_run: PageRun) -> Gallery:
    """The gallery of the small run."""
    return gallery(
        small_run.observations, small_run.training, small_run.summary, small_run.manifest, small_run.run
    )


def _flips(classes: str) -> list[dict[str, Json]]:
    """One flip a letter, which is its class; numbered through."""
    return [
        {"dataset": "d", "model": "m", "protocol": None, "class_name": name, "sample": str(number)}
        for number, name in enumerate(classes)
    ]


@pytest.mark.parametrize(
    ("classes", "most", "chosen"),
    [
        ("", 3, []),
        ("ab", 3, ["0", "1"]),
        ("aaaa", 3, ["0", "1", "2"]),
        ("aaaab", 2, ["0", "4"]),
        ("aaaabbc", 4, ["0", "1", "4", "6"]),
        ("aaaabbc", 5, ["0", "1", "4", "5", "6"]),
        ("baba", 3, ["0", "1", "2"]),
        ("ab", 0, []),
    ],
)
def test_of_many_flips_every_class_shows_its_first_and_the_order_stays(
    classes: str, most: int, chosen: Sequence[str]
) -> None:
    assert [each["sample"] for each in spread(_flips(classes), most)] == chosen


def test_a_card_tells_old_and_new_side_by_side(shown: Gallery, comparison: dict[str, Any]) -> None:
    wrong, right = flip_cards(comparison, shown)
    assert (wrong.kind, wrong.count, wrong.folded) == ("newly wrong", 1, ())
    assert wrong.link == "#compared=newly-wrong"
    [card] = wrong.cards
    assert card.sides == (
        Side("before", "anomalous", "right", "0.9877", "Yes, near the rim."),
        Side("now", "normal", "wrong", "0.25", "No, it is clean."),
    )
    assert (card.sample, card.perturbation, card.label) == (CAP, "rotated", "lvlm (zeroshot)")
    assert card.shot.link == f"#photo={CAP}&view=rotated"
    assert card.shot.picture.endswith("/rotated.jpg")
    assert card.shot.outline.endswith("/rotated.png")
    assert card.shot.alt == (
        "cap, scratch (anomalous), rotated view; lvlm (zeroshot) called it anomalous, now normal"
    )
    assert [side.outcome for side in right.cards[0].sides] == ["unreadable", "right"]
    assert [side.score for side in right.cards[0].sides] == ["", ""]


def test_a_view_that_the_run_does_not_hold_has_a_card_without_link_and_picture(
    shown: Gallery, comparison: dict[str, Any]
) -> None:
    comparison["flips"][0]["sample"] = "parts/cap/test/scratch/777"
    [card] = flip_cards(comparison, shown)[0].cards
    assert (card.shot.link, card.shot.picture, card.shot.outline) == ("", "", "")


def test_the_first_cards_stand_open_and_no_more_than_sixty_and_thirty_are_made(
    shown: Gallery, comparison: dict[str, Any]
) -> None:
    wrong, right = comparison["flips"]
    comparison["flips"] = [
        {**flip, "class_name": f"{number % 20:02d}", "sample": str(number)}
        for flip in (wrong, right)
        for number in sorted(range(500), key=lambda number: number % 20)
    ]
    found = flip_cards(comparison, shown)
    counts = [(each.count, len(each.shown), len(each.folded)) for each in found]
    assert counts == [(500, 12, 48), (500, 12, 18)]
    assert [card.class_name for card in found[0].shown] == [f"{name:02d}" for name in range(12)]
    assert len({card.sample for card in found[0].cards}) == 60


def test_without_flips_there_are_no_cards(shown: Gallery, comparison: dict[str, Any]) -> None:
    assert flip_cards({**comparison, "flips": []}, shown) == ()


def test_the_gallery_learns_what_was_said_of_the_views_that_it_holds(
    shown: Gallery, comparison: dict[str, Any]
) -> None:
    gone = {**comparison["flips"][0], "sample": "elsewhere"}
    comparison["flips"].append(gone)
    found = with_before(shown, comparison)
    said = {voice.who.label: voice.before for voice in found.voices}
    cap, washer = found.find(CAP, "rotated"), found.find(WASHER, "original")
    assert cap is not None
    assert washer is not None
    texts = list(found.texts)
    assert said["lvlm (zeroshot)"] == {
        cap: Before(True, "a", 0.9877, texts.index("Yes, near the rim.")),
        washer: Before(False, "u", None, texts.index("Hm.")),
    }
    assert said["patch-knn"] == said["quiet-net"] == said["always-anomalous"] == {}
    assert texts[: len(shown.texts)] == shown.texts
    assert len(texts) == len(shown.texts) + 2


def test_flips_are_packed_one_entry_each(shown: Gallery, comparison: dict[str, Any]) -> None:
    found = with_before(shown, comparison)
    packed: Any = payload(found)
    [before] = [each["before"] for each in packed["entrants"] if each["label"] == "lvlm (zeroshot)"]
    assert before == {
        "view": [found.find(CAP, "rotated"), found.find(WASHER, "original")],
        "newlyWrong": "10",
        "verdicts": "au",
        "scores": [0.9877, None],
        "said": [len(shown.texts), len(shown.texts) + 1],
    }
    assert packed["comparedWith"] == "runs/old"
    plain: Any = payload(shown)
    assert plain["comparedWith"] is None
    assert [each["before"]["view"] for each in plain["entrants"]] == [[], [], [], []]
