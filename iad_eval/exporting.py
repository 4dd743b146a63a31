"""Writes files of scores: a template for another tool to fill in, or what a run holds of a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from iad_eval.columns import named, write_csv
from iad_eval.datasets import Dataset
from iad_eval.errors import UsageError, unknown
from iad_eval.predictors.scores_format import unnamed_training
from iad_eval.run import RunDirectory
from iad_eval.words import ORIGINAL, Json

COLUMNS = ("sample", "perturbation", "score")
"""The columns of every file of scores; a template also says where the photograph lies."""


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows were written: views, training photographs, and the classes they are of."""

    views: int
    training: int
    classes: int


def require_new(path: Path) -> None:
    """Raises UsageError where something lies there already: it may be a file that somebody filled in."""
    if path.suffix.lower() != ".csv":
        raise UsageError(f"{path} does not end in .csv; scores are written as CSV: type -o FILE.csv")
    if path.exists():
        raise UsageError(f"{path} is there already; name a new file with -o FILE.csv")


def write_template(path: Path, dataset: Dataset, perturbations: Sequence[str]) -> Exported:
    """Every training photograph and every view, without scores; ``image`` is the photograph's file.

    Draws a dataset that is drawn. Raises DataError for a folder that holds no such dataset.
    """
    rows: list[Sequence[Json]] = []
    views = training = 0
    for class_name in dataset.classes():
        dataset.prepare(class_name)
        samples = dataset.samples(class_name)
        rows += [(sample.id, ORIGINAL, None, str(sample.image_path)) for sample in samples.train]
        rows += [
            (sample.id, name, None, str(sample.image_path))
            for name in perturbations
            for sample in samples.test
        ]
        training += len(samples.train)
        views += len(perturbations) * len(samples.test)
    _write(path, (*COLUMNS, "image"), rows)
    return Exported(views, training, len(dataset.classes()))


def write_scores_of(path: Path, run: RunDirectory, model: str | None, protocol: str | None) -> Exported:
    """What a run holds of one model; ``model`` and ``protocol`` may be None where there is but one.

    A run keeps training scores without the photographs' names, and so does the file. Raises
    UsageError for a run or a model without scores.
    """
    run.require_a_run()
    observed = list(run.observations().values())
    chosen = _only("model", model, {each.model for each in observed}, run)
    asked = _only(
        "protocol", protocol, {each.protocol or "" for each in observed if each.model == chosen}, run
    )
    views = sorted(
        (each for each in observed if (each.model, each.protocol or "") == (chosen, asked)),
        key=lambda each: each.view.sort_key,
    )
    if all(each.score is None for each in views):
        raise UsageError(f"{run.path} holds no score of {chosen}: it answered, or failed throughout")
    rows: list[Sequence[Json]] = []
    for each in sorted(run.training_scores(), key=lambda each: (each.dataset, each.class_name)):
        if (each.model, each.protocol or "") == (chosen, asked):
            name = unnamed_training(each.dataset, each.class_name)
            rows += [(name, ORIGINAL, score) for score in each.scores]
    training = len(rows)
    rows += [(each.sample, each.perturbation, each.score) for each in views]
    _write(path, COLUMNS, rows)
    return Exported(len(views), training, len({(each.dataset, each.class_name) for each in views}))


def _only(what: str, typed: str | None, known: set[str], run: RunDirectory) -> str:
    if typed is not None and typed not in known:
        raise unknown(f"{what} of {run.path}", typed, known, f"--{what}")
    if typed is None and len(known) != 1:
        names = ", ".join(sorted(known)) or "none"
        raise UsageError(f"{run.path} holds {len(known)} {what}s ({names}); choose with --{what} NAME")
    return typed if typed is not None else known.pop()


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Json]]) -> None:
    try:
        write_csv(path, named("text", " ".join(header)), rows)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror or error}; choose another -o FILE.csv"
        ) from error
