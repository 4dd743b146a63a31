from __future__ import annotations

import numpy as np
import pytest

from iad_eval.predictors.patch_bank import REACH_CELLS, PatchBank
from iad_eval.predictors.patch_features import GRID, Floats
from iad_eval.predictors.patch_space import COMPONENTS


def _images(count: int, seed: int = 0) -> list[Floats]:
    rng = np.random.default_rng(seed)
    return list(rng.normal(size=(count, GRID, GRID, COMPONENTS)).astype(np.float32))


def _slow(good: list[Floats], query: Floats, row: int, column: int) -> float:
    """The distance by its definition."""
    near = range(-REACH_CELLS, REACH_CELLS + 1)
    return min(
        float(np.linalg.norm(image[row + down, column + across] - query[row, column]))
        for image in good
        for down in near
        for across in near
        if 0 <= row + down < GRID and 0 <= column + across < GRID
    )


@pytest.mark.parametrize("count", [1, 2, 5])
def test_distances_are_to_the_nearest_good_patch_around(count: int) -> None:
    good, query = _images(count), _images(1, seed=9)[0]
    distances = PatchBank.of(good, count).distances(query)
    for row, column in [(0, 0), (0, 9), (31, 31), (31, 0), (7, 31), (12, 20)]:
        assert distances[row, column] == pytest.approx(_slow(good, query, row, column), rel=1e-4)


def test_leaving_out_is_never_having_seen() -> None:
    good = _images(4)
    left_out = PatchBank.of(good, 4).distances(good[2], without=2)
    unseen = PatchBank.of([*good[:2], good[3]], 3).distances(good[2])
    assert np.allclose(left_out, unseen, rtol=1e-4)
    assert left_out.min() > 1


def test_a_patch_may_move_as_far_as_the_reach() -> None:
    good = _images(3)
    bank = PatchBank.of(good, 3)
    within = bank.distances(np.roll(good[0], (REACH_CELLS, -REACH_CELLS), axis=(0, 1)))
    beyond = bank.distances(np.roll(good[0], REACH_CELLS + 1, axis=1))
    inner = slice(REACH_CELLS + 1, -REACH_CELLS - 1)
    assert within[inner, inner].max() < 0.05
    assert beyond[inner, inner].min() > 1


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="no bank of patches"):
        PatchBank(np.zeros((GRID, GRID, 3, 4), np.float32))
