"""Reading a summary: rows by what they are about, figures with their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from iad_eval.words import ORIGINAL, SCORE_THRESHOLDS, Json

Row = Mapping[str, Json]
PAPER_ORDER = ("original", "rotated", "padded", "timestamp")


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95% interval, in fractions; None for what was not measured."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class Entrant:
    """A model as a table names it: with the protocol it was asked by."""

    model: str
    protocol: str | None = None

    @property
    def label(self) -> str:
        """``glass``, ``qwen2-vl-7b (zeroshot)``."""
        return self.model if self.protocol is None else f"{self.model} ({self.protocol})"


class DatasetView:
    """The part of a summary that is about one dataset."""

    def __init__(self, summary: Mapping[str, Json], dataset: str) -> None:
        self.dataset = dataset
        self._summary = summary
        self.rows = [row for row in records(summary, "rows") if row["dataset"] == dataset]
        self._found: dict[tuple[Entrant, Json, Json, Json], Row] = {}
        for row in self.rows:
            place = (entrant(row), row["perturbation"], row["class_name"])
            self._found[*place, row["threshold"]] = row
            if row["headline"]:
                self._found[*place, None] = row
        self._recorded = {str(each["model"]) for each in records(summary, "serving") if each["recorded"]}
        self.drops = self.records("drops")
        self.training = self.records("training_scores")
        self.floors = self.records("floors")
        self.mistakes = self.records("mistakes")

    def records(self, name: str) -> list[Row]:
        """A part of the summary, as far as it is about this dataset; none where a run has no such part."""
        return [each for each in records(self._summary, name) if each["dataset"] == self.dataset]

    @cached_property
    def entrants(self) -> list[Entrant]:
        """The models, sorted."""
        return in_order({entrant(row) for row in self.rows})

    @cached_property
    def perturbations(self) -> list[str]:
        """The paper's in its order, then others by name."""
        seen = {str(row["perturbation"]) for row in self.rows}
        return [name for name in PAPER_ORDER if name in seen] + sorted(seen - set(PAPER_ORDER))

    @cached_property
    def classes(self) -> list[str]:
        """The class names, sorted."""
        return sorted({str(row["class_name"]) for row in self.rows if row["class_name"] is not None})

    def row(
        self, who: Entrant, perturbation: str, class_name: str | None = None, threshold: str | None = None
    ) -> Row | None:
        """The row at a place: the headline one, or that of a threshold."""
        return self._found.get((who, perturbation, class_name, threshold))

    def drop(self, who: Entrant) -> Row | None:
        """The drops at the headline threshold."""
        return next((drop for drop in self.drops if entrant(drop) == who and drop["headline"]), None)

    def thresholds(self, who: Entrant) -> list[str]:
        """The score thresholds that apply to a model."""
        seen = {row["threshold"] for row in self.rows if entrant(row) == who}
        return [name for name in SCORE_THRESHOLDS if name in seen]

    def is_recorded(self, who: Entrant) -> bool:
        """Whether answers of the model came with it: it was not asked (for all of them) in this run."""
        return who.model in self._recorded

    def measured_on_fewer_than(self, classes: int) -> list[str]:
        """The models whose means are over fewer classes, in some view: ``glass (3 of 15)``."""
        found = []
        for who in self.entrants:
            rows = [self.row(who, name) for name in self.perturbations]
            fewest = min((whole(row["classes"]) for row in rows if row is not None), default=classes)
            if fewest < classes:
                found.append(f"{who.label} ({fewest} of {classes})")
        return found

    def headline_threshold(self, who: Entrant) -> str | None:
        """The threshold that heads the tables for a model."""
        found = next((row["threshold"] for row in self.rows if entrant(row) == who and row["headline"]), None)
        return str(found) if found is not None else None

    def floor(self, class_name: str | None = None) -> tuple[str, float] | None:
        """The higher trivial floor and what it says: ``("everything anomalous", 0.723)``."""
        for floor in self.floors:
            if floor["class_name"] == class_name:
                anomalous, normal = number(floor["always_anomalous"]), number(floor["always_normal"])
                if anomalous is None or normal is None:
                    return None
                if anomalous >= normal:
                    return "everything anomalous", anomalous
                return "everything normal", normal
        return None

    @cached_property
    def best(self) -> Entrant | None:
        """The model with the highest accuracy on the anchor view, if it beats the trivial floor."""
        rows = [(self.row(who, self.anchor), who) for who in self.entrants]
        found = [(measure(row, "accuracy").value, who) for row, who in rows if not is_floor(row)]
        above = [(value, who) for value, who in found if value is not None]
        return max(above, key=lambda each: each[0])[1] if above else None

    @cached_property
    def photographs(self) -> int:
        """How many test photographs the run is about."""
        count = next((floor["n"] for floor in self.floors if floor["class_name"] is None), 0)
        return count if isinstance(count, int) else 0

    @cached_property
    def anchor(self) -> str:
        """The view that sentences and rankings are about: original, or the first one where it is missing."""
        return ORIGINAL if self.has_original else self.perturbations[0]

    @cached_property
    def has_original(self) -> bool:
        """Whether the unperturbed views were observed."""
        return ORIGINAL in self.perturbations


def in_order(entrants: Iterable[Entrant]) -> list[Entrant]:
    """By model, then by protocol, without one first."""
    return sorted(entrants, key=lambda who: (who.model, who.protocol or ""))


def dataset_views(summary: Mapping[str, Json]) -> list[DatasetView]:
    """The datasets of a summary, sorted by name."""
    names = sorted({str(row["dataset"]) for row in records(summary, "rows")})
    return [DatasetView(summary, name) for name in names]


def entrant(row: Row) -> Entrant:
    """Who a row is about."""
    protocol = row["protocol"]
    return Entrant(str(row["model"]), None if protocol is None else str(protocol))


def measure(row: Row | None, name: str) -> Measure:
    """A metric of a row with its interval; that of an accuracy or a share is plain ``low`` and ``high``."""
    if row is None:
        return Measure(None)
    low, high = ("low", "high") if name in ("accuracy", "share") else (f"{name}_low", f"{name}_high")
    return Measure(number(row.get(name)), number(row.get(low)), number(row.get(high)))


def whole(value: Json) -> int:
    """A JSON count; 0 for anything else."""
    return int(number(value) or 0)


def is_floor(row: Row | None) -> bool:
    """Whether a row's accuracy is no better than saying the same of all photographs that it judged.

    Of these alone: where views failed, the floor of the whole dataset is another.
    """
    accuracy, share = measure(row, "accuracy").value, measure(row, "always_anomalous").value
    return accuracy is not None and share is not None and accuracy <= max(share, 1 - share) + 1e-9


def number(value: Json) -> float | None:
    """A JSON number as float; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def records(summary: Mapping[str, Json], name: str) -> list[Row]:
    """A part of the summary; none in summaries that were written before it existed."""
    found = summary.get(name, [])
    assert isinstance(found, Sequence)
    return [record for record in found if isinstance(record, Mapping)]
