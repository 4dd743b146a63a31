"""Where photographs come from: one file per layout behind a small Protocol and one lazy door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from iad_eval.errors import UsageError, unknown
from iad_eval.settings import DatasetSpec, Settings
from iad_eval.words import ClassSamples, Json


class Dataset(Protocol):
    """A named collection of classes. Listing opens no image."""

    @property
    def name(self) -> str:
        """The name that sample ids and case ids begin with."""

    def classes(self) -> tuple[str, ...]:
        """The class names, sorted. Raises DataError where the folder cannot be one of this layout."""

    def samples(self, class_name: str) -> ClassSamples:
        """Lists one class. Raises DataError where it has no test image or its files do not fit together."""

    def prepare(self, class_name: str) -> None:
        """Makes the class's files exist (drawn data); called before the first image is opened."""

    def describe(self) -> dict[str, Json]:
        """The circumstances worth keeping with a run: kind, root or seed."""


@runtime_checkable
class Redrawn(Protocol):
    """A dataset that is drawn anew on each machine, where single pixels may round differently."""

    def stand_ins(self, class_name: str) -> Mapping[str, str]:
        """Digest of a file as drawn here -> what stands for it in the identity of answers.

        A file that was changed since is not among them.
        """


@dataclass(frozen=True, slots=True)
class DatasetEntry:
    """A kind of dataset that ``--iad-dataset KIND[:ARGUMENT]`` can name."""

    kind: str
    open: Callable[[DatasetSpec, Settings], Dataset]


def open_dataset(spec: DatasetSpec, settings: Settings, others: Iterable[DatasetEntry] = ()) -> Dataset:
    """The dataset of a spec; ``others`` are kinds that third parties registered.

    Raises UsageError for an unknown kind or an argument of another form.
    """
    entries = {entry.kind: entry for entry in (*_OWN, *others)}
    if spec.kind not in entries:
        raise unknown("dataset", spec.kind, entries, "--iad-dataset")
    return entries[spec.kind].open(spec, settings)


def _root(spec: DatasetSpec) -> Path:
    if spec.argument is None:
        raise UsageError(f"dataset {spec.kind!r} needs the folder it lies in: type {spec.kind}:PATH")
    return (spec.base / Path(spec.argument).expanduser()).resolve()


def _mvtec(spec: DatasetSpec, settings: Settings) -> Dataset:
    from iad_eval.datasets.mvtec import MvtecAd

    return MvtecAd(spec.name, _root(spec))


def _visa(spec: DatasetSpec, settings: Settings) -> Dataset:
    from iad_eval.datasets.visa import Visa

    return Visa(spec.name, _root(spec))


def _folder(spec: DatasetSpec, settings: Settings) -> Dataset:
    from iad_eval.datasets.folder import Folder

    return Folder(spec.name, _root(spec), settings.good)


def _synthetic(spec: DatasetSpec, settings: Settings) -> Dataset:
    from iad_eval.datasets.synthetic import Synthetic

    seed = spec.argument or "0"
    if not seed.isdecimal():
        raise UsageError(
            f"--iad-dataset synthetic takes a whole number as its seed, not {seed!r}: "
            "type --iad-dataset synthetic or --iad-dataset synthetic:1"
        )
    return Synthetic(spec.name, int(seed), settings.cache)


_OWN = (
    DatasetEntry("mvtec", _mvtec),
    DatasetEntry("visa", _visa),
    DatasetEntry("folder", _folder),
    DatasetEntry("synthetic", _synthetic),
)
