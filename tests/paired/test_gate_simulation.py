"""What benchmarks/gate.py simulates is what it says: the drop, the discordance, the correlation."""

from __future__ import annotations

import numpy as np
import pytest
from gate import simulated


@pytest.mark.parametrize(
    ("drop", "discordance", "correlation"), [(0.0, 0.1, 0.5), (0.05, 0.2, 0.5), (0.1, 0.1, 0.0)]
)
def test_simulated_photographs_have_the_drop_that_is_asked_for(
    drop: float, discordance: float, correlation: float
) -> None:
    [(pairs,)] = simulated(1, 1, 1, 100_000, 2, drop, discordance, 0.8, correlation)
    assert pairs.before.mean() == pytest.approx(0.8, abs=0.01)
    assert pairs.lost.sum() / pairs.views.sum() == pytest.approx(drop, abs=0.005)
    assert (pairs.newly_wrong + pairs.newly_right) / pairs.views.sum() == pytest.approx(
        discordance, abs=0.005
    )
    for side in (pairs.before, pairs.before & ~pairs.after):
        assert np.asarray(np.corrcoef(side))[0, 1] == pytest.approx(correlation, abs=0.02)


def test_another_seed_simulates_other_photographs() -> None:
    (one,), (same,), (other,) = (simulated(seed, 1, 1, 50, 1, 0.0, 0.1)[0] for seed in (1, 1, 2))
    assert np.array_equal(one.before, same.before)
    assert not np.array_equal(one.before, other.before)
