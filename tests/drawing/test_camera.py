"""Light, lens and sensor: against Lambert's law, a convolution and the statistics of noise."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng
from numpy.typing import NDArray
from scipy import ndimage

from iad_eval.drawing.camera import Part, develop, photograph
from iad_eval.drawing.canvas import SIZE, Colours, Plane, X, Y, ink, inside, plane, soften
from iad_eval.drawing.dust import dusty
from iad_eval.drawing.noise import grain
from iad_eval.drawing.scene import Looseness, Scene, set_scene
from iad_eval.drawing.streams import stream

MIDDLE = (slice(112, 144), slice(112, 144))


def scene(number: int = 0, looseness: Looseness | None = None) -> Scene:
    return set_scene(lambda purpose: stream(number, "camera", purpose), looseness or Looseness())


def plain(number: int = 0) -> Scene:
    """A scene without lens blur, tint, or light that falls off to one side."""
    return replace(scene(number), blur=0.0, tint=(1.0, 1.0, 1.0), slope=(0.0, 0.0), gain=1.0)


def part(relief: Plane, gloss: float = 0.0, grey: float = 0.5, polish: int = 4) -> Part:
    colour = ink((grey, grey, grey)) * plane(1)
    return Part(colour, plane(1), colour, relief, plane(gloss), polish)


def lean(normal: tuple[float, float, float], light: tuple[float, float, float]) -> float:
    """The cosine between a surface's normal and the light."""
    length = math.sqrt(sum(n * n for n in normal))
    return max(0.0, sum(n * toward for n, toward in zip(normal, light, strict=True)) / length)


@pytest.mark.parametrize("slope", [(0.0, 0.0), (0.3, 0.0), (0.0, 0.5), (-0.4, 0.2), (3.0, 3.0)])
def test_a_dull_plane_is_lit_by_lamberts_law(slope: tuple[float, float]) -> None:
    seen = plain()
    tilted = photograph(part(X * np.float32(slope[0]) + Y * np.float32(slope[1])), seen)
    level = photograph(part(plane(0)), seen)
    cosine = lean((-slope[0], -slope[1], 1.0), seen.light)
    expected = 0.42 + 0.58 * cosine / seen.light[2]  # 42 % of the light comes from everywhere
    assert np.allclose((tilted / level)[:, *MIDDLE], expected, rtol=1e-3)


def test_a_level_part_shows_its_own_colour_in_the_middle() -> None:
    assert np.allclose(photograph(part(plane(0), grey=0.37), plain())[:, *MIDDLE], 0.37, rtol=5e-3)


def test_gloss_is_brightest_where_the_surface_mirrors_the_lamp() -> None:
    seen = plain()
    toward_x, toward_y, toward_z = seen.light
    half = (toward_x, toward_y, toward_z + 1)  # midway between lamp and camera, which looks down
    mirrors = X * np.float32(-half[0] / half[2]) + Y * np.float32(-half[1] / half[2])
    for relief, at_most in ((mirrors, 0.301), (plane(0), 0.25), (-mirrors, 0.05)):
        shining, dull = (photograph(part(relief, gloss, grey=0.2), seen) for gloss in (0.3, 0.0))
        mirrored = float((shining - dull)[:, *MIDDLE].mean())
        assert mirrored <= at_most
        if relief is mirrors:
            assert mirrored == pytest.approx(0.3, rel=5e-3)


def test_polish_makes_the_highlight_smaller() -> None:
    dome = -(X * X + Y * Y) * np.float32(0.004)

    def spot(polish: int) -> int:
        shining, dull = (photograph(part(dome, gloss, 0.2, polish), plain()) for gloss in (0.3, 0.0))
        return int(np.count_nonzero((shining - dull)[0] > 0.1))

    assert spot(3) > 1.5 * spot(5) > 1.5 * 1.5 * spot(7) > 0


def test_a_shadow_falls_away_from_the_lamp() -> None:
    disc = inside(np.hypot(X, Y) - np.float32(40))
    grey = ink((0.5, 0.5, 0.5)) * plane(1)
    flat = Part(grey, disc, grey, plane(0), plane(0))
    seen = plain()
    loss = photograph(flat, seen)[0] - photograph(replace(flat, stands=16), seen)[0]
    assert loss.min() > -0.01
    assert loss.max() > 0.1
    assert np.abs(loss[disc == 1]).max() < 1e-6, "the part throws no shadow on itself"
    weight = loss / loss.sum()
    fallen = float((weight * X).sum()), float((weight * Y).sum())
    along = -(fallen[0] * seen.light[0] + fallen[1] * seen.light[1])
    assert along > 0.9 * math.hypot(*fallen) * math.hypot(*seen.light[:2]) > 0


def test_the_ground_shows_where_the_part_does_not_cover_it() -> None:
    left = plane(0)
    left[:, : SIZE // 2] = 1
    colour, ground = ink((0.2, 0.4, 0.6)) * plane(1), ink((0.7, 0.5, 0.3)) * plane(1)
    picture = photograph(Part(ground, left, colour, plane(0), plane(0), stands=4), plain())
    assert np.allclose(picture[:, 128, 126], [0.2, 0.4, 0.6], rtol=5e-3)
    assert np.allclose(picture[:, 128, 160], [0.7, 0.5, 0.3], rtol=0.01)


@pytest.mark.parametrize("weight", [0.0, 0.06, 0.16])
def test_the_lens_blurs_as_a_convolution_does(weight: float) -> None:
    channel = default_rng(1).random((SIZE, SIZE), dtype=np.float32)
    expected: NDArray[np.float64] = channel.astype(np.float64)
    for axis in (0, 1):
        expected = ndimage.convolve1d(expected, [weight, 1 - 2 * weight, weight], axis, mode="nearest")
    soften(channel, weight)
    assert np.allclose(channel, expected, atol=1e-6)


def evenly(value: float) -> Colours:
    return np.full((3, SIZE, SIZE), value, dtype=np.float32)


def test_sensor_noise_grows_with_the_light_and_is_largely_shared_by_the_colours() -> None:
    seen = replace(scene(), noise=0.015)
    deviations = []
    for value in (0.1, 0.5, 0.8):
        pixels = np.asarray(develop(evenly(value), seen, default_rng(2)), dtype=np.float64)
        assert pixels.mean() == pytest.approx(255 * value, abs=0.15)
        shared = np.asarray(np.corrcoef(pixels.reshape(-1, 3).T))[np.triu_indices(3, 1)]
        assert 0.6 < shared.min() <= shared.max() < 0.95
        deviations.append(float(pixels[..., 1].std()))
    assert 1.5 < deviations[0] < deviations[1] < deviations[2] < 6


def test_without_noise_a_photograph_is_its_picture_rounded() -> None:
    picture = default_rng(3).random((3, SIZE, SIZE), dtype=np.float32)
    pixels = np.asarray(develop(picture, replace(scene(), noise=0.0), default_rng(0)))
    expected = np.floor(np.moveaxis(picture, 0, 2) * np.float32(255) + np.float32(0.5))
    assert np.array_equal(pixels, expected)


def test_grain_has_mean_0_and_deviation_1_and_no_direction() -> None:
    values = grain(default_rng(4), 512)
    assert values.mean() == pytest.approx(0, abs=0.01)
    assert values.std() == pytest.approx(1, abs=0.01)
    for neighbour in (np.roll(values, 1, 0), np.roll(values, 1, 1)):
        assert abs(float((values * neighbour).mean())) < 0.01


def test_poses_and_lights_stay_within_the_looseness_of_the_class_and_fill_it() -> None:
    loose = Looseness(shift_px=5, turn_deg=4, zoom=0.03, gain=0.1, tint=0.02)
    scenes = [scene(number, loose) for number in range(200)]
    for reach, values in (
        (5, [one.centre[0] for one in scenes]),
        (5, [one.centre[1] for one in scenes]),
        (4, [math.degrees(one.turn) for one in scenes]),
        (0.03, [one.zoom - 1 for one in scenes]),
        (0.1, [one.gain - 1 for one in scenes]),
        (0.02, [one.tint[0] - 1 for one in scenes]),
        (0.02, [one.tint[2] - 1 for one in scenes]),
    ):
        assert -reach <= min(values) < -0.8 * reach
        assert 0.8 * reach < max(values) <= reach
    assert all(math.hypot(*one.light) == pytest.approx(1) for one in scenes)
    assert len({round(math.degrees(math.atan2(one.light[1], one.light[0]))) for one in scenes}) > 15


def test_the_parts_coordinates_are_those_of_the_picture_shifted_turned_and_zoomed() -> None:
    for number in range(5):
        seen = scene(number, Looseness(shift_px=9, turn_deg=30, zoom=0.1))
        turning = seen.zoom * np.exp(1j * seen.turn)
        placed = (seen.u + 1j * seen.v) * turning + complex(*seen.centre)
        assert np.allclose(placed, X + 1j * Y, atol=1e-3)


def test_dust_is_small_and_leaves_the_given_part_alone() -> None:
    clean = part(plane(0))
    before = clean.colour.copy()
    specks = 0
    for number in range(12):
        settled = dusty(clean, scene(number), 17)
        touched = np.abs(settled.colour - before).max(axis=0) > 0
        pieces, count = ndimage.label(touched, np.ones((3, 3)))
        specks += count
        sizes = np.bincount(pieces.ravel())[1:]
        assert (sizes < 0.002 * SIZE * SIZE).all(), "smaller than any defect"
    assert specks > 12
    assert np.array_equal(clean.colour, before)
