"""``predictions.csv``: one line a view, for a spreadsheet or a notebook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from iad_eval.judging import training_by_place, verdict_of
from iad_eval.store import write_atomically
from iad_eval.thresholds import threshold_values
from iad_eval.verdicts import read
from iad_eval.words import SCORE_THRESHOLDS, Observation, Threshold, TrainingScores, Verdict

COLUMNS = (
    *("sample", "dataset", "class_name", "defect", "is_anomalous", "perturbation", "model", "protocol"),
    *("score", "answer", "verdict_answer", "reading", "verdict_max", "verdict_p90", "verdict_p80"),
    *("mask_fraction", "error"),
)


def write_predictions(
    path: Path, observations: Iterable[Observation], training: Iterable[TrainingScores]
) -> None:
    """Writes all views, sorted; a verdict that does not apply to a model is empty.

    ``reading`` says how an answer was read: ``leading`` where it opens with yes or no,
    ``lenient`` where a sentence decided, ``unreadable``; empty without an answer.
    Truth is ``True`` or ``False``; figures have full precision; texts stand as the model
    wrote them, so open the file as text columns where answers may look like formulas.
    """
    values = {place: threshold_values(scores) for place, scores in training_by_place(training).items()}
    text = _Lines()
    writer = csv.writer(text, lineterminator="\r\n")  # so that a lone carriage return is quoted, too
    writer.writerow(COLUMNS)
    for each in sorted(observations, key=lambda each: each.view.sort_key):
        known = values.get((each.dataset, each.class_name, (each.model, each.protocol)), {})
        writer.writerow(
            [
                *(each.sample, each.dataset, each.class_name, each.defect, each.is_anomalous),
                *(each.perturbation, each.model, each.protocol, each.score, each.answer),
                *(_verdict(each, "answer", known), _reading(each)),
                *(_verdict(each, name, known) for name in SCORE_THRESHOLDS),
                *(each.mask_fraction, each.error),
            ]
        )
    write_atomically(path, text.getvalue())


def _reading(observation: Observation) -> str | None:
    if observation.answer is None or observation.error is not None:
        return None
    reading = read(observation.answer)
    if reading.verdict == "unreadable":
        return "unreadable"
    return "lenient" if reading.is_lenient else "leading"


class _Lines(io.StringIO):
    """Ends lines as everywhere else; a csv writer writes one line a call."""

    def write(self, line: str) -> int:
        return super().write(line.removesuffix("\r\n") + "\n")


def _verdict(
    observation: Observation, threshold: Threshold, values: Mapping[Threshold, float]
) -> Verdict | None:
    verdict = verdict_of(observation, threshold, values.get(threshold))
    applies = threshold in values or (threshold == "answer" and not values)
    return None if verdict == "failed" and not applies else verdict
