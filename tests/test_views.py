"""A sample becomes a view: decoded, perturbed, its mask counted - or an error that names the file."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from real_data import mvtec

from iad_eval.errors import DataError
from iad_eval.perturbations import PAPER, Perturbation, Perturbed, perturbation
from iad_eval.views import View, load_view
from iad_eval.words import GOOD, ClassSamples, Sample

SIZE = (300, 90)
MARKED = (120, 10, 180, 40)
"""Columns 120..179, rows 10..39: 1800 of 27000 pixels, some of them under the timestamp."""


def pixels(seed: int = 0, size: tuple[int, int] = SIZE) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def square(value: int = 255, size: tuple[int, int] = SIZE) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(value, MARKED)
    return mask


def bent(image: Path, mask: Path | None) -> Sample:
    return Sample("parts", "pin", "test", "bent", image.stem, True, image, mask)


def view_of(sample: Sample, name: str = "original") -> View:
    return load_view(sample, ClassSamples((), (sample,)), perturbation(name), None, "key")


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    Image.fromarray(pixels()).save(tmp_path / "000.png")
    square().save(tmp_path / "000_mask.png")
    return bent(tmp_path / "000.png", tmp_path / "000_mask.png")


def mask_of(view: View) -> npt.NDArray[np.uint8]:
    assert view.mask is not None
    return np.asarray(view.mask)


def test_a_view_shows_the_photograph_and_says_what_it_was_asked_under(sample: Sample) -> None:
    siblings = ClassSamples((), (sample,))
    view = load_view(sample, siblings, perturbation("blur:0"), "oneshot", "abc")
    assert view.sample is sample
    assert view.siblings is siblings
    assert (view.perturbation, view.protocol, view.key) == ("blur:0", "oneshot", "abc")
    assert view.image.mode == "RGB"
    assert np.array_equal(np.asarray(view.image), pixels())
    assert np.array_equal(mask_of(view), np.asarray(square()))
    assert view.mask_fraction == 1800 / 27000
    assert view.hidden_fraction == 0


@pytest.mark.parametrize(
    ("name", "fraction"),
    [
        ("original", 1800 / 27000),
        ("rotated", 1800 / 27000),
        ("padded", 1800 / (340 * 130)),
        ("timestamp", 1800 / 27000),
        ("shift:0.5", 900 / 27000),  # columns 270..329: half of them leave
        ("shift:0.9", 0),
        ("jpeg:40", 1800 / 27000),
    ],
)
def test_the_mask_fraction_is_that_of_the_perturbed_mask(sample: Sample, name: str, fraction: float) -> None:
    view = view_of(sample, name)
    assert view.mask_fraction == pytest.approx(fraction)
    assert view.mask_fraction == np.count_nonzero(mask_of(view)) / mask_of(view).size


def test_rotated_and_padded_views_move_photograph_and_mask_alike(sample: Sample) -> None:
    turned, bordered = view_of(sample, "rotated"), view_of(sample, "padded")
    assert np.array_equal(np.asarray(turned.image), np.rot90(pixels()))
    assert np.array_equal(mask_of(turned), np.rot90(np.asarray(square())))
    assert np.array_equal(np.asarray(bordered.image)[20:-20, 20:-20], pixels())
    assert np.array_equal(mask_of(bordered), np.pad(np.asarray(square()), 20))


def test_a_view_says_how_much_of_the_defect_is_hidden(sample: Sample) -> None:
    stamped, original = view_of(sample, "timestamp"), view_of(sample, "original")
    changed = (np.asarray(stamped.image) != np.asarray(original.image)).any(axis=2)
    share = changed[mask_of(original) > 0].mean()
    assert share > 0.05
    assert stamped.hidden_fraction == pytest.approx(share, abs=0.01)  # a pixel may be as the ink by chance
    assert view_of(sample, "shift:0.5").hidden_fraction == 0.5


@given(st.integers(1, 255), st.floats(0, 1), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_every_mask_value_above_0_is_anomalous(
    tmp_path_factory: pytest.TempPathFactory, value: int, share: float, seed: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    marked = np.random.default_rng(seed).random((6, 9)) < share
    Image.fromarray(pixels(seed, (9, 6))).save(folder / "any.png")
    Image.fromarray((marked * value).astype(np.uint8)).save(folder / "any_mask.png")
    view = view_of(bent(folder / "any.png", folder / "any_mask.png"))
    assert np.array_equal(mask_of(view), marked * 255)
    assert view.mask_fraction == marked.sum() / 54


@pytest.mark.parametrize("name", PAPER)
def test_without_a_mask_a_normal_sample_has_fraction_0_and_an_anomalous_one_none(
    sample: Sample, name: str
) -> None:
    good = Sample("parts", "pin", "test", GOOD, "000", False, sample.image_path)
    for view, fraction in (
        (view_of(good, name), 0.0),
        (view_of(bent(sample.image_path, None), name), None),
    ):
        assert view.mask is None
        assert view.mask_fraction == fraction
        assert view.hidden_fraction is None


def test_a_third_party_perturbation_is_applied(sample: Sample) -> None:
    def halved(image: Image.Image, mask: Image.Image | None) -> Perturbed:
        left = (0, 0, 150, 90)
        return Perturbed(image.crop(left), mask.crop(left) if mask else None, 0.5)

    view = load_view(sample, ClassSamples((), ()), Perturbation("halved", halved), None, "key")
    assert (view.perturbation, view.image.size, view.hidden_fraction) == ("halved", (150, 90), 0.5)
    assert view.mask_fraction == 900 / 13500


def test_a_photograph_that_lies_on_its_side_fits_its_upright_mask(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # what a camera writes that was held turned
    path = tmp_path / "turned.png"
    Image.fromarray(np.rot90(pixels())).save(path, exif=exif)
    square().save(tmp_path / "mask.png")
    view = view_of(bent(path, tmp_path / "mask.png"))
    assert np.array_equal(np.asarray(view.image), pixels())
    assert np.array_equal(mask_of(view), np.asarray(square()))


def saved(form: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels()).save(file, form)
    return file.getvalue()


DAMAGED = {
    "0 bytes": (b"", "is an empty file (0 bytes); put the photograph back"),
    "text": (b"see the other folder\n", "is not an image, whatever its ending says; remove it or put the"),
    "truncated PNG": (saved("PNG")[:-3000], "; put an intact copy in its place"),
    "truncated JPEG": (saved("JPEG")[:-3000], "; put an intact copy in its place"),
    "PNG without its end": (saved("PNG")[:60], "; put an intact copy in its place"),
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("damaged", ["photograph", "mask"])
def test_a_damaged_file_is_named_with_what_to_do(sample: Sample, damaged: str, damage: str) -> None:
    content, says = DAMAGED[damage]
    path = sample.image_path if damaged == "photograph" else sample.mask_path
    assert path is not None
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        view_of(sample)
    assert f"{path} " in str(caught.value) or f"{path}:" in str(caught.value)
    assert says in str(caught.value)


def test_a_missing_photograph_and_a_folder_in_its_place_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.png", tmp_path):
        with pytest.raises(DataError, match="cannot decode") as caught:
            view_of(bent(path, None))
        assert str(path) in str(caught.value)


def test_a_mask_of_another_size_is_named_with_both_sizes(sample: Sample) -> None:
    assert sample.mask_path is not None
    square(size=(90, 300)).save(sample.mask_path)
    with pytest.raises(DataError, match=r"is 90x300, its photograph 300x90; a mask has the photo") as caught:
        view_of(sample)
    assert str(sample.mask_path) in str(caught.value)


@pytest.mark.parametrize("name", PAPER)
def test_a_real_photograph_keeps_its_defect_in_every_view(name: str) -> None:
    bottle = mvtec() / "bottle"
    path = bottle / "test" / "broken_large" / "000.png"
    mask_path = bottle / "ground_truth" / "broken_large" / "000_mask.png"
    with Image.open(path) as photograph, Image.open(mask_path) as truth:
        stored, marked = np.asarray(photograph.convert("RGB")), np.asarray(truth) > 0
    view = view_of(bent(path, mask_path), name)
    seen, mask = np.asarray(view.image), mask_of(view) > 0
    if name == "rotated":
        seen, mask = np.rot90(seen, -1), np.rot90(mask, -1)
    elif name == "padded":
        seen, mask = seen[20:-20, 20:-20], mask[20:-20, 20:-20]
    elif name == "timestamp":
        seen, stored = seen[40:], stored[40:]
    assert np.array_equal(seen, stored)
    assert np.array_equal(mask, marked)
    assert view.hidden_fraction == 0
    assert mask_of(view).sum() == 255 * marked.sum() > 0
