"""Looks for damage in a dataset: everything that is wrong, never only the first thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from iad_eval.datasets import Dataset, layout
from iad_eval.datasets.duplicates import duplicates
from iad_eval.datasets.inspection import Inspected, inspect
from iad_eval.datasets.published import Counts
from iad_eval.datasets.strays import strays
from iad_eval.errors import DataError
from iad_eval.words import ClassSamples


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what was seen, what to do."""

    class_name: str
    path: str
    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ClassReport:
    """One class: what was counted, what a complete copy holds, how many findings."""

    class_name: str
    counts: Counts | None
    published: Counts | None
    findings: int


@dataclass(frozen=True, slots=True)
class DamageReport:
    """What a check of a dataset came to."""

    dataset: str
    classes: tuple[ClassReport, ...]
    findings: tuple[Finding, ...]
    files: int


def check(dataset: Dataset, published: Mapping[str, Counts]) -> DamageReport:
    """Decodes every photograph and mask of a dataset and reports all findings.

    A class that cannot be listed has that one finding: mend it, and check again for others.
    ``published`` are the counts of a complete copy by class; a subset of its classes is
    fine, a class that it does not know is a finding. Empty: nothing to compare with.
    """
    try:
        names = dataset.classes()
    except DataError as error:
        found = Finding("", "", str(error), "see the layouts in the README")
        return DamageReport(dataset.name, (), (found,), 0)
    findings: list[Finding] = []
    listed: dict[str, ClassSamples] = {}
    for name in names:
        try:
            dataset.prepare(name)
            listed[name] = dataset.samples(name)
        except DataError as error:
            findings.append(Finding(name, name, str(error), "mend it and check again"))
    inspected = [each for name in listed for each in inspect(listed[name])]
    findings += _file_findings(inspected)
    findings += _orphans(listed)
    findings += _strays(listed)
    findings += [Finding(*found) for found in duplicates(inspected)]
    for name, samples in listed.items():
        findings += _count_findings(name, _counts(samples), published)
    findings.sort(key=lambda each: (each.class_name, each.path, each.problem))
    reports = tuple(
        ClassReport(
            name,
            _counts(listed[name]) if name in listed else None,
            published.get(name),
            sum(each.class_name == name for each in findings),
        )
        for name in names
    )
    return DamageReport(dataset.name, reports, tuple(findings), sum(each.files for each in inspected))


def _counts(samples: ClassSamples) -> Counts:
    anomalous = sum(sample.is_anomalous for sample in samples.test)
    return Counts(len(samples.train), len(samples.test) - anomalous, anomalous)


def _count_findings(name: str, seen: Counts, published: Mapping[str, Counts]) -> Iterable[Finding]:
    if not seen.train:
        yield Finding(name, name, "no training photographs", "trained detectors and references need some")
    if not published:
        return
    if name not in published:
        yield Finding(name, name, "a class that the published dataset does not have", "check its name")
        return
    for split in ("train", "test_normal", "test_anomalous"):
        here, there = getattr(seen, split), getattr(published[name], split)
        if here != there:
            words = split.replace("_", " ")
            yield Finding(name, name, f"{here} {words} photographs, published are {there}", "unpack it again")


def _file_findings(inspected: Iterable[Inspected]) -> Iterable[Finding]:
    for each in inspected:
        for path, problem in each.problems:
            yield Finding(each.sample.class_name, str(path), problem, "put an intact copy in its place")


def _strays(listed: Mapping[str, ClassSamples]) -> Iterable[Finding]:
    for name, samples in listed.items():
        for folder, problem in strays(samples):
            yield Finding(
                name, str(folder), problem, "move them to where their kind belongs, or convert them"
            )


def _orphans(listed: Mapping[str, ClassSamples]) -> Iterable[Finding]:
    """Masks that no photograph claims, beside masks of others or below the class's ``ground_truth``."""
    for name, samples in listed.items():
        claimed = {sample.mask_path for sample in samples.test if sample.mask_path is not None}
        for folder in sorted({path.parent for path in claimed} | _mask_folders(samples)):
            for path in layout.paths(folder):
                if path not in claimed:
                    yield Finding(
                        name, str(path), "no photograph for this mask", "put it back or remove this"
                    )


def _mask_folders(samples: ClassSamples) -> set[Path]:
    """The folders of ``<class>/ground_truth``, without the one for blank masks of good parts."""
    good = {sample.image_path.parent.name for sample in samples.test if not sample.is_anomalous}
    places = {sample.image_path.parent.parent.parent / "ground_truth" for sample in samples.test}
    return {place / kind for place in places for kind in layout.folders(place) if kind not in good}
