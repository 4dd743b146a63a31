"""The published counts: what a complete copy of a dataset holds.

MVTec-AD: Bergmann et al., CVPR 2019, Table 1. VisA: Zou et al., ECCV 2022, by the
authors' split file ``split_csv/1cls.csv``. The paper under reproduction gives the totals
(section 4.1): 3629 / 467 / 1258 and 8659 / 962 / 1200.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Photographs of one class: training, normal test, anomalous test."""

    train: int
    test_normal: int
    test_anomalous: int


MVTEC_AD: Mapping[str, Counts] = {
    "bottle": Counts(209, 20, 63),
    "cable": Counts(224, 58, 92),
    "capsule": Counts(219, 23, 109),
    "carpet": Counts(280, 28, 89),
    "grid": Counts(264, 21, 57),
    "hazelnut": Counts(391, 40, 70),
    "leather": Counts(245, 32, 92),
    "metal_nut": Counts(220, 22, 93),
    "pill": Counts(267, 26, 141),
    "screw": Counts(320, 41, 119),
    "tile": Counts(230, 33, 84),
    "toothbrush": Counts(60, 12, 30),
    "transistor": Counts(213, 60, 40),
    "wood": Counts(247, 19, 60),
    "zipper": Counts(240, 32, 119),
}

VISA: Mapping[str, Counts] = {
    "candle": Counts(900, 100, 100),
    "capsules": Counts(542, 60, 100),
    "cashew": Counts(450, 50, 100),
    "chewinggum": Counts(453, 50, 100),
    "fryum": Counts(450, 50, 100),
    "macaroni1": Counts(900, 100, 100),
    "macaroni2": Counts(900, 100, 100),
    "pcb1": Counts(904, 100, 100),
    "pcb2": Counts(901, 100, 100),
    "pcb3": Counts(905, 101, 100),
    "pcb4": Counts(904, 101, 100),
    "pipe_fryum": Counts(450, 50, 100),
}

PUBLISHED: Mapping[str, Mapping[str, Counts]] = {"mvtec": MVTEC_AD, "visa": VISA}
"""By the kind of a dataset."""
