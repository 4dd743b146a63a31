"""A moved camera: turn, shift and zoom against Pillow, numpy and geometry by hand."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from iad_eval.perturbations import Perturbed, perturbation

Pixels = npt.NDArray[np.uint8]

SIZE = (120, 90)
SQUARE = (70, 30, 82, 42)
"""Centre 16 px right of and 9 px above the middle of the photograph."""


def moved(name: str, image: Image.Image, mask: Image.Image | None = None) -> Perturbed:
    return perturbation(name).apply(image, mask)


def pixels(image: Image.Image | None) -> Pixels:
    assert image is not None
    return np.asarray(image)


def soft_photo(size: tuple[int, int], seed: int = 0) -> Image.Image:
    grain = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(grain).filter(ImageFilter.GaussianBlur(3))


def speckles(size: tuple[int, int], seed: int) -> Image.Image:
    marked = np.random.default_rng(seed).random((size[1], size[0])) < 0.3
    return Image.fromarray(np.where(marked, 255, 0).astype(np.uint8))


def red_square(size: tuple[int, int] = SIZE) -> tuple[Image.Image, Image.Image]:
    image, mask = Image.new("RGB", size, (90, 90, 90)), Image.new("L", size)
    image.paste((255, 0, 0), SQUARE)
    mask.paste(255, SQUARE)
    return image, mask


def centre(mask: Image.Image | None) -> tuple[float, float]:
    """Of the marked pixels, right of and above the middle of the frame."""
    marked = pixels(mask)
    rows, columns = np.nonzero(marked)
    return (
        float(columns.mean() + 0.5 - marked.shape[1] / 2),
        float(marked.shape[0] / 2 - rows.mean() - 0.5),
    )


@pytest.mark.parametrize(
    "name",
    ["rotate:15", "rotate:-40", "rotate:90", "rotate:201.5", "shift:0.1", "shift:-0.233", "scale:1.7"],
)
def test_a_coloured_square_is_found_again_where_its_mask_says(name: str) -> None:
    shown = moved(name, *red_square())
    red = pixels(shown.image).astype(int)
    red_most = red[..., 0] - red[..., 1] > 127
    marked = pixels(shown.mask) > 0
    overlap = (red_most & marked).sum() / (red_most | marked).sum()
    assert overlap > 0.93
    assert shown.hidden_fraction == 0


@given(st.floats(-360, 360).map(lambda degrees: round(degrees, 1)))
@settings(max_examples=40, deadline=None)
def test_a_defect_turns_counter_clockwise_about_the_centre_by_the_angle(degrees: float) -> None:
    shown = moved(f"rotate:{degrees}", *red_square())
    turn = math.radians(degrees)
    right = 16 * math.cos(turn) - 9 * math.sin(turn)
    up = 16 * math.sin(turn) + 9 * math.cos(turn)
    assert centre(shown.mask) == pytest.approx((right, up), abs=0.5)
    assert np.count_nonzero(pixels(shown.mask)) == pytest.approx(144, abs=12)


@pytest.mark.parametrize("degrees", [7.0, 33.0, -120.0, 180.0])
def test_rotate_is_pillows_rotation_where_the_photograph_reaches(degrees: float) -> None:
    image = soft_photo(SIZE)
    theirs = image.rotate(degrees, Image.Resampling.BICUBIC)
    reached = Image.new("L", SIZE, 255).rotate(degrees).filter(ImageFilter.MinFilter(9))
    inside = pixels(reached) == 255
    off = np.abs(pixels(moved(f"rotate:{degrees}", image).image).astype(int) - pixels(theirs))[inside]
    assert inside.sum() > 3000
    assert off.max() <= 2


@given(st.integers(1, 40), st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_rotate_90_agrees_with_rotated_on_a_square_photograph(edge: int, seed: int) -> None:
    image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (edge, edge, 3), np.uint8))
    mask = speckles((edge, edge), seed)
    turned, exact = moved("rotate:90", image, mask), moved("rotated", image, mask)
    assert np.array_equal(pixels(turned.image), pixels(exact.image))
    assert np.array_equal(pixels(turned.mask), pixels(exact.mask))
    assert turned.hidden_fraction == 0


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([180, -180]))
@settings(max_examples=30, deadline=None)
def test_half_a_turn_is_exact_on_any_size(width: int, height: int, degrees: int) -> None:
    image, mask = soft_photo((width, height)), speckles((width, height), 5)
    turned = moved(f"rotate:{degrees}", image, mask)
    assert np.array_equal(pixels(turned.image), np.rot90(pixels(image), 2))
    assert np.array_equal(pixels(turned.mask), np.rot90(pixels(mask), 2))
    assert turned.hidden_fraction == 0


@given(st.integers(-10, 10), st.integers(0, 100))
@settings(max_examples=60, deadline=None)
def test_shift_moves_right_and_down_by_the_fraction_and_continues_the_edge(tenths: int, seed: int) -> None:
    image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8))
    mask = speckles((40, 30), seed)
    shown = moved(f"shift:{tenths / 10}", image, mask)
    rows, columns = np.arange(30) - 3 * tenths, np.arange(40) - 4 * tenths
    from_rows, from_columns = rows.clip(0, 29)[:, None], columns.clip(0, 39)[None, :]
    there = ((rows >= 0) & (rows < 30))[:, None] & ((columns >= 0) & (columns < 40))[None, :]
    off = np.abs(pixels(shown.image).astype(int) - pixels(image)[from_rows, from_columns])
    assert off.max() <= 1
    assert np.array_equal(pixels(shown.mask), np.where(there, pixels(mask)[from_rows, from_columns], 0))
    kept, marked = np.count_nonzero(pixels(shown.mask)), np.count_nonzero(pixels(mask))
    assert shown.hidden_fraction == pytest.approx(1 - kept / marked)


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("shift:0.3", 0),  # columns 100..139 of 200 go to 160..199, rows 0..9 of 50 to 15..24
        ("shift:0.35", 0.25),
        ("shift:0.4", 0.5),
        ("shift:0.8", 1),
        ("shift:-0.1", 0.5),  # rows 0..9 go to -5..4
        ("shift:-0.6", 1),
        ("rotate:180", 0),
        ("scale:1.25", 0.5),  # rows 0..9 lie 15..25 px above the middle: those beyond 20 leave
        ("scale:0.5", 0),
        ("scale:2", 1),
    ],
)
def test_the_share_of_the_defect_that_leaves_the_frame_is_hidden(name: str, hidden: float) -> None:
    mask = Image.new("L", (200, 50))
    mask.paste(255, (100, 0, 140, 10))
    assert moved(name, soft_photo((200, 50)), mask).hidden_fraction == pytest.approx(hidden)


@given(
    st.sampled_from(["rotate:33", "rotate:-120", "scale:1.7", "scale:0.7", "shift:0.31", "shift:-0.77"]),
    st.integers(8, 60),
    st.integers(8, 60),
)
@settings(max_examples=40, deadline=None)
def test_the_mask_keeps_what_is_not_hidden_on_any_size(name: str, width: int, height: int) -> None:
    shown = moved(name, soft_photo((width, height)), Image.new("L", (width, height), 255))
    zoom = float(name.partition(":")[2]) ** 2 if name.startswith("scale") else 1.0
    kept = np.count_nonzero(pixels(shown.mask)) / zoom
    assert shown.hidden_fraction is not None
    assert kept == pytest.approx((1 - shown.hidden_fraction) * width * height, abs=2 * (width + height))


@pytest.mark.parametrize(("factor", "area"), [(2, 576), (0.5, 36)])
def test_scale_enlarges_about_the_centre(factor: float, area: int) -> None:
    shown = moved(f"scale:{factor}", *red_square())
    assert shown.image.size == SIZE
    assert np.count_nonzero(pixels(shown.mask)) == area
    assert centre(shown.mask) == pytest.approx((16 * factor, 9 * factor), abs=0.5)


def test_scale_2_halves_the_slope_of_a_ramp_and_keeps_its_middle() -> None:
    ramp = np.repeat(np.arange(20, 220, 4, dtype=np.uint8)[None, :], 50, axis=0)  # 50 columns, 4 a pixel
    shown = pixels(moved("scale:2", Image.fromarray(ramp)).image)
    expected = 20 + 4 * (25 + (np.arange(50) + 0.5 - 25) / 2 - 0.5)
    assert np.abs(shown[..., 0] - expected[None, :]).max() <= 1


@given(
    st.sampled_from(["rotate:33", "rotate:-90", "shift:0.4", "shift:-1", "scale:0.3", "scale:3"]),
    st.tuples(st.integers(1, 50), st.integers(1, 50)),
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)),
)
@settings(max_examples=60, deadline=None)
def test_a_plain_background_goes_on_beyond_the_photograph(
    name: str, size: tuple[int, int], colour: tuple[int, int, int]
) -> None:
    shown = moved(name, Image.new("RGB", size, colour)).image
    assert shown.size == size
    assert (pixels(shown) == colour).all()


@pytest.mark.parametrize("name", ["rotate:0", "shift:0", "scale:1"])
def test_no_movement_changes_nothing(name: str) -> None:
    image, mask = soft_photo(SIZE), speckles(SIZE, 2)
    shown = moved(name, image, mask)
    assert np.array_equal(pixels(shown.image), pixels(image))
    assert np.array_equal(pixels(shown.mask), pixels(mask))
    assert shown.hidden_fraction == 0


def test_a_full_turn_gives_the_photograph_back() -> None:
    image, mask = soft_photo(SIZE), speckles(SIZE, 2)
    for name in ("rotate:360", "rotate:-360"):
        shown = moved(name, image, mask)
        assert np.abs(pixels(shown.image).astype(int) - pixels(image)).max() <= 1
        assert np.array_equal(pixels(shown.mask), pixels(mask))
