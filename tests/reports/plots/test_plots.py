"""Charts and sheets drawn: every mark, hostile names, data with nothing to see, always the same bytes."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from iad_eval.reports.chart import Chart, Curve, Dots, Figure, Panel, Rule, Sheet, Steps, Tile
from iad_eval.reports.plots import Drawn, draw

HOSTILE = "<script>alert('1')</script> $x^2$ [bold]x[/bold] \x1b[31m \u202e & \"quoted\""
ALL_MARKS = Chart(
    "all-marks",
    "every mark",
    "An alternative.",
    (
        Panel(
            (
                Dots("model one", ((0.0, 90.0), (1.0, 80.0)), ((85.0, 95.0), (70.0, 88.0))),
                Dots("model two", ((0.1, 70.0), (1.1, 60.0)), group=1),
                Curve("a guide", ((0.0, 50.0), (1.0, 55.0)), is_dashed=True),
                Curve("a fit", ((0.0, 40.0), (1.0, 95.0)), group=2),
                Steps("a histogram", (0.0, 0.5, 1.0), (20.0, 30.0), group=3),
                Rule("max", 0.5),
                Rule("p90", 0.52),
                Rule("calling everything anomalous", 66.7, "y"),
            ),
            categories=("original", "rotated"),
        ),
    ),
    y_label="photographs judged correctly, %",
)


def _nothing(sample: str, perturbation: str) -> Path | None:
    return None


def _draw(figure: Figure) -> Drawn:
    return draw(figure, _nothing, _nothing)


def _texts(drawn: Drawn) -> list[str]:
    return [each.text for each in ElementTree.fromstring(drawn.svg).iter() if each.text and each.text.strip()]


def _chart(*panels: Panel, name: str = "any", **more: object) -> Chart:
    return Chart(name, "any", "Any.", panels, **more)  # type: ignore[arg-type]  # test's shorthand


def _is_blank(png: bytes) -> bool:
    with Image.open(io.BytesIO(png)) as image:
        return bool(np.asarray(image.convert("L")).std() < 1)


def test_every_mark_its_name_and_the_rules_are_there() -> None:
    drawn = _draw(ALL_MARKS)
    texts = _texts(drawn)
    for said in ("model one", "model two", "a guide", "a fit", "a histogram", "max", "p90", "original"):
        assert said in texts
    assert "photographs judged correctly, %" in texts
    assert not _is_blank(drawn.png)


def test_a_series_has_one_entry_in_the_legend_however_many_panels_it_is_in() -> None:
    panel = Panel((Steps("training images", (0.0, 1.0, 2.0), (1.0, 3.0)), Rule("max", 1.0)), "bottle")
    drawn = _draw(_chart(*[panel] * 15))
    assert _texts(drawn).count("training images") == 1
    assert _texts(drawn).count("bottle") == 15


def test_the_same_figure_is_the_same_bytes() -> None:
    assert _draw(ALL_MARKS) == _draw(ALL_MARKS)


def test_hostile_names_show_as_text() -> None:
    dots = Dots(HOSTILE[:40], ((0.0, 1.0),))
    drawn = _draw(_chart(Panel((dots, Rule(HOSTILE[:40], 1.0, "y")), HOSTILE, (HOSTILE,))))
    root = ElementTree.fromstring(drawn.svg)
    assert not [each for each in root.iter() if each.tag.endswith("script")]
    assert any("<script>alert(" in text for text in _texts(drawn))
    assert "\x1b" not in drawn.svg
    assert "\u202e" not in drawn.svg


def test_long_names_are_shortened_in_the_middle() -> None:
    drawn = _draw(_chart(Panel((Dots("a" * 150 + "b" * 150, ((0.0, 1.0),)),))))
    [label] = [text for text in _texts(drawn) if text.startswith("aaa")]
    assert len(label) < 50
    assert "…" in label
    assert label.endswith("b")


@pytest.mark.parametrize(
    "marks",
    [
        (),
        (Dots("one point", ((1.0, 1.0),), ((1.0, 1.0),)),),
        (Dots("none", ()),),
        (Curve("flat", ((0.0, 5.0), (1.0, 5.0))),),
        (Steps("empty", (0.0, 1.0, 2.0), (0.0, 0.0)),),
        (Rule("alone", 3.0), Rule("alone too", 3.0, "y")),
    ],
)
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_little_to_see_is_no_trouble(marks: tuple[Dots | Curve | Steps | Rule, ...], scale: str) -> None:
    ElementTree.fromstring(_draw(_chart(Panel(marks), x_scale=scale)).svg)
    ElementTree.fromstring(_draw(_chart(Panel(marks), Panel(marks, "two"), x_scale=scale)).svg)


def test_a_chart_without_panels_is_drawn_empty() -> None:
    ElementTree.fromstring(_draw(_chart()).svg)


def test_a_sheet_shows_pictures_outlines_and_captions(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), (0, 120, 0)).save(tmp_path / "a.jpg")
    line = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    line.paste((255, 0, 255, 255), (10, 10, 20, 20))
    line.save(tmp_path / "a.png")
    (tmp_path / "half.jpg").write_bytes((tmp_path / "a.jpg").read_bytes()[:100])
    tiles = tuple(Tile(name, "original", (f"caption of {name}", HOSTILE)) for name in ("a", "gone", "half"))
    sheet = Sheet("sheet", "views", "Three views.", (*tiles, Tile("a", "rotated", (), has_outline=False)))

    def picture(sample: str, perturbation: str) -> Path | None:
        return None if sample == "gone" else tmp_path / f"{sample}.jpg"

    def outline(sample: str, perturbation: str) -> Path | None:
        return tmp_path / "a.png" if sample == "a" else None

    drawn = draw(sheet, picture, outline)
    text = " ".join(_texts(drawn))
    assert text.count("no picture") == 2
    assert "caption of gone" in text
    with Image.open(io.BytesIO(drawn.png)) as image:
        pixels = np.asarray(image.convert("RGB")).reshape(-1, 3).astype(int)
    magenta = (pixels[:, 0] > 200) & (pixels[:, 1] < 60) & (pixels[:, 2] > 200)
    assert magenta.any()
    assert draw(sheet, picture, outline) == drawn


def test_a_sheet_without_tiles_is_drawn_empty() -> None:
    ElementTree.fromstring(_draw(Sheet("none", "none", "None.", ())).svg)
