from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iad_eval.predictors.patch_features import (
    CELL_PX,
    GRID,
    SIDE_PX,
    WIDTH,
    WINDOWS,
    Pixels,
    descriptors,
    smoothed,
    working_pixels,
)

MEANS = slice(0, 3)
FINE_GRADIENTS = slice(6, 10)
FINE_BEND = 10


def _noise(seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(40, 200, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)


def _stripes(axis: int, period: int = 12) -> Pixels:
    wave = 128 + 60 * np.sin(2 * np.pi * np.indices((SIDE_PX, SIDE_PX))[axis] / period)
    return np.repeat(wave[..., None], 3, axis=2).astype(np.uint8)


@settings(max_examples=20, deadline=None)
@given(width=st.integers(8, 400), height=st.integers(8, 400), grey=st.integers(0, 255))
def test_every_size_comes_to_one_square(width: int, height: int, grey: int) -> None:
    pixels = working_pixels(Image.new("RGB", (width, height), (grey, grey, grey)))
    assert pixels.shape == (SIDE_PX, SIDE_PX, 3)
    assert np.all(pixels == grey)


def test_descriptors_stand_on_the_grid_and_are_finite() -> None:
    for pixels in (_noise(), np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)):
        described = descriptors(pixels)
        assert described.shape == (GRID, GRID, WIDTH)
        assert described.dtype == np.float32
        assert np.isfinite(described).all()


def test_a_plain_surface_has_colour_and_no_structure() -> None:
    described = descriptors(np.full((SIDE_PX, SIDE_PX, 3), (200, 100, 30), np.uint8))
    assert np.allclose(described[..., 0], 0.5, atol=0.01)
    assert (described[..., 1:3] > 0.3).all()
    assert np.allclose(described[..., 3 : WIDTH // len(WINDOWS)], 1e-3, atol=2e-3)


@pytest.mark.parametrize("exposure", [0.6, 0.8, 1.2])
def test_exposure_hardly_matters(exposure: float) -> None:
    pixels = _stripes(1)
    darker = np.clip(pixels * exposure, 0, 255).astype(np.uint8)
    scratched = pixels.copy()
    scratched[60:80, 60:64] = 255
    by_light = np.abs(descriptors(darker) - descriptors(pixels)).max()
    by_scratch = np.abs(descriptors(scratched) - descriptors(pixels)).max()
    assert by_light * 8 < by_scratch


def test_gradients_tell_orientations_apart() -> None:
    upright, lying = descriptors(_stripes(1)), descriptors(_stripes(0))
    across, _, down, _ = range(FINE_GRADIENTS.start, FINE_GRADIENTS.stop)
    assert (upright[4:-4, 4:-4, across] > 5 * upright[4:-4, 4:-4, down]).all()
    turned = upright.transpose(1, 0, 2)
    assert np.allclose(lying[..., down], turned[..., across], atol=1e-5)
    assert np.allclose(lying[..., FINE_BEND], turned[..., FINE_BEND], atol=1e-5)


def test_means_are_gaussian_means_of_cells() -> None:
    pixels = _noise()
    light = pixels.astype(np.float64).mean(axis=2)
    light *= 0.5 / (light.mean() + 1)
    row, column, window = 3, 17, WINDOWS[1]
    total = weight_sum = 0.0
    for other_row in range(GRID):
        for other_column in range(GRID):
            weight = np.exp(-((other_row - row) ** 2 + (other_column - column) ** 2) / (2 * window**2))
            top, left = other_row * CELL_PX, other_column * CELL_PX
            total += weight * light[top : top + CELL_PX, left : left + CELL_PX].mean()
            weight_sum += weight
    described = descriptors(pixels)[row, column, WIDTH // len(WINDOWS)]
    assert described == pytest.approx(total / weight_sum, rel=1e-5)


def test_spread_is_the_standard_deviation_of_a_wide_window() -> None:
    pixels = _noise()
    light = pixels.astype(np.float64).mean(axis=2)
    light *= 0.5 / (light.mean() + 1)
    spread = descriptors(pixels)[..., 2 * WIDTH // len(WINDOWS) + 3]
    assert spread.mean() == pytest.approx(light.std(), rel=0.02)


def test_smoothing_keeps_an_even_map_even() -> None:
    even = np.full((2, GRID, GRID), 3, np.float32)
    assert np.allclose(smoothed(even, 2.0), 3)
