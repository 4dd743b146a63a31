"""Scores from elsewhere: what another tool said of the photographs, read from a file and checked."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from iad_eval.errors import IadError, ModelError
from iad_eval.identity import digest_json
from iad_eval.predictors import Calibration, Reply
from iad_eval.predictors.scores_format import EMPTY, ClassEntries, Entry, listed, read_scores
from iad_eval.views import View
from iad_eval.words import GOOD, ClassSamples, Json, Sample

Place = tuple[str, str]
"""Dataset and class."""

Said = Mapping[str, float | str]
"""About each photograph of a case a score, or why there is none."""


class ScoresFile:
    """``scores:FILE``: replies with the file's scores; a relative path starts where the process did.

    The file is read when it is first needed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._shown = name.partition(":")[2]
        self._path = Path(self._shown).expanduser().absolute()
        self._known: dict[tuple[Place, str], tuple[Sequence[Sample], Said]] = {}
        self._has_warned = False

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """Nothing of the class as a whole; raises ModelError where the file's rows do not fit it."""
        self._said(siblings, perturbation)
        return {"model": self.name}

    def individual_identity(self, sample: Sample, perturbation: str) -> Mapping[str, Json]:
        """The photograph's own score: copies of one may have each its own."""
        rows = self._classes[(sample.dataset, sample.class_name)].test[perturbation]
        entry = rows.get(sample.id)
        return {"sample": sample.id, "score": None if entry is None else entry.score}

    def calibration_identity(self, siblings: ClassSamples, protocol: str | None) -> Mapping[str, Json]:
        """The class's training rows."""
        rows = self._of_class(siblings)
        unnamed: list[Json] = [[entry.score, entry.trouble] for entry in rows.unnamed]
        return {"model": self.name, "training": _digest(rows.train), "unnamed": digest_json(unnamed)}

    def describe(self) -> Mapping[str, Json]:
        """Where the scores come from; raises UsageError for a file that is none of scores."""
        found = self._classes
        assert found
        return {"kind": "scores from a file", "file": self._shown}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """The file's score of each view, in their order; nobody looks at the pixels."""
        for view in views:
            try:
                found = self._said(view.siblings, view.perturbation)[view.sample.id]
            except IadError as error:
                found = str(error)
            yield Reply(view, error=found) if isinstance(found, str) else Reply(view, score=found)

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """The file's training scores; None, and a warning once a session, where the class has none.

        Raises ModelError for training scores that are incomplete.
        """
        rows = self._of_class(siblings)
        place = "/".join(_place(siblings))
        if not _has_training(rows):
            self._warn()
            return None
        if rows.train and rows.unnamed:
            raise ModelError(
                f"{self._shown} gives {place} training scores both with the photograph's name "
                f"({next(iter(rows.train))}) and without it ({place}/train, {rows.unnamed[0].place}); keep "
                "one kind"
            )
        wrong = [f"{place}/train ({entry.place}: {entry.trouble})" for entry in rows.unnamed if entry.trouble]
        wrong += _lacking(rows.train, siblings.train) if rows.train else []
        if wrong:
            asked = len(siblings.train) if rows.train else len(rows.unnamed)
            raise ModelError(
                f"{self._shown} has no score for {len(wrong)} of {asked} training photographs of {place}: "
                f"{listed(wrong)}. Fill them in, or leave out all training rows of {place} to go without "
                f"thresholds{_also(rows.train, siblings.train)}"
            )
        unknown = sorted(set(rows.train) - {sample.id for sample in siblings.train})
        if unknown:
            raise ModelError(
                f"{self._shown} scores {_photographs(len(unknown), 'training ')} that the dataset does not "
                f"have: {self._where(rows.train, unknown)}. Thresholds would rest on them: take these rows "
                "out, or complete the dataset"
            )
        entries = [rows.train[sample.id] for sample in siblings.train] if rows.train else rows.unnamed
        return Calibration(tuple(entry.score for entry in entries if entry.score is not None), "file")

    def close(self) -> None:
        """Nothing to give back."""

    @cached_property
    def _classes(self) -> Mapping[Place, ClassEntries]:
        return read_scores(self._path, self._shown)

    def _of_class(self, siblings: ClassSamples) -> ClassEntries:
        return self._classes.get(_place(siblings), ClassEntries())

    def _said(self, siblings: ClassSamples, perturbation: str) -> Said:
        """Remembered: a view must not cost a look at all of its class."""
        key = (_place(siblings), perturbation)
        known = self._known.get(key)
        if known is None or known[0] != siblings.test:
            known = self._known[key] = (siblings.test, self._checked(siblings, perturbation))
        return known[1]

    def _checked(self, siblings: ClassSamples, perturbation: str) -> Said:
        rows = self._rows(siblings, perturbation)
        strangers = _strangers(rows, siblings.test)
        if strangers:
            raise ModelError(
                f"{self._shown} scores {_photographs(len(strangers))} ({perturbation}) that the dataset does "
                f"not have: {self._where(rows, strangers)}. Take these rows out, or mend their names: a "
                f"photograph is called as {siblings.test[0].id} is"
            )
        about: dict[str, float | str] = {
            sample: entry.score for sample, entry in rows.items() if entry.score is not None
        }
        wrong = _lacking(rows, siblings.test)
        complaint = (
            f"{self._shown} has no score for {len(wrong)} of {len(siblings.test)} photographs of "
            f"{'/'.join(_place(siblings))} under {perturbation}: {listed(wrong)}{_also(rows, siblings.test)}"
        )
        return {sample.id: about.get(sample.id, complaint) for sample in siblings.test}

    def _rows(self, siblings: ClassSamples, perturbation: str) -> Mapping[str, Entry]:
        place = _place(siblings)
        if place not in self._classes:
            raise ModelError(
                f"{self._shown} has no row of {'/'.join(place)}; it has rows of "
                f"{listed(['/'.join(known) for known in self._classes], 5)}. A photograph is called as "
                f"{siblings.test[0].id} is: its first part is the dataset's name in this session, which "
                "--iad-dataset NAME=KIND:PATH gives"
            )
        under = self._of_class(siblings).test
        if perturbation not in under:
            has = f"under {listed(list(under), 9)} only" if under else "of training photographs only"
            without = " ".join(f"--iad-perturbation {name}" for name in under)
            leave = f", or leave it out: {without}" if under else ""
            raise ModelError(
                f"{self._shown} has no row of {'/'.join(place)} under {perturbation}: it has rows {has}. "
                f"Add rows with perturbation {perturbation}{leave}"
            )
        return under[perturbation]

    def _where(self, rows: Mapping[str, Entry], samples: Sequence[str]) -> str:
        return listed([f"{sample} ({rows[sample].place})" for sample in samples])

    def _warn(self) -> None:
        if self._has_warned:
            return
        self._has_warned = True
        without = ["/".join(place) for place, rows in self._classes.items() if not _has_training(rows)]
        warnings.warn(
            f"{self._shown} has no training scores of {listed(without)}: without them there are no "
            "thresholds, and image AUROC and average precision alone can be told. Add a row for each "
            f"training photograph ({without[0]}/train/good/000, perturbation original); all rows, with "
            "empty scores, are written by: python -m iad_eval export-scores NAME:PATH -o FILE.csv",
            stacklevel=2,
        )


def _place(siblings: ClassSamples) -> Place:
    return (siblings.test[0].dataset, siblings.test[0].class_name)


def _digest(rows: Mapping[str, Entry]) -> str:
    return digest_json([[sample, rows[sample].score, rows[sample].trouble] for sample in sorted(rows)])


def _has_training(rows: ClassEntries) -> bool:
    """A template whose training scores nobody filled in has none."""
    return any(entry.trouble != EMPTY for entry in (*rows.train.values(), *rows.unnamed))


def _lacking(rows: Mapping[str, Entry], samples: Iterable[Sample]) -> list[str]:
    """The photographs without a score, each with the reason."""
    found = []
    for sample in samples:
        entry = rows.get(sample.id)
        if entry is None:
            found.append(f"{sample.id} (no row)")
        elif entry.trouble:
            found.append(f"{sample.id} ({entry.place}: {entry.trouble})")
    return found


def _strangers(rows: Iterable[str], test: Sequence[Sample]) -> list[str]:
    """The rows of photographs that the dataset certainly does not have.

    A limited session knows the first normal and the first anomalous photographs by name: what
    comes after the last one may be there, what should stand between them is not.
    """
    asked = {sample.id for sample in test}
    last = {kind: max((s.id for s in test if s.is_anomalous == kind), default=None) for kind in (False, True)}
    found = []
    for row in rows:
        end = last[row.split("/")[3] != GOOD]
        if row not in asked and (end is None or row < end):
            found.append(row)
    return sorted(found)


def _also(rows: Iterable[str], asked: Iterable[Sample]) -> str:
    """Rows of other photographs: perhaps the missing ones under another name."""
    others = sorted(set(rows) - {sample.id for sample in asked})
    return (
        f". It has rows of others, which this session does not ask about: {listed(others)}" if others else ""
    )


def _photographs(count: int, kind: str = "") -> str:
    return f"{count} {kind}photograph{'s' * (count != 1)}"
