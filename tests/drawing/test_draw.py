"""What is drawn: every class and kind, from names alone, with exact masks of the sizes asked for."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage, stats

import iad_eval
from iad_eval import drawing
from iad_eval.drawing import Drawn, catalogue, draw
from iad_eval.drawing.camera import Part, photograph
from iad_eval.drawing.canvas import SIZE, plane
from iad_eval.drawing.faults import TOLERANCE, Defect, Fault, changed, spoilt
from iad_eval.drawing.scene import Looseness, Scene, set_scene
from iad_eval.drawing.streams import stream
from iad_eval.errors import UsageError

Pixels = NDArray[np.float64]

CLASSES = {entry.name: entry for entry in catalogue()}
KINDS = [(entry.name, kind) for entry in catalogue() for kind in entry.defects]
each_class = pytest.mark.parametrize("class_name", sorted(CLASSES))
each_kind = pytest.mark.parametrize(("class_name", "kind"), KINDS)


def digest(drawn: Drawn) -> str:
    mask = b"" if drawn.mask is None else drawn.mask.tobytes()
    return hashlib.sha256(drawn.image.tobytes() + mask).hexdigest()


def marked(drawn: Drawn) -> NDArray[np.bool_]:
    assert drawn.mask is not None
    values = np.asarray(drawn.mask)
    assert drawn.mask.mode == "L"
    assert drawn.mask.size == drawn.image.size
    assert set(np.unique(values).tolist()) <= {0, 255}
    return values > 0


def share(drawn: Drawn) -> float:
    return float(marked(drawn).mean())


def blocks(drawn: Drawn) -> Pixels:
    """Means of 16 x 16 pixels, in which sensor noise of up to 5 grey levels is down to 0.3."""
    return np.asarray(drawn.image.reduce(16), dtype=np.float64)


def test_the_catalogue_holds_objects_and_textures_of_several_kinds_of_defect() -> None:
    entries = catalogue()
    assert len(entries) >= 6
    assert {entry.kind for entry in entries} == {"object", "texture"}
    assert [entry.name for entry in entries] == sorted({entry.name for entry in entries})
    for entry in entries:
        assert len(set(entry.defects)) >= 3
        assert "good" not in entry.defects
        # MVTec-AD: 60 to 391 training photographs of a class, 12 to 60 good ones, 8 to 30 of a kind.
        assert 60 <= entry.train_good <= 391
        assert 12 <= entry.test_good <= 60
        assert 8 <= entry.per_defect <= 30


@each_class
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_good_photograph_has_no_mask(class_name: str, split: str) -> None:
    drawn = draw(0, class_name, split, "good", 0)
    assert drawn.mask is None
    assert (drawn.image.mode, drawn.image.size) == ("RGB", (256, 256))
    assert np.asarray(drawn.image).std() > 5


@each_kind
def test_the_smallest_and_the_largest_defect_of_a_kind_are_within_the_range(
    class_name: str, kind: str
) -> None:
    shares = [share(draw(0, class_name, "test", kind, index)) for index in (0, 15)]
    assert 0.002 <= shares[0] < shares[1] <= 0.30
    assert shares[1] > 5 * shares[0]


@given(st.integers(0, 2**40), st.sampled_from(KINDS), st.integers(0, 200))
@settings(max_examples=20, deadline=None)
def test_any_seed_and_number_gives_a_mask_within_the_range(
    seed: int, names: tuple[str, str], index: int
) -> None:
    class_name, kind = names
    assert 0.002 <= share(draw(seed, class_name, "test", kind, index)) <= 0.30


@pytest.mark.parametrize("class_name", ["hex_nut", "brushed_metal"])
def test_areas_spread_over_the_log_scale(class_name: str) -> None:
    everything: list[float] = []
    for kind in CLASSES[class_name].defects:
        areas = np.log([share(draw(0, class_name, "test", kind, index)) for index in range(16)])
        everything.extend(areas.tolist())
        spread = stats.uniform(areas.min(), np.ptp(areas))
        assert stats.kstest(areas, spread.cdf).statistic < 0.25
        assert np.ptp(areas[:4]) > np.ptp(areas) / 2, "the first few spread as well"
    counts, _ = np.histogram(everything, np.log([0.002, 0.006, 0.02, 0.06, 0.30]))
    assert counts.sum() == len(everything)
    assert counts.min() >= 5


@each_kind
def test_the_mask_marks_what_differs_from_the_same_part_without_the_defect(
    class_name: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = draw(0, class_name, "test", kind, 3)

    def left_alone(part: Part, scene: Scene, *_: object) -> tuple[NDArray[np.float32], Image.Image]:
        return photograph(part, scene), Image.new("L", (SIZE, SIZE))

    monkeypatch.setattr(drawing, "spoilt", left_alone)
    twin = draw(0, class_name, "test", kind, 3)
    colours = [np.asarray(one.image, dtype=np.int16) for one in (spoiled, twin)]
    difference = np.abs(colours[0] - colours[1]).max(axis=2)
    mask = marked(spoiled)
    # The limit is 5 grey levels before noise; noise, the same in both but for its growth with the light,
    # and rounding add or take less than one.
    assert difference[~mask].max() <= 5 + 1
    surely = ndimage.grey_closing(difference >= 5 - 1, size=3, mode="nearest")
    assert surely[mask].mean() > 0.999


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 0.6))
@settings(max_examples=15, deadline=None)
def test_changes_are_marked_and_gaps_of_a_pixel_or_two_are_closed(seed: int, density: float) -> None:
    rng = np.random.default_rng(seed)
    hit = rng.random((SIZE, SIZE)) < density
    twin = np.full((3, SIZE, SIZE), 0.5, dtype=np.float32)
    picture = twin.copy()
    picture[rng.integers(3)] += np.where(hit, 1.1, 0.9).astype(np.float32) * np.float32(TOLERANCE)
    closed = ndimage.grey_closing(hit, size=3, mode="nearest")
    assert np.array_equal(np.asarray(changed(picture, twin)) > 0, closed)


def _square(part: Part, scene: Scene, fault: Fault) -> Part:
    """A white square, 9 or 17 px wide; the lens adds one px to each side, but not in the corners."""
    width = 9 if fault.pixels < 150 else 17
    colour = part.colour.copy()
    colour[:, 100 : 100 + width, 100 : 100 + width] = 1
    return replace(part, colour=colour)


def test_an_area_within_the_range_is_preferred_where_none_fits() -> None:
    flat = np.full((3, SIZE, SIZE), 0.2, dtype=np.float32)
    part = Part(flat, plane(1), flat, plane(0), plane(0))
    scene = set_scene(lambda purpose: stream(0, purpose), Looseness())
    # Of 190 pixels, 11 * 11 - 4 = 117 are the better fit, but less than 0.2 % of the picture.
    _, mask = spoilt(part, scene, Defect("square", _square, fringe_px=0), 190, 1.0)
    assert np.count_nonzero(np.asarray(mask)) == 19 * 19 - 4


@each_class
def test_drawing_does_not_depend_on_order(class_name: str) -> None:
    names = [("train", "good", 1), ("test", "good", 1), ("test", CLASSES[class_name].defects[0], 1)]
    first = [digest(draw(3, class_name, *name)) for name in names]
    again = [digest(draw(3, class_name, *name)) for name in reversed(names)]
    assert first == again[::-1]
    assert len(set(first)) == len(names)


def test_drawing_does_not_depend_on_the_process() -> None:
    code = (
        "import hashlib\n"
        "from iad_eval.drawing import catalogue, draw\n"
        "for entry in reversed(catalogue()):\n"
        "    drawn = draw(7, entry.name, 'test', entry.defects[-1], 2)\n"
        "    print(entry.name, hashlib.sha256(drawn.image.tobytes() + drawn.mask.tobytes()).hexdigest())\n"
    )
    package = str(Path(iad_eval.__file__).parents[1])
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": package}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    elsewhere = dict(line.split() for line in said.stdout.splitlines())
    here = {name: digest(draw(7, name, "test", entry.defects[-1], 2)) for name, entry in CLASSES.items()}
    assert elsewhere == here, said.stderr


@each_class
def test_another_seed_split_or_number_gives_another_photograph(class_name: str) -> None:
    drawn = [
        draw(seed, class_name, split, "good", index)
        for seed, split, index in ((0, "train", 0), (1, "train", 0), (0, "test", 0), (0, "train", 1))
    ]
    for one, other in itertools.combinations(drawn, 2):
        assert np.abs(blocks(one) - blocks(other)).max() > 3, "more than noise differs"


@each_kind
def test_another_seed_puts_the_defect_elsewhere(class_name: str, kind: str) -> None:
    one, other = (marked(draw(seed, class_name, "test", kind, 4)) for seed in (0, 1))
    assert np.count_nonzero(one ^ other) > 0.1 * max(np.count_nonzero(one), np.count_nonzero(other))


@each_class
def test_good_photographs_differ_in_light_and_colour(class_name: str) -> None:
    means = np.stack([blocks(draw(0, class_name, "train", "good", index)).mean((0, 1)) for index in range(8)])
    brightness = means.mean(axis=1)
    assert np.ptp(brightness) / brightness.mean() > 0.03
    assert np.ptp(means[:, 0] / means[:, 2]) > 0.01


def test_good_photographs_differ_in_pose() -> None:
    places: list[tuple[float, float]] = []
    for index in range(8):
        colours = np.asarray(draw(0, "crown_cap", "train", "good", index).image, dtype=np.float64)
        red = colours[..., 0] > 1.8 * colours[..., 1]
        assert 0.2 < red.mean() < 0.6
        places.append(ndimage.center_of_mass(red))
    across = np.ptp(np.array(places), axis=0)
    assert (across > 1.5).all(), "px; each way up to 3"
    assert (across < 10).all()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("hexnut", "test", "good", 0), "hex_nut"),
        (("hex_nut", "validation", "good", 0), "train"),
        (("hex_nut", "test", "rusty", 0), "rust"),
        (("hex_nut", "train", "rust", 0), "good"),
        (("hex_nut", "test", "rust", -1), "-1"),
    ],
)
def test_wrong_names_are_refused_with_what_was_meant(names: tuple[str, str, str, int], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        draw(0, *names)
