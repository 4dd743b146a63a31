"""Which models are drawn where there are many, and what a note says of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from iad_eval.reports.chart import Figure
from iad_eval.reports.reading import DatasetView, Entrant, measure
from iad_eval.reports.wording import listed
from iad_eval.visible import visible
from iad_eval.words import TRIVIAL

MOST_IN_A_CHART = 8
"""More series than this cannot be told apart."""

MOST_OF_A_KIND = 12
"""More figures of one kind nobody compares."""

_NAMED = 5


def has_looked(who: Entrant) -> bool:
    """Whether a model's answers depend on the images: the trivial ones know or need none."""
    return who.model not in TRIVIAL


def compared(view: DatasetView) -> tuple[list[Entrant], list[str]]:
    """The models with an accuracy that a chart compares, sorted, and notes on those that it does not.

    Trivial models stand aside where there are others; of these the best on the anchor view are taken.
    """
    measured = [
        who for who in view.entrants if any(_accuracy(view, who, name) >= 0 for name in view.perturbations)
    ]
    rivals = [who for who in measured if has_looked(who)] or measured
    aside = [visible(who.label) for who in measured if who not in rivals]
    best = sorted(rivals, key=lambda who: -_accuracy(view, who, view.anchor))[:MOST_IN_A_CHART]
    notes = [f"Not drawn, since they do not look: {listed(aside, _NAMED)}."] if aside else []
    if len(best) < len(rivals):
        notes.append(
            f"The {len(best)} models with the highest accuracy on {visible(view.anchor)} are drawn; "
            f"left out: {len(rivals) - len(best):,}."
        )
    return [who for who in rivals if who in best], notes


def best_of_a_kind(figures: Iterable[tuple[float, Figure]]) -> list[Figure]:
    """Of (accuracy, figure) the figures of the best, in the order given; the last one notes the others."""
    found = list(figures)
    kept = sorted(sorted(range(len(found)), key=lambda at: -found[at][0])[:MOST_OF_A_KIND])
    chosen = [found[at][1] for at in kept]
    if len(chosen) < len(found):
        note = (
            f"The {len(chosen)} figures of this kind whose models have the highest accuracy are drawn; "
            f"left out: {len(found) - len(chosen):,}."
        )
        chosen[-1] = replace(chosen[-1], notes=(*chosen[-1].notes, note))
    return chosen


def _accuracy(view: DatasetView, who: Entrant, perturbation: str) -> float:
    accuracy = measure(view.row(who, perturbation), "accuracy").value
    return -1.0 if accuracy is None else accuracy


def spread(count: int) -> Sequence[float]:
    """Where ``count`` series stand side by side at a category: offsets around 0, within half a category."""
    step = min(0.12, 0.7 / max(1, count))
    return [step * (each - (count - 1) / 2) for each in range(count)]
