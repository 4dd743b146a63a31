"""What all paired statistics start from: one class's photographs, right or wrong on two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from iad_eval.metrics import Bools

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """One class's n photographs in V views, judged on both sides.

    ``both`` (V, n) marks the views that count; ``before`` and ``after`` (V, n) say who was right and
    are false where ``both`` is. A photograph without a view that counts is left out before.
    """

    dataset: str
    class_name: str
    both: Bools
    before: Bools
    after: Bools

    @property
    def photographs(self) -> int:
        """n"""
        return int(self.both.shape[1])

    @property
    def views(self) -> Ints:
        """(n,): how many views of each photograph count."""
        counted: Ints = self.both.sum(axis=0, dtype=np.int64)
        return counted

    @property
    def lost(self) -> Ints:
        """(n,): views that were right and are wrong, less those that were wrong and are right."""
        lost: Ints = self.before.sum(axis=0, dtype=np.int64) - self.after.sum(axis=0, dtype=np.int64)
        return lost

    @property
    def newly_wrong(self) -> int:
        """Views that were right before and are wrong after."""
        return int((self.before & ~self.after).sum())

    @property
    def newly_right(self) -> int:
        """Views that were wrong before and are right after."""
        return int((self.after & ~self.before).sum())
