"""Regions: exactly as large as asked for, where they may be, and of the shape that they are named for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy import ndimage

from iad_eval.drawing.canvas import SIZE, Plane, plane
from iad_eval.drawing.noise import look_up, table
from iad_eval.drawing.regions import blob, cut, grow, line, scuff, side, somewhere

SEEDS = st.integers(0, 2**32 - 1)
TURNS = st.floats(0, math.pi)


def distinct(seed: int) -> Plane:
    """A field in which no two pixels are equal."""
    return default_rng(seed).permutation(SIZE * SIZE).reshape(SIZE, SIZE).astype(np.float32)


def some_of_it(seed: int) -> Plane:
    """A plane of ones in about half of all pixels."""
    return (default_rng(seed + 1).random((SIZE, SIZE)) < 0.5).astype(np.float32)


def region(field: Plane, pixels: float) -> NDArray[np.bool_]:
    return grow(field, plane(1), pixels) >= 0.5


def axes(region: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Direction (0 to pi) of a region's longer axis, and the deviations along it and across."""
    y, x = np.nonzero(region)
    variances, directions = np.linalg.eigh(np.cov(np.stack([x, y])))
    turn = math.atan2(directions[1, 1], directions[0, 1]) % math.pi
    return turn, math.sqrt(variances[1]), math.sqrt(max(variances[0], 1e-9))


def between_turns(one: float, other: float) -> float:
    """The angle between two undirected lines."""
    apart = (one - other) % math.pi
    return min(apart, math.pi - apart)


@given(SEEDS, st.integers(1, 20_000))
@settings(max_examples=15, deadline=None)
def test_a_region_holds_exactly_the_highest_pixels_allowed(seed: int, pixels: int) -> None:
    field, allowed = distinct(seed), some_of_it(seed)
    found = grow(field, allowed, pixels) >= 0.5
    expected = np.sort(field[allowed > 0])[-pixels:]
    assert np.array_equal(np.sort(field[found]), expected)
    assert (allowed[found] > 0).all()


@given(SEEDS, st.floats(1, 5_000), st.floats(1, 4))
@settings(max_examples=10, deadline=None)
def test_a_larger_region_of_a_field_contains_the_smaller(seed: int, pixels: float, times: float) -> None:
    field = blob(default_rng(seed), (0.0, 0.0), pixels)
    assert (grow(field, plane(1), pixels * times) >= grow(field, plane(1), pixels)).all()


@pytest.mark.parametrize("softness", [1.2, 3.0, 6.0])
def test_coverage_is_soft_over_as_many_pixels_as_asked(softness: float) -> None:
    disc = blob(default_rng(0), (0.0, 0.0), 5000, ragged=0, longer=1)
    cover = grow(disc, plane(1), 5000, softness)
    assert (cover.min(), cover.max()) == (0, 1)
    ring = 2 * math.pi * math.sqrt(5000 / math.pi) * softness
    assert np.count_nonzero((cover > 0) & (cover < 1)) == pytest.approx(ring, rel=0.1)


def test_a_cut_goes_on_beyond_what_is_allowed_and_growth_does_not() -> None:
    field = blob(default_rng(2), (0.0, 0.0), 4000, ragged=0, longer=1)
    left = plane(0)
    left[:, : SIZE // 2] = 1
    whole, half = cut(field, left, 2000) >= 0.5, grow(field, left, 2000) >= 0.5
    assert not half[:, SIZE // 2 :].any()
    assert np.count_nonzero(half) == 2000
    assert np.count_nonzero(whole) == pytest.approx(4000, rel=0.05)


@pytest.mark.parametrize(("asked", "given_"), [(0.0, 1), (0.4, 1), (1.6, 2), (1e9, 400)])
def test_what_is_asked_is_kept_between_one_pixel_and_all(asked: float, given_: int) -> None:
    allowed = plane(0)
    allowed[100:120, 50:70] = 1
    assert np.count_nonzero(grow(distinct(5), allowed, asked) >= 0.5) == given_


def test_somewhere_is_any_of_the_allowed_pixels_and_no_other() -> None:
    allowed = plane(0.5)  # not above one half
    spots = {(10, 20), (10, 21), (255, 0), (0, 255)}
    for row, column in spots:
        allowed[row, column] = 0.6
    rng = default_rng(3)
    found = {somewhere(rng, allowed) for _ in range(60)}
    assert found == {(column - 127.5, row - 127.5) for row, column in spots}


@given(SEEDS, st.floats(-60, 60), st.floats(-60, 60), st.floats(100, 8_000))
@settings(max_examples=10, deadline=None)
def test_an_even_round_blob_is_a_disc(seed: int, x: float, y: float, pixels: float) -> None:
    disc = region(blob(default_rng(seed), (x, y), pixels, ragged=0, longer=1), pixels)
    rows, columns = np.indices(disc.shape) - 127.5
    far = np.hypot(columns - x, rows - y)
    radius = math.sqrt(pixels / math.pi)
    assert disc[far < radius - 1].all()
    assert not disc[far > radius + 1].any()


@given(SEEDS, st.floats(0, 0.15), st.floats(1, 2))
@settings(max_examples=15, deadline=None)
def test_a_blob_is_one_piece_around_its_centre(seed: int, ragged: float, longer: float) -> None:
    spot = region(blob(default_rng(seed), (10.0, -20.0), 2500, ragged, longer), 2500)
    pieces, _ = ndimage.label(spot, np.ones((3, 3)))
    assert spot[107, 137]
    assert np.count_nonzero(pieces == pieces[107, 137]) > 0.9 * 2500


def test_a_blob_is_up_to_as_many_times_longer_than_wide_as_asked() -> None:
    aspects = []
    for seed in range(12):
        _, along, across = axes(region(blob(default_rng(seed), (0.0, 0.0), 4000, 0, 3.0), 4000))
        aspects.append(along / across)
    assert max(aspects) < 3.05
    assert max(aspects) > 2.2
    assert min(aspects) < 1.6


def test_a_ragged_blob_has_a_longer_outline() -> None:
    def outline(ragged: float) -> int:
        spot = region(blob(default_rng(4), (0.0, 0.0), 3000, ragged, 1), 3000)
        return int(np.count_nonzero(spot & ~ndimage.binary_erosion(spot)))

    assert outline(0.0) < 0.85 * outline(0.5)


@given(SEEDS, TURNS, st.floats(60, 150))
@settings(max_examples=15, deadline=None)
def test_a_straight_line_runs_as_long_and_in_the_direction_asked(
    seed: int, turn: float, length: float
) -> None:
    stroke = region(line(default_rng(seed), (0.0, 0.0), length, turn, bend=0), 2 * length)
    found, along, across = axes(stroke)
    assert between_turns(found, turn) < math.radians(3)
    assert along > 6 * across
    y, x = np.nonzero(stroke)
    reach = (x - 127.5) * math.cos(turn) + (y - 127.5) * math.sin(turn)
    assert 0.85 * length < np.ptp(reach) < 1.1 * length


def test_a_line_sags_by_no_more_than_asked() -> None:
    for seed in range(8):
        bent = region(line(default_rng(seed), (0.0, 0.0), 120, 0.0, bend=0.2), 240)
        assert np.ptp(np.nonzero(bent)[0]) <= 0.2 * 120 + 6


def test_jags_roughen_a_line() -> None:
    deviations = []
    for jags in (0.0, 2.0):
        stroke = region(line(default_rng(1), (0.0, 0.0), 150, 0.0, 0.0, jags), 300)
        deviations.append(axes(stroke)[2])
    assert deviations[1] > 1.5 * deviations[0]


@given(SEEDS, TURNS)
@settings(max_examples=10, deadline=None)
def test_a_scuff_lies_in_the_direction_asked(seed: int, turn: float) -> None:
    found, along, across = axes(region(scuff(default_rng(seed), (0.0, 0.0), 2500, turn, 9.0), 2500))
    assert between_turns(found, turn) < math.radians(12)
    assert along > 3 * across


@given(SEEDS, st.floats(-math.pi, math.pi))
@settings(max_examples=10, deadline=None)
def test_a_side_lies_on_the_side_asked(seed: int, turn: float) -> None:
    part = region(side(default_rng(seed), (0.0, 0.0), turn, 4.0), 6000)
    y, x = np.nonzero(part)
    assert ((x - 127.5) * math.cos(turn) + (y - 127.5) * math.sin(turn)).min() > 0


@given(SEEDS, st.integers(2, 60))
@settings(max_examples=15, deadline=None)
def test_a_table_is_read_between_its_values_to_an_eighth_of_a_step(seed: int, count: int) -> None:
    values = table(default_rng(seed), count)
    position = default_rng(seed).uniform(0, count - 1, (SIZE, SIZE)).astype(np.float32)
    eighths = np.floor(position * 8) / 8
    expected = np.interp(eighths, np.arange(count), values)
    assert np.allclose(look_up(values, position), expected, atol=1e-5)


def test_a_table_goes_on_for_ever_with_its_last_value() -> None:
    values = np.array([3, 5, 4], dtype=np.float32)
    assert look_up(values, plane(1000)).max() == 4
    assert look_up(values, plane(-1000)).min() == 3


@pytest.mark.parametrize("smoothing", [1, 3, 5])
def test_a_smoothed_table_keeps_its_length_and_deviation(smoothing: int) -> None:
    values = table(default_rng(8), 20_000, smoothing)
    assert len(values) == 20_000
    assert values.mean() == pytest.approx(0, abs=0.05)
    assert values.std() == pytest.approx(1, abs=0.05)
    neighbours = float(np.corrcoef(values[1:], values[:-1])[0, 1])
    assert neighbours == pytest.approx((smoothing - 1) / smoothing, abs=0.05)
