"""A stored run as a value: what is kept of a run so that a later one can be compared with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iad_eval.judging import Asker, JudgedClass
from iad_eval.run import PlannedCase
from iad_eval.words import Json

Place = tuple[Asker, str]
"""Asker and perturbation: one case of a class."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredClass:
    """One class judged, with what tells whether a photograph or a question is still the same.

    ``digests`` (n,) are the first digits of the photographs' digests. By case: ``answers`` (m,)
    along the case's judged photographs, absent for a model that gives none, each perhaps cut short;
    ``keys`` a digest of all that decided the case's answers: equal where nothing of it changed.
    """

    judged: JudgedClass
    digests: Sequence[str]
    answers: Mapping[Place, Sequence[str]]
    keys: Mapping[Place, str]


@dataclass(frozen=True, slots=True, eq=False)
class StoredRun:
    """A run, from its directory or from a stored file; ``name`` is what a person calls it.

    ``circumstances`` are the parts of a manifest that a comparison tells of; ``planned`` the cases
    that were asked for, with their views. ``answers_cut_at`` is the most characters that an answer
    was left with, None where answers are whole.
    """

    name: str
    circumstances: Mapping[str, Json]
    planned: Sequence[PlannedCase]
    classes: Sequence[StoredClass]
    answers_cut_at: int | None = None
