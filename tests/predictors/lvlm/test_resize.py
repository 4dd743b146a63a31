"""The size at which Qwen2-VL sees a picture, against transformers' own processor and the report's rules."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iad_eval.predictors.lvlm.resize import seen_size, visual_tokens
from iad_eval.profiles import PAPER

LIMITS = {
    "paper": (768 * 28 * 28, 1024 * 28 * 28),
    "tiny": (168 * 168, 170 * 170),
    "processor": (56 * 56, 1280 * 28 * 28),
}

# From transformers 5.19.0, models.qwen2_vl.image_processing_qwen2_vl.smart_resize (height and width
# changed over). The last rows have strips that round to no cell at all and are enlarged for it.
GOLDEN = [
    ("paper", (256, 256), (784, 784)),
    ("paper", (900, 900), (896, 896)),
    ("paper", (1024, 1024), (896, 896)),
    ("paper", (700, 900), (700, 896)),
    ("paper", (3000, 200), (3024, 224)),
    ("paper", (1562, 960), (1120, 700)),
    ("paper", (840, 840), (840, 840)),
    ("paper", (896, 868), (896, 868)),
    ("paper", (42, 70), (616, 1008)),
    ("paper", (4032, 3024), (1008, 756)),
    ("tiny", (256, 256), (168, 168)),
    ("tiny", (700, 900), (140, 168)),
    ("tiny", (3000, 200), (644, 28)),
    ("tiny", (14, 14), (168, 168)),
    ("tiny", (42, 70), (140, 224)),
    ("tiny", (28, 5600), (28, 2380)),
    ("processor", (256, 256), (252, 252)),
    ("processor", (1024, 1024), (980, 980)),
    ("processor", (4032, 3024), (1148, 840)),
    ("processor", (42, 70), (56, 56)),
    ("processor", (28, 5600), (28, 5600)),
    ("processor", (13, 600), (28, 392)),
    ("processor", (5, 900), (28, 756)),
    ("paper", (13, 600), (140, 5292)),
]


@pytest.mark.parametrize(("limits", "size", "seen"), GOLDEN)
def test_a_picture_is_seen_as_transformers_resizes_it(
    limits: str, size: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert seen_size(size, *LIMITS[limits]) == seen


def test_the_tokens_of_a_picture_are_its_cells_of_28_pixels() -> None:
    assert visual_tokens(seen_size((256, 256), *LIMITS["tiny"])) == 36  # 168 / 28 = 6 a side
    assert visual_tokens((896, 868)) == 32 * 31


def test_the_report_s_example_of_224_pixels_takes_64_tokens() -> None:
    # arXiv 2409.12191, section 2.1: 224 x 224 with patches of 14 becomes 66 tokens with the two around it
    assert visual_tokens(seen_size((224, 224), 56 * 56, 1280 * 28 * 28)) == 66 - 2


@pytest.mark.parametrize("size", [(900, 900), (1024, 1024), (700, 900), (3000, 200), (1562, 960)])
def test_photographs_of_the_paper_s_datasets_lie_between_its_limits(size: tuple[int, int]) -> None:
    assert PAPER.min_pixels is not None
    assert PAPER.max_pixels is not None
    width, height = seen_size(size, PAPER.min_pixels, PAPER.max_pixels)
    assert 768 <= visual_tokens((width, height)) <= 1024
    assert width % 28 == height % 28 == 0


@given(
    st.tuples(st.integers(28, 5000), st.integers(28, 5000)),
    st.integers(784, 1_000_000),
    st.floats(1.0, 4.0),
)
@settings(max_examples=300, deadline=None)
def test_any_picture_is_brought_to_the_nearest_cells_that_its_limits_allow(
    size: tuple[int, int], least: int, times: float
) -> None:
    most = int(least * times)
    width, height = seen_size(size, least, most)
    assert width % 28 == height % 28 == 0
    assert seen_size((size[1], size[0]), least, most) == (height, width)
    if abs(width - size[0]) <= 14 and abs(height - size[1]) <= 14:
        return  # as it is, to the nearest cell
    if width * height < size[0] * size[1]:
        assert width * height <= most or 28 in (width, height)
    else:
        assert width * height >= least
