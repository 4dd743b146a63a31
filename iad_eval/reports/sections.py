"""Which tables make up a report, and in which order they and the figures are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from iad_eval.reports.agreement_table import agreement_table, votes_table
from iad_eval.reports.chart import Figure
from iad_eval.reports.class_table import class_table
from iad_eval.reports.cost_table import cost_table
from iad_eval.reports.defects_table import defects_table
from iad_eval.reports.detectable_table import detectable_table
from iad_eval.reports.document import Block, Document
from iad_eval.reports.lvlm_table import lvlm_table
from iad_eval.reports.mistakes_table import mistakes_table
from iad_eval.reports.noise_table import noise_table
from iad_eval.reports.original_table import original_table
from iad_eval.reports.protocol_table import protocol_table
from iad_eval.reports.rates_table import rates_table
from iad_eval.reports.reading import DatasetView
from iad_eval.reports.serving_table import serving_table
from iad_eval.reports.sizes_table import sizes_table
from iad_eval.reports.stability_table import stability_table
from iad_eval.reports.threshold_table import threshold_table
from iad_eval.reports.views_table import views_table
from iad_eval.store import file_name
from iad_eval.words import Json


class Contents:
    """Blocks in the order in which they are read; what is None is passed over."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._details: set[int] = set()

    def add(self, *blocks: Block | None) -> None:
        """What every form of the report holds."""
        self._blocks += [block for block in blocks if block is not None]

    def add_details(self, *blocks: Block | None) -> None:
        """What a shortened report leaves out first."""
        before = len(self._blocks)
        self.add(*blocks)
        self._details |= set(range(before, len(self._blocks)))

    def document(self) -> Document:
        """The report."""
        return Document(tuple(self._blocks), frozenset(self._details))


class Waiting:
    """The figures that have no place yet, in reading order; a figure's name says what it is about."""

    def __init__(self, figures: Iterable[Figure], datasets: Sequence[str]) -> None:
        self._figures = list(figures)
        self._starts = {name: f"{file_name(name)}-" for name in datasets}

    def take(self, dataset: str | None = None, *kinds: str) -> list[Figure]:
        """The figures of a dataset, or all, that end in one of the kinds, or all of them."""
        taken = [figure for figure in self._figures if self._is_meant(figure.name, dataset, kinds)]
        self._figures = [figure for figure in self._figures if figure not in taken]
        return taken

    def _is_meant(self, name: str, dataset: str | None, kinds: tuple[str, ...]) -> bool:
        if dataset is not None:
            nearest = max(
                (start for start in self._starts.values() if name.startswith(start)), key=len, default=""
            )
            if nearest != self._starts[dataset]:
                return False
        return not kinds or re.sub(r"-\d+$", "", name).endswith(tuple(f"-{kind}" for kind in kinds))


def add_dataset(contents: Contents, view: DatasetView, waiting: Waiting, *, verbose: bool) -> None:
    """The tables about one dataset, the few that everybody reads or all; figures stand below theirs."""
    name = view.dataset
    contents.add(views_table(view), *waiting.take(name, "accuracy-by-view", "views"))
    contents.add(original_table(view) if verbose else None)
    contents.add(threshold_table(view), *waiting.take(name, "scores"))
    if verbose:
        contents.add(protocol_table(view))
        contents.add_details(rates_table(view), *(class_table(view, who) for who in view.entrants))
        contents.add(stability_table(view), votes_table(view))
        contents.add_details(agreement_table(view), defects_table(view))
        contents.add(lvlm_table(view))
    contents.add(*waiting.take(name, "threshold", "calibration"))
    if verbose:
        contents.add_details(detectable_table(view, by_class=len(view.classes) > 1))
    contents.add(noise_table(view, by_class=verbose and len(view.classes) > 1))
    contents.add(mistakes_table(view), *waiting.take(name))


def add_run(contents: Contents, summary: Mapping[str, Json], waiting: Waiting, *, verbose: bool) -> None:
    """The tables about the run as a whole, and the figures that are left."""
    contents.add(sizes_table(summary) if verbose else None, *waiting.take())
    contents.add(cost_table(summary) if verbose else None, serving_table(summary))
