"""The paper's perturbations, to the pixel, against numpy and against Pillow's own lettering."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from iad_eval.perturbations import Perturbed, perturbation

Pixels = npt.NDArray[np.uint8]

sizes = st.tuples(st.integers(1, 60), st.integers(1, 60))
seeds = st.integers(0, 1000)


def photo(size: tuple[int, int], seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8))


def speckles(size: tuple[int, int], seed: int) -> Image.Image:
    marked = np.random.default_rng(seed + 1).random((size[1], size[0])) < 0.3
    return Image.fromarray(np.where(marked, 255, 0).astype(np.uint8))


def pixels(image: Image.Image | None) -> Pixels:
    assert image is not None
    return np.asarray(image)


def perturbed(name: str, image: Image.Image, mask: Image.Image | None = None) -> Perturbed:
    return perturbation(name).apply(image, mask)


def opaque_white_on_black(stamped_black: Image.Image, stamped_white: Image.Image) -> Pixels:
    """How much of the background the ink hides, pixel by pixel: 0 nothing, 255 all."""
    through = pixels(stamped_white).astype(int) - pixels(stamped_black)
    hidden: Pixels = (255 - through.min(axis=2)).astype(np.uint8)
    return hidden


def ink(size: tuple[int, int]) -> Pixels:
    black, white = (perturbed("timestamp", Image.new("RGB", size, colour)) for colour in ("black", "white"))
    return opaque_white_on_black(black.image, white.image)


def box(marked: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is above 0; the last two are outside."""
    rows, columns = np.nonzero(marked)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@given(sizes, seeds)
@settings(max_examples=40, deadline=None)
def test_original_changes_nothing(size: tuple[int, int], seed: int) -> None:
    shown = perturbed("original", photo(size, seed), speckles(size, seed))
    assert np.array_equal(pixels(shown.image), pixels(photo(size, seed)))
    assert np.array_equal(pixels(shown.mask), pixels(speckles(size, seed)))
    assert shown.hidden_fraction == 0


@given(sizes, seeds)
@settings(max_examples=60, deadline=None)
def test_rotated_is_a_quarter_turn_counter_clockwise(size: tuple[int, int], seed: int) -> None:
    turned = perturbed("rotated", photo(size, seed), speckles(size, seed))
    assert np.array_equal(pixels(turned.image), np.rot90(pixels(photo(size, seed))))
    assert np.array_equal(pixels(turned.mask), np.rot90(pixels(speckles(size, seed))))
    assert turned.hidden_fraction == 0


def test_rotated_brings_the_top_right_corner_to_the_top_left() -> None:
    image = Image.new("RGB", (7, 4), "grey")
    image.putpixel((6, 0), (255, 0, 0))
    turned = perturbed("rotated", image).image
    assert turned.size == (4, 7)
    assert turned.getpixel((0, 0)) == (255, 0, 0)


@given(sizes, seeds)
@settings(max_examples=20, deadline=None)
def test_four_quarter_turns_give_the_photograph_back(size: tuple[int, int], seed: int) -> None:
    turned = perturbed("original", photo(size, seed), speckles(size, seed))
    for _ in range(4):
        turned = perturbed("rotated", turned.image, turned.mask)
    assert np.array_equal(pixels(turned.image), pixels(photo(size, seed)))
    assert np.array_equal(pixels(turned.mask), pixels(speckles(size, seed)))


@given(sizes, seeds)
@settings(max_examples=60, deadline=None)
def test_padded_has_20_px_of_white_on_each_side_and_a_mask_of_0_there(
    size: tuple[int, int], seed: int
) -> None:
    bordered = perturbed("padded", photo(size, seed), speckles(size, seed))
    sides = ((20, 20), (20, 20))
    white = np.pad(pixels(photo(size, seed)), (*sides, (0, 0)), constant_values=255)
    assert bordered.image.size == (size[0] + 40, size[1] + 40)
    assert np.array_equal(pixels(bordered.image), white)
    assert np.array_equal(pixels(bordered.mask), np.pad(pixels(speckles(size, seed)), sides))
    assert bordered.hidden_fraction == 0


@pytest.mark.parametrize("name", ["original", "rotated", "padded"])
def test_a_coloured_square_is_found_again_exactly_where_the_mask_says(name: str) -> None:
    image, mask = Image.new("RGB", (33, 21), (90, 120, 90)), Image.new("L", (33, 21))
    image.paste((255, 0, 0), (4, 9, 11, 20))
    mask.paste(255, (4, 9, 11, 20))
    shown = perturbed(name, image, mask)
    red = (pixels(shown.image) == (255, 0, 0)).all(axis=2)
    assert red.sum() == 7 * 11
    assert np.array_equal(pixels(shown.mask) > 0, red)


@pytest.mark.parametrize("background", ["black", "white", (128, 128, 128), (200, 30, 90)], ids=str)
def test_the_timestamp_reads_as_pillow_writes_it_at_size_30_in_white_with_a_black_outline(
    background: str | tuple[int, int, int],
) -> None:
    def written(colour: str | tuple[int, int, int]) -> Image.Image:
        image = Image.new("RGB", (400, 120), colour)
        font = ImageFont.load_default(30)
        ImageDraw.Draw(image).text((50, 40), "2025-05-12", "white", font, stroke_width=2, stroke_fill="black")
        return image

    theirs = box(opaque_white_on_black(written("black"), written("white")))
    ours = box(ink((300, 80)))
    stamped = perturbed("timestamp", Image.new("RGB", (300, 80), background)).image
    assert np.array_equal(pixels(stamped.crop(ours)), pixels(written(background).crop(theirs)))


def test_the_timestamp_stands_in_the_top_right_corner() -> None:
    left, top, right, bottom = box(ink((900, 700)))
    assert top == 10
    assert 10 <= 900 - right <= 12
    assert 140 <= right - left <= 170
    assert 20 <= bottom - top <= 36


def test_every_white_stroke_has_black_around_it() -> None:
    stamped = pixels(perturbed("timestamp", Image.new("RGB", (300, 80), (128, 128, 128))).image)
    white = (stamped == 255).all(axis=2)
    untouched = (stamped == 128).all(axis=2) & (ink((300, 80)) == 0)
    near = np.zeros_like(white)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            near |= np.roll(white, (down, right), (0, 1))
    assert white.sum() > 300
    assert (stamped == 0).all(axis=2).sum() > 300
    assert not (near & untouched).any()


@given(sizes.map(lambda size: (size[0] * 5, size[1])), seeds)
@settings(max_examples=40, deadline=None)
def test_the_timestamp_changes_nothing_outside_its_ink_and_leaves_the_mask(
    size: tuple[int, int], seed: int
) -> None:
    mask = speckles(size, seed)
    stamped = perturbed("timestamp", photo(size, seed), mask)
    outside = ink(size) == 0
    assert stamped.image.size == size
    assert np.array_equal(pixels(stamped.image)[outside], pixels(photo(size, seed))[outside])
    assert np.array_equal(pixels(stamped.mask), pixels(speckles(size, seed)))


@given(st.integers(1, 250), st.integers(1, 60), seeds)
@settings(max_examples=40, deadline=None)
def test_on_a_narrow_or_low_photograph_the_timestamp_is_cut_off_at_left_and_below(
    width: int, height: int, seed: int
) -> None:
    whole, corner = photo((250, 60), seed), (250 - width, 0, 250, height)
    stamped_corner = perturbed("timestamp", whole.crop(corner)).image
    corner_of_stamped = perturbed("timestamp", whole).image.crop(corner)
    assert np.array_equal(pixels(stamped_corner), pixels(corner_of_stamped))


def test_a_photograph_too_small_for_the_margins_shows_no_timestamp() -> None:
    for size in ((1, 1), (10, 100), (300, 10)):
        stamped = perturbed("timestamp", photo(size, 3), Image.new("L", size, 255))
        assert np.array_equal(pixels(stamped.image), pixels(photo(size, 3)))
        assert stamped.hidden_fraction == 0


@given(sizes.map(lambda size: (size[0] * 5, size[1])), seeds)
@settings(max_examples=60, deadline=None)
def test_the_timestamp_hides_the_share_of_the_mask_that_is_under_its_ink(
    size: tuple[int, int], seed: int
) -> None:
    mask = speckles(size, seed)
    marked = pixels(mask) > 0
    covered = (ink(size) > 0) & marked
    hidden = perturbed("timestamp", photo(size, seed), mask).hidden_fraction
    assert hidden == pytest.approx(covered.sum() / max(1, marked.sum()))


def test_the_timestamp_hides_all_of_a_speck_under_a_stroke_and_nothing_of_a_scratch_below_it() -> None:
    size = (300, 200)
    row, column = (int(place[0]) for place in np.nonzero(ink(size) == 255))
    speck, scratch = Image.new("L", size), Image.new("L", size)
    speck.putpixel((column, row), 255)
    scratch.paste(255, (0, 60, 300, 64))
    assert perturbed("timestamp", photo(size, 0), speck).hidden_fraction == 1
    assert perturbed("timestamp", photo(size, 0), scratch).hidden_fraction == 0
    scratch.putpixel((column, row), 255)
    assert perturbed("timestamp", photo(size, 0), scratch).hidden_fraction == pytest.approx(1 / 1201)
