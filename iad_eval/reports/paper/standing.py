"""Whether a run's dataset is one of the paper's, by its kind and its numbers of classes and photographs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iad_eval.datasets.published import PUBLISHED
from iad_eval.paper import DATASETS, Extent, Kind
from iad_eval.reports.reading import DatasetView, number
from iad_eval.reports.wording import counted, listed
from iad_eval.words import Json

BESIDE = "beside the paper's"
"""What the titles of these tables have in common."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which of the paper's datasets one is compared with; ``trouble`` says why it is another, or nothing."""

    dataset: str
    kind: Kind
    trouble: str = ""

    @property
    def extent(self) -> Extent:
        """The paper's dataset."""
        return DATASETS[self.kind]

    @property
    def floor(self) -> float:
        """What "everything is anomalous" scores on the paper's dataset, as a mean over its classes."""
        shares = [
            each.test_anomalous / (each.test_normal + each.test_anomalous)
            for each in PUBLISHED[self.kind].values()
        ]
        return sum(shares) / len(shares)

    @property
    def warning(self) -> str:
        """A sentence for whoever might take one for the other."""
        return (
            f"{self.dataset} is NOT THE PAPER'S {self.extent.name} ({self.trouble}): it stands beside the "
            "paper's figures all the same, but differences tell little about how well the paper reproduces."
        )

    def title(self, tables: str, what: str) -> str:
        """``mvtec beside the paper's Table 1 (MVTec-AD): ...``; loud where it is not the paper's dataset."""
        lacking = f", here NOT THE SAME: {self.trouble}" if self.trouble else ""
        return f"{self.dataset} {BESIDE} {tables} ({self.extent.name}{lacking}): {what}"


def shortfall(view: DatasetView, place: Standing) -> str:
    """Whose means are over fewer classes than the paper's; empty where the dataset itself has fewer."""
    whole = place.extent.classes
    short = view.measured_on_fewer_than(whole)
    if place.trouble or not short:
        return ""
    return (
        f"Not all {counted(whole, 'class')} of {view.dataset} were measured for every model and view, and "
        f"means over fewer stand beside the paper's over all: {listed(short)}."
    )


def standing(dataset: str, manifest: Mapping[str, Json]) -> Standing | None:
    """From the manifest; None for a dataset of neither of the paper's kinds."""
    kind = _inside(manifest, "configuration", "datasets", dataset).get("kind")
    if kind not in DATASETS:
        return None
    known: Kind = "visa" if kind == "visa" else "mvtec"
    return Standing(dataset, known, _lacking(DATASETS[known], _inside(manifest, "classes", dataset)))


def _lacking(extent: Extent, classes: Mapping[str, Json]) -> str:
    if len(classes) != extent.classes:
        return f"{len(classes)} of {counted(extent.classes, 'class')}"
    normal, anomalous = (
        sum(int(number(each.get(name)) or 0) for each in classes.values() if isinstance(each, Mapping))
        for name in ("test_normal", "test_anomalous")
    )
    if (normal, anomalous) != (extent.test_normal, extent.test_anomalous):
        return (
            f"{normal:,} normal and {anomalous:,} anomalous test photographs, not "
            f"{extent.test_normal:,} and {extent.test_anomalous:,}"
        )
    return ""


def _inside(record: Mapping[str, Json], *names: str) -> Mapping[str, Json]:
    """A record within records; an empty one where there is none."""
    for name in names:
        found = record.get(name)
        record = found if isinstance(found, Mapping) else {}
    return record
