"""One photograph in all its views."""

from __future__ import annotations

from iad_eval.reports.chart import Sheet, Tile
from iad_eval.reports.figures import views_sheet

ENTRY = {"dataset": "parts", "sample": "parts/bolt/test/bent/007", "defect": "bent"}


def test_the_papers_views_come_in_its_order_and_others_after_them() -> None:
    seen = ["original", "turned", "padded", "a blur", "rotated"]
    assert views_sheet({**ENTRY, "perturbations": seen}) == Sheet(
        "parts-views",
        "parts: one photograph in all its views",
        "The photograph parts/bolt/test/bent/007, whose defect is bent, in 5 views: original, rotated, "
        "padded, a blur and turned.",
        tuple(
            Tile("parts/bolt/test/bent/007", name, (name,))
            for name in ("original", "rotated", "padded", "a blur", "turned")
        ),
        (
            "parts/bolt/test/bent/007, as Figures 4 and 5 of the paper; the line around the defect is not in "
            "what models are shown.",
        ),
    )


def test_one_view_alone_is_counted_as_one() -> None:
    sheet = views_sheet({**ENTRY, "perturbations": ["timestamp"]})
    assert sheet is not None
    assert sheet.alt.endswith("in 1 view: timestamp.")


def test_without_views_there_is_no_sheet() -> None:
    assert views_sheet({**ENTRY, "perturbations": []}) is None


def test_names_that_steer_are_shown_and_pictures_still_found() -> None:
    sheet = views_sheet({**ENTRY, "sample": "p/\x1bb/1", "defect": "\u202ebent", "perturbations": ["x\ny"]})
    assert sheet is not None
    assert sheet.alt == r"The photograph p/\x1bb/1, whose defect is \u202ebent, in 1 view: x\ny."
    assert sheet.tiles == (Tile("p/\x1bb/1", "x\ny", (r"x\ny",)),)
