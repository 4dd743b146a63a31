"""Files to pixels: what is shown of every mode, which pixels a mask marks, what damage comes to."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iad_eval.errors import DataError
from iad_eval.pixels import as_shown, read_image, read_mask

Pixels = npt.NDArray[np.uint8]
ORIENTATION = 0x0112


def grain(height: int = 5, width: int = 8, channels: int = 3, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """The EXIF standard's words: where row 0 and column 0 of the file belong in the picture."""
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.swapaxes(0, 1),
        6: np.rot90(pixels, -1),
        7: pixels[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(pixels, 1),
    }[orientation]


def one_colour(image: Image.Image) -> tuple[int, ...]:
    shown = as_shown(image)
    assert shown.mode == "RGB"
    assert shown.size == image.size
    colours = np.unique(np.asarray(shown).reshape(-1, 3), axis=0)
    assert len(colours) == 1
    return tuple(int(channel) for channel in colours[0])


def palette(index: int, transparency: int | bytes | None = None) -> Image.Image:
    image = Image.new("P", (3, 2), index)
    image.putpalette([10, 20, 30, 200, 0, 100])
    if transparency is not None:
        image.info["transparency"] = transparency
    return image


def transparent(mode: str, value: int | tuple[int, ...], transparency: int | tuple[int, ...]) -> Image.Image:
    image = Image.new(mode, (3, 2), value)
    image.info["transparency"] = transparency
    return image


WHITE = (255, 255, 255)
SHOWN: dict[str, tuple[Image.Image, tuple[int, int, int]]] = {
    "1-bit white": (Image.new("1", (3, 2), 1), WHITE),
    "grey is repeated": (Image.new("L", (3, 2), 77), (77, 77, 77)),
    "grey with alpha lies over white": (Image.new("LA", (3, 2), (100, 51)), (224, 224, 224)),
    "grey with a transparent value": (transparent("L", 7, 7), WHITE),
    "grey with another transparent value": (transparent("L", 7, 8), (7, 7, 7)),
    "palette is looked up": (palette(1), (200, 0, 100)),
    "palette with a transparent entry": (palette(1, 1), WHITE),
    "palette with another transparent entry": (palette(1, 0), (200, 0, 100)),
    "palette with an alpha for each entry": (palette(1, bytes([255, 51])), (244, 204, 224)),
    "RGB as it is": (Image.new("RGB", (3, 2), (1, 2, 3)), (1, 2, 3)),
    "RGB with a transparent colour": (transparent("RGB", (1, 2, 3), (1, 2, 3)), WHITE),
    "RGB with another transparent colour": (transparent("RGB", (1, 2, 3), (1, 2, 4)), (1, 2, 3)),
    "RGBA opaque": (Image.new("RGBA", (3, 2), (1, 2, 3, 255)), (1, 2, 3)),
    "RGBA a fifth over white": (Image.new("RGBA", (3, 2), (0, 255, 100, 51)), (204, 255, 224)),
    "RGBA clear": (Image.new("RGBA", (3, 2), (0, 0, 0, 0)), WHITE),
    "CMYK without ink": (Image.new("CMYK", (3, 2), (0, 0, 0, 0)), WHITE),
    "CMYK red": (Image.new("CMYK", (3, 2), (0, 255, 255, 0)), (255, 0, 0)),
    "CMYK black": (Image.new("CMYK", (3, 2), (0, 0, 0, 255)), (0, 0, 0)),
    "16 bits, middle": (Image.new("I;16", (3, 2), 0x8080), (128, 128, 128)),
    "16 bits, lowest level": (Image.new("I;16", (3, 2), 257), (1, 1, 1)),
    "16 bits, just below half a level": (Image.new("I;16", (3, 2), 128), (0, 0, 0)),
    "16 bits, white": (Image.new("I;16", (3, 2), 65535), WHITE),
    "16 bits, big-endian": (Image.new("I;16B", (3, 2), 0x4040), (64, 64, 64)),
    "wide integers, white": (Image.new("I", (3, 2), 65535), WHITE),
    "wide integers clip": (Image.new("I", (3, 2), 1_000_000), WHITE),
    "wide integers below 0": (Image.new("I", (3, 2), -5), (0, 0, 0)),
    "floats are 0 to 1": (Image.new("F", (3, 2), 0.2), (51, 51, 51)),
    "floats clip": (Image.new("F", (3, 2), 7.5), WHITE),
    "floats that are no number": (Image.new("F", (3, 2), float("nan")), (0, 0, 0)),
}


@pytest.mark.parametrize("what", SHOWN)
def test_every_mode_is_shown_as_8_bit_rgb(what: str) -> None:
    image, colour = SHOWN[what]
    assert one_colour(image) == colour


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_transparency_lies_over_white_pixel_by_pixel(width: int, height: int, seed: int) -> None:
    pixels = grain(height, width, 4, seed)
    share = pixels[..., 3:] / 255
    over_white = pixels[..., :3] * share + 255 * (1 - share)
    shown = np.asarray(as_shown(Image.fromarray(pixels)))
    assert shown.dtype == np.uint8
    assert np.abs(shown - over_white).max() <= 1


def test_16_bits_are_not_stretched_to_the_images_own_extremes() -> None:
    dark = (grain(channels=1)[..., 0].astype(np.uint16) * 8) + 1000
    shown = np.asarray(as_shown(Image.fromarray(dark)))
    assert np.abs(shown - dark[..., None] / 65535 * 255).max() <= 0.5
    assert shown.max() < 13


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_exif_orientation_is_applied_once(tmp_path: Path, ending: str, orientation: int) -> None:
    path, exif = tmp_path / f"part.{ending}", Image.Exif()
    plain, exif[ORIENTATION] = tmp_path / f"plain.{ending}", orientation
    Image.fromarray(grain()).save(path, exif=exif)
    Image.fromarray(grain()).save(plain)
    with Image.open(plain) as stored:
        expected = upright(np.asarray(stored.convert("RGB")), orientation)
    shown = read_image(path)
    assert np.array_equal(np.asarray(shown), expected)
    assert np.array_equal(np.asarray(as_shown(shown)), expected)
    assert shown.getexif().get(ORIENTATION, 1) == 1


def test_as_shown_turns_an_opened_image_and_leaves_it_as_it_was() -> None:
    image = Image.fromarray(grain())
    image.getexif()[ORIENTATION] = 6
    shown = as_shown(image)
    assert np.array_equal(np.asarray(shown), np.rot90(grain(), -1))
    assert np.array_equal(np.asarray(image), grain())
    assert image.getexif()[ORIENTATION] == 6


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1)], ids=str)
def test_the_smallest_photographs_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    pixels = grain(size[1], size[0])
    Image.fromarray(pixels).save(tmp_path / "part.png")
    assert np.array_equal(np.asarray(read_image(tmp_path / "part.png")), pixels)


@pytest.mark.parametrize(
    ("image", "marked"),
    [
        (Image.fromarray(np.array([[0, 1, 255]], np.uint8)), [0, 255, 255]),
        (Image.fromarray(np.array([[0, 1, 65535]], np.uint16)), [0, 255, 255]),
        (Image.fromarray(np.array([[False, True, True]])), [0, 255, 255]),
        (Image.fromarray(np.array([[(0, 0, 0), (0, 1, 0), (0, 0, 255)]], np.uint8)), [0, 255, 255]),
        (Image.fromarray(np.array([[(0, 0, 0, 255), (3, 0, 0, 0), (0, 0, 0, 0)]], np.uint8)), [0, 255, 0]),
        (Image.frombytes("LA", (3, 1), bytes([0, 255, 3, 0, 9, 255])), [0, 255, 255]),
        (Image.frombytes("P", (3, 1), bytes([0, 1, 2])), [0, 255, 255]),
    ],
    ids=["L", "16 bits", "1 bit", "RGB", "RGBA", "LA", "P"],
)
def test_a_mask_marks_what_is_above_0(tmp_path: Path, image: Image.Image, marked: list[int]) -> None:
    if image.mode == "P":
        image.putpalette([255, 255, 255, 0, 0, 0, 9, 9, 9])
    image.save(tmp_path / "mask.png")
    mask = read_mask(tmp_path / "mask.png", (3, 1))
    assert mask.mode == "L"
    assert np.asarray(mask).tolist() == [marked]


def test_a_mask_is_turned_upright_before_sizes_are_compared(tmp_path: Path) -> None:
    exif, path = Image.Exif(), tmp_path / "mask.png"
    exif[ORIENTATION] = 8
    marks = grain(channels=1)[..., 0] // 128
    Image.fromarray(marks).save(path, exif=exif)
    assert np.array_equal(np.asarray(read_mask(path, (5, 8))), np.rot90(marks) * 255)
    with pytest.raises(DataError, match="is 5x8, its photograph 8x5"):
        read_mask(path, (8, 5))


def test_a_mask_of_another_size_is_named_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "000_mask.png"
    Image.new("L", (20, 30)).save(path)
    with pytest.raises(
        DataError, match="is 20x30, its photograph 30x20; a mask has the photograph's size"
    ) as caught:
        read_mask(path, (30, 20))
    assert str(path) in str(caught.value)


def saved(image: Image.Image, form: str, exif: Image.Exif | None = None) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **({"exif": exif} if exif else {}))
    return file.getvalue()


def test_a_photograph_too_large_to_be_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(grain(9, 9)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(DataError, match=r"bomb\.png"):
        read_image(tmp_path / "bomb.png")


EXIF = Image.Exif()
EXIF[ORIENTATION] = 6
INTACT = {form: saved(Image.fromarray(grain()), form, EXIF) for form in ("PNG", "JPEG", "WEBP")}


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage; what counts is what comes back
@pytest.mark.parametrize("form", INTACT)
def test_damaged_exif_data_is_a_data_error_or_harmless(tmp_path: Path, form: str) -> None:
    at = INTACT[form].index(b"MM\x00*")
    path = tmp_path / "part.png"
    for place in range(at, at + 20):
        path.write_bytes(INTACT[form][:place] + b"\xff" + INTACT[form][place + 1 :])
        _read_or_refuse(path)


@pytest.mark.filterwarnings("ignore")  # as above
@given(st.sampled_from(list(INTACT)), st.data())
@settings(max_examples=150, deadline=None)
def test_any_damage_gives_a_picture_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, form: str, data: st.DataObject
) -> None:
    content = bytearray(INTACT[form])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.png"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    _read_or_refuse(path)


def _read_or_refuse(path: Path) -> None:
    refusal: str | None = None
    try:
        shown = read_image(path)
    except DataError as error:
        refusal = str(error)
    assert shown.mode == "RGB" if refusal is None else str(path) in refusal
