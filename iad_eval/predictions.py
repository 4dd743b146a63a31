"""``predictions.csv`` and its Parquet twin: one line a view, for a spreadsheet or a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from iad_eval.columns import named, write_csv, write_parquet
from iad_eval.judging import training_by_place, verdict_of
from iad_eval.thresholds import threshold_values
from iad_eval.verdicts import read
from iad_eval.words import SCORE_THRESHOLDS, Json, Observation, Threshold, TrainingScores, Verdict

COLUMNS = (
    *(*named("text", "sample"), *named("name", "dataset class_name defect"), *named("bool", "is_anomalous")),
    *(*named("name", "perturbation model protocol"), *named("float", "score"), *named("text", "answer")),
    *named("name", "verdict_answer reading verdict_max verdict_p90 verdict_p80"),
    *(*named("float", "mask_fraction"), *named("text", "error")),
)


def write_predictions(
    path: Path, observations: Iterable[Observation], training: Iterable[TrainingScores]
) -> None:
    """Writes all views as CSV, sorted; a verdict that does not apply to a model is empty.

    ``reading`` says how an answer was read: ``leading`` where it opens with yes or no,
    ``lenient`` where a sentence decided, ``unreadable``; empty without an answer.
    Truth is ``True`` or ``False``; figures have full precision; texts stand as the model
    wrote them, so open the file as text columns where answers may look like formulas.
    """
    write_csv(path, COLUMNS, _records(observations, training))


def write_predictions_parquet(
    path: Path, observations: Iterable[Observation], training: Iterable[TrainingScores]
) -> None:
    """The same lines and columns as Parquet. Raises UsageError where pyarrow is not installed."""
    write_parquet(path, COLUMNS, _records(observations, training))


def _records(
    observations: Iterable[Observation], training: Iterable[TrainingScores]
) -> Iterator[Sequence[Json]]:
    values = {place: threshold_values(scores) for place, scores in training_by_place(training).items()}
    for each in sorted(observations, key=lambda each: each.view.sort_key):
        known = values.get((each.dataset, each.class_name, (each.model, each.protocol)), {})
        yield [
            *(each.sample, each.dataset, each.class_name, each.defect, each.is_anomalous),
            *(each.perturbation, each.model, each.protocol, each.score, each.answer),
            *(_verdict(each, "answer", known), _reading(each)),
            *(_verdict(each, name, known) for name in SCORE_THRESHOLDS),
            *(each.mask_fraction, each.error),
        ]


def _reading(observation: Observation) -> str | None:
    if observation.answer is None or observation.error is not None:
        return None
    reading = read(observation.answer)
    if reading.verdict == "unreadable":
        return "unreadable"
    return "lenient" if reading.is_lenient else "leading"


def _verdict(
    observation: Observation, threshold: Threshold, values: Mapping[Threshold, float]
) -> Verdict | None:
    verdict = verdict_of(observation, threshold, values.get(threshold))
    applies = threshold in values or (threshold == "answer" and not values)
    return None if verdict == "failed" and not applies else verdict
