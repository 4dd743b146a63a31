"""Lens, light, sensor and file format: statistics of what they do to the values, with scipy beside it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter
from scipy import ndimage

from iad_eval.perturbations import perturbation

SENSOR = ("blur:2", "noise:0.05", "brightness:1.3", "low-light:0.2", "jpeg:40")

sizes = st.tuples(st.integers(1, 30), st.integers(1, 30))


def photo(size: tuple[int, int], seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8))


def part(size: tuple[int, int] = (160, 120), seed: int = 0) -> Image.Image:
    """Soft structure as a part has it, with values away from black and white."""
    soft = np.asarray(photo(size, seed).filter(ImageFilter.GaussianBlur(2))).astype(float)
    return Image.fromarray((128 + 2 * (soft - soft.mean())).clip(20, 235).astype(np.uint8))


def values(image: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(image).astype(np.float64)


def shown(name: str, image: Image.Image) -> npt.NDArray[np.float64]:
    return values(perturbation(name).apply(image, None).image)


def off(name: str, image: Image.Image) -> float:
    """Mean difference to the photograph, in grey levels."""
    return float(np.abs(shown(name, image) - values(image)).mean())


@pytest.mark.parametrize("name", SENSOR)
@given(size=sizes, seed=st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_every_pixel_stays_in_its_place_and_nothing_is_hidden(
    name: str, size: tuple[int, int], seed: int
) -> None:
    mask = Image.fromarray(np.asarray(photo(size, seed).getchannel(0)) // 128 * 255)
    seen = perturbation(name).apply(photo(size, seed), mask.copy())
    assert seen.image.size == size
    assert seen.hidden_fraction == 0
    assert seen.mask is not None
    assert np.array_equal(np.asarray(seen.mask), np.asarray(mask))
    assert perturbation(name).apply(photo(size, seed), None).hidden_fraction is None


@pytest.mark.parametrize("name", ["blur:0", "noise:0", "brightness:1"])
@given(size=sizes, seed=st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_no_severity_changes_nothing(name: str, size: tuple[int, int], seed: int) -> None:
    assert np.array_equal(shown(name, photo(size, seed)), values(photo(size, seed)))


@pytest.mark.parametrize("sigma", [1.0, 2.0, 5.0])
def test_blur_is_a_gaussian_of_that_sigma(sigma: float) -> None:
    image = part()
    theirs = ndimage.gaussian_filter(values(image), (sigma, sigma, 0), mode="nearest")
    inside = np.s_[round(4 * sigma) : -round(4 * sigma), round(4 * sigma) : -round(4 * sigma)]
    difference = np.abs(shown(f"blur:{sigma}", image) - theirs)[inside]
    assert difference.max() < 3
    assert difference.mean() < 1


@pytest.mark.parametrize("sigma", [0.5, 1, 3, 8])
def test_blur_keeps_the_mean_and_softens_more_the_wider_it_is(sigma: float) -> None:
    image = Image.new("RGB", (220, 200), (128, 128, 128))
    image.paste(part((100, 80)), (60, 60))
    blurred = shown(f"blur:{sigma}", image)
    assert blurred.mean(axis=(0, 1)) == pytest.approx(values(image).mean(axis=(0, 1)), abs=0.5)
    assert blurred.std() < values(image).std()
    assert shown(f"blur:{2 * sigma}", image).std() < blurred.std()


def test_blur_spreads_a_bright_dot_by_its_sigma() -> None:
    dot = np.zeros((81, 81, 3), np.uint8)
    dot[38:43, 38:43] = 255
    spread = shown("blur:4", Image.fromarray(dot))[..., 0]
    place = np.arange(81) - 40
    variance = (spread.sum(axis=0) * place**2).sum() / spread.sum()
    assert variance == pytest.approx(4**2 + (5**2 - 1) / 12, rel=0.15)


@pytest.mark.parametrize("std", [0.01, 0.05, 0.1])
def test_noise_has_the_standard_deviation_that_was_asked_in_every_channel_alone(std: float) -> None:
    image = Image.new("RGB", (200, 200), (120, 128, 136))
    added = (shown(f"noise:{std}", image) - values(image)).reshape(-1, 3) / 255
    rounding = 1 / 255 / np.sqrt(12)
    assert added.std(axis=0) == pytest.approx(np.hypot(std, rounding), rel=0.03)
    assert np.abs(added.mean(axis=0)).max() < 5 * std / 200
    assert np.abs(np.corrcoef(added.T) - np.eye(3)).max() < 0.03
    levels = round(2 * 255 * std)  # of a tail beyond about two standard deviations, as whole levels allow
    tail = math.erfc((levels + 0.5) / 255 / std / math.sqrt(2))
    assert (np.abs(added * 255) > levels + 0.5).mean() == pytest.approx(tail, rel=0.08)


def test_noise_is_cut_off_at_black_and_white_never_wrapped() -> None:
    for level in (0, 255):
        noisy = shown("noise:0.1", Image.new("RGB", (100, 100), (level, level, level)))
        assert np.abs(noisy - level).max() < 150
        assert (noisy == level).mean() == pytest.approx(0.5, abs=0.03)


def test_every_photograph_has_noise_of_its_own() -> None:
    first, second = (Image.new("RGB", (60, 60), (level, 128, 128)) for level in (128, 129))
    one, two = (shown("noise:0.1", image) - values(image) for image in (first, second))
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.05


@given(sizes, st.integers(0, 50), st.floats(0, 10).map(lambda factor: round(factor, 3)))
@settings(max_examples=60, deadline=None)
def test_brightness_multiplies_and_clips_at_white(size: tuple[int, int], seed: int, factor: float) -> None:
    exact = np.minimum(values(photo(size, seed)) * factor, 255)
    assert np.abs(shown(f"brightness:{factor}", photo(size, seed)) - exact).max() <= 0.5 + 1e-9


def test_brightness_0_is_black_and_light_values_clip() -> None:
    image = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :])
    assert not shown("brightness:0", image).any()
    doubled = shown("brightness:2", image)[0, :, 0]
    assert doubled[:128].tolist() == list(range(0, 256, 2))
    assert (doubled[128:] == 255).all()


def test_low_light_is_darker_the_less_light_there_is_and_noisier_for_what_is_left() -> None:
    image = Image.new("RGB", (150, 150), (180, 180, 180))
    seen = [shown(f"low-light:{fraction}", image) for fraction in (1, 0.5, 0.2, 0.05)]
    means = [float(each.mean()) for each in seen]
    relative = [float(each.std() / each.mean()) for each in seen]
    assert means[0] == pytest.approx(180, abs=1)
    assert means == sorted(means, reverse=True)
    assert relative == sorted(relative)
    assert relative[-1] > 3 * relative[0] > 0


@pytest.mark.parametrize("fraction", [0.5, 0.2])
def test_low_light_counts_electrons_as_photons_arrive(fraction: float) -> None:
    image = Image.new("RGB", (200, 200), (200, 200, 200))
    electrons = 4000 * (shown(f"low-light:{fraction}", image) / 255) ** 2.2
    arriving = 4000 * (200 / 255) ** 2.2 * fraction
    a_level = 4000 * 2.2 / 255 * (arriving / 4000) ** (1.2 / 2.2)
    assert electrons.mean() == pytest.approx(arriving, rel=0.01)
    assert electrons.var() == pytest.approx(arriving + 6**2 + a_level**2 / 12, rel=0.05)


def test_jpeg_differs_more_the_lower_its_quality() -> None:
    image = part()
    distances = [off(f"jpeg:{quality}", image) for quality in (95, 80, 50, 20, 5, 1)]
    assert distances == sorted(distances)
    assert 0 < distances[0] < 4
    assert distances[-1] > 4 * distances[0]


def test_jpeg_keeps_light_sharp_and_colour_at_half_resolution() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[...] = 128
    grey, coloured = stripes.copy(), stripes.copy()
    grey[:, ::2] = 168
    coloured[:, ::2] = (168, 108, 128)  # as light as its neighbours, nearly
    kept_grey = shown("jpeg:95", Image.fromarray(grey))[..., 0]
    kept_red = shown("jpeg:95", Image.fromarray(coloured))[..., 0]
    assert kept_grey[:, ::2].mean() - kept_grey[:, 1::2].mean() > 35
    assert kept_red[:, ::2].mean() - kept_red[:, 1::2].mean() < 10


def test_one_photograph_alone_decides_what_is_drawn_by_chance() -> None:
    for name in ("noise:0.1", "low-light:0.2"):
        before = shown(name, part())
        shown(name, part(seed=1))
        assert np.array_equal(shown(name, part()), before)
