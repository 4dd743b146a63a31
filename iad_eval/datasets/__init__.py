"""Where photographs come from: one file per layout behind a small Protocol and one lazy door."""

from __future__ import annotations

from typing import Protocol

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
