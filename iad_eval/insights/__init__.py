"""What the paper could not show, and what its figures are made of: numbers beyond the rows of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iad_eval.insights.agreement import agreement
from iad_eval.insights.aligned import align
from iad_eval.insights.calibration import calibration
from iad_eval.insights.cost import cost
from iad_eval.insights.curves import curves
from iad_eval.insights.defects import defects
from iad_eval.insights.detectable import detectable
from iad_eval.insights.distributions import distributions
from iad_eval.insights.examples import examples
from iad_eval.insights.flips import flips
from iad_eval.insights.invariance import invariance
from iad_eval.insights.sheets import sheets
from iad_eval.insights.sizes import sizes
from iad_eval.insights.votes import votes
from iad_eval.judging import Asker, JudgedClass
from iad_eval.words import Json, Observation, Threshold, TrainingScores


def insights(
    classes: Sequence[JudgedClass],
    observations: Sequence[Observation],
    training: Sequence[TrainingScores],
    heads: Mapping[tuple[str, Asker], Threshold | None],
    seed: int,
) -> dict[str, Json]:
    """All insights by name, each a list of records; an empty list where a run cannot tell.

    ``heads`` is the headline threshold of each dataset and asker, at which verdicts are taken.
    Shares are 0..1, None for "not measured". The order of the records changes nothing.
    """
    aligned = align(classes, heads, seed)
    return {
        "invariance": invariance(aligned),
        "flips": flips(aligned),
        "agreement": agreement(aligned),
        "votes": votes(aligned),
        "defects": defects(aligned),
        "sizes": sizes(classes, heads, seed),
        "curves": curves(classes),
        "calibration": calibration(classes),
        "detectable": detectable(aligned),
        "cost": cost(observations),
        "distributions": distributions(classes, training),
        "examples": examples(observations, heads),
        "sheets": sheets(classes),
    }
