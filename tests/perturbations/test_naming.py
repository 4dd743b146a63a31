"""Names and severities of perturbations, and what holds for every perturbation behind the door."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iad_eval.errors import UsageError
from iad_eval.perturbations import FAMILIES, PAPER, Family, Perturbation, Perturbed, perturbation
from iad_eval.pixels import as_shown

CAMERA = (
    *("rotate:15", "rotate:-200", "shift:0.1", "shift:-0.6", "scale:1.2", "scale:0.4", "blur:2"),
    *("noise:0.05", "brightness:1.3", "low-light:0.2", "jpeg:40"),
)
EVERY = (*PAPER, *CAMERA)
SIZES = ((1, 1), (1, 40), (40, 1), (3, 5), (61, 33))

DIGEST_SCRIPT = """
import sys, hashlib
from PIL import Image
from iad_eval.perturbations import perturbation
image = Image.radial_gradient("L").crop((10, 20, 200, 90)).convert("RGB")
for name in sys.argv[1:]:
    print(hashlib.sha256(perturbation(name).apply(image, None).image.tobytes()).hexdigest())
"""


def grain(size: tuple[int, int], channels: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], channels), np.uint8)


def rgb(size: tuple[int, int], seed: int = 0) -> Image.Image:
    return Image.fromarray(grain(size, 3, seed))


def palette(size: tuple[int, int]) -> Image.Image:
    image = Image.fromarray(grain(size, 1)[..., 0] % 4)
    image.putpalette([255, 0, 0, 0, 255, 0, 9, 9, 200, 70, 80, 90])
    return image


def see_through_palette(size: tuple[int, int]) -> Image.Image:
    image = palette(size)
    image.info["transparency"] = 2
    return image


def turned(size: tuple[int, int]) -> Image.Image:
    image = rgb(size)
    image.getexif()[0x0112] = 6
    return image


MODES: dict[str, Callable[[tuple[int, int]], Image.Image]] = {
    "1": lambda size: rgb(size).convert("1"),
    "L": lambda size: rgb(size).convert("L"),
    "LA": lambda size: Image.fromarray(grain(size, 4)).convert("LA"),
    "P": palette,
    "P with transparency": see_through_palette,
    "RGB": rgb,
    "RGB with EXIF orientation": turned,
    "RGBA": lambda size: Image.fromarray(grain(size, 4)),
    "I;16": lambda size: Image.fromarray(grain(size, 2).view(np.uint16)[..., 0]),
    "I": lambda size: Image.fromarray(grain(size, 4).view(np.int32)[..., 0]),
    "F": lambda size: Image.fromarray((grain(size, 1)[..., 0] / 255).astype(np.float32)),
    "CMYK": lambda size: Image.frombytes("CMYK", size, grain(size, 4).tobytes()),
}


def digest(image: Image.Image) -> str:
    return hashlib.sha256(image.tobytes()).hexdigest()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_every_mode_and_size_is_perturbed_as_the_picture_that_is_shown(
    mode: str, size: tuple[int, int]
) -> None:
    image = MODES[mode](size)
    for name in EVERY:
        perturbed = perturbation(name).apply(image, None)
        of_shown = perturbation(name).apply(as_shown(image), None)
        assert perturbed.image.mode == "RGB"
        assert np.asarray(perturbed.image).dtype == np.uint8
        assert (perturbed.image.size, digest(perturbed.image)) == (
            of_shown.image.size,
            digest(of_shown.image),
        )
        assert perturbed.mask is None
        assert perturbed.hidden_fraction is None


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("mode", MODES)
def test_photograph_and_mask_are_never_modified(name: str, mode: str) -> None:
    image, mask = MODES[mode]((50, 50)), Image.fromarray(grain((50, 50), 1)[..., 0] // 128 * 255)

    def state() -> list[object]:
        return [image.mode, image.size, dict(image.info), dict(image.getexif()), digest(image), digest(mask)]

    before = state()
    perturbation(name).apply(image, mask)
    assert state() == before


@pytest.mark.parametrize("name", EVERY)
@given(width=st.integers(1, 40), height=st.integers(1, 40), seed=st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_image_and_mask_keep_to_one_size_and_the_same_input_gives_the_same_pixels(
    name: str, width: int, height: int, seed: int
) -> None:
    image = rgb((width, height), seed)
    mask = Image.fromarray(grain((width, height), 1, seed)[..., 0] // 128 * 255)
    one, two = (perturbation(name).apply(image.copy(), mask.copy()) for _ in range(2))
    assert one.mask is not None
    assert two.mask is not None
    assert one.mask.mode == "L"
    assert one.mask.size == one.image.size
    assert set(np.unique(np.asarray(one.mask))) <= {0, 255}
    assert one.hidden_fraction is not None
    assert 0 <= one.hidden_fraction <= 1
    assert digest(one.image) == digest(two.image)
    assert digest(one.mask) == digest(two.mask)
    assert one.hidden_fraction == two.hidden_fraction


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_mask_hides_nothing_and_stays_empty(name: str) -> None:
    perturbed = perturbation(name).apply(rgb((30, 20)), Image.new("L", (30, 20)))
    assert perturbed.hidden_fraction == 0
    assert perturbed.mask is not None
    assert not np.asarray(perturbed.mask).any()


def test_another_process_with_another_hash_seed_gives_the_same_pixels(pytestconfig: pytest.Config) -> None:
    image = Image.radial_gradient("L").crop((10, 20, 200, 90)).convert("RGB")
    here = [digest(perturbation(name).apply(image, None).image) for name in EVERY]
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", DIGEST_SCRIPT, *EVERY],
            cwd=pytestconfig.rootpath,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.split() == here


@pytest.mark.parametrize(
    ("typed", "name", "severity"),
    [
        ("rotate:15", "rotate:15", 15),
        ("rotate:15.0", "rotate:15", 15),
        ("rotate:+15", "rotate:15", 15),
        ("rotate:-7.50", "rotate:-7.5", -7.5),
        ("rotate:-0", "rotate:0", 0),
        ("shift:.1", "shift:0.1", 0.1),
        ("shift:1e-1", "shift:0.1", 0.1),
        ("blur:2.0", "blur:2", 2),
        ("low-light:1.", "low-light:1", 1),
        ("jpeg:40", "jpeg:40", 40),
    ],
)
def test_one_severity_has_one_name(typed: str, name: str, severity: float) -> None:
    found = perturbation(typed)
    assert found.name == name
    assert found.parameters == {"severity": severity}
    assert repr(found.parameters["severity"]) == repr(float(severity))


@given(st.sampled_from(FAMILIES), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_name_says_its_severity_and_means_itself(family: Family, share: float) -> None:
    typed = repr(min(family.low + share * (family.high - family.low), family.high))
    found = perturbation(f"{family.name}:{typed}")
    assert found.parameters == {"severity": float(found.name.partition(":")[2])}
    assert float(found.name.partition(":")[2]) == pytest.approx(float(typed), rel=1e-5, abs=1e-300)
    again = perturbation(found.name)
    assert (again.name, again.parameters) == (found.name, found.parameters)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: str(family.name))
def test_both_bounds_are_allowed_and_nothing_beyond_them(family: Family) -> None:
    for bound in (family.low, family.high):
        assert perturbation(f"{family.name}:{bound}").parameters == {"severity": bound}
    for beyond in (family.low - 0.01, family.high + 0.01, "nan", "inf", "-inf"):
        with pytest.raises(UsageError, match="out of range") as caught:
            perturbation(f"{family.name}:{beyond}")
        assert f"from {family.low:g} to {family.high:g}" in str(caught.value)
        assert f"type --iad-perturbation {family.name}:{family.example:g}" in str(caught.value)


@pytest.mark.parametrize("typed", ["rotate", "rotate:", "rotate:left", "jpeg:40%", "blur:2:3", "noise:0,05"])
def test_a_family_without_a_number_says_what_to_type(typed: str) -> None:
    with pytest.raises(UsageError, match="no number after the colon") as caught:
        perturbation(typed)
    assert f"type --iad-perturbation {typed.partition(':')[0]}:" in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("rotatd", "rotated"),
        ("Padded", "padded"),
        ("time-stamp", "timestamp"),
        ("jpg:20", "jpeg:20"),
        ("lowlight:0.2", "low-light:0.2"),
        ("rotated:15", "rotate:15"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_ones(typed: str, nearest: str) -> None:
    with pytest.raises(UsageError, match="unknown perturbation") as caught:
        perturbation(typed)
    hint = str(caught.value).split("Known:")[0]
    assert f"'{nearest}'" in hint
    assert all(name in str(caught.value) for name in PAPER)


def test_a_name_that_resembles_nothing_is_refused_with_all_known_ones() -> None:
    with pytest.raises(UsageError, match=r"unknown perturbation 'zzzz'\. Known: ") as caught:
        perturbation("zzzz")
    for name in (*PAPER, *(f"{family.name}:{family.example:g}" for family in FAMILIES)):
        assert name in str(caught.value)


def test_a_third_party_perturbation_is_found_and_suggested() -> None:
    dusty = Perturbation("dusty", lambda image, mask: Perturbed(image, mask, None), version=3)
    assert perturbation("dusty", {"dusty": dusty}) is dusty
    with pytest.raises(UsageError, match="'dusty'"):
        perturbation("dutsy", {"dusty": dusty})


def test_the_papers_perturbations_have_no_parameters_and_keep_their_names() -> None:
    assert PAPER == ("original", "rotated", "padded", "timestamp")
    for name in PAPER:
        assert perturbation(name).name == name
        assert perturbation(name).parameters == {}
