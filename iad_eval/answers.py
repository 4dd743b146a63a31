"""The answer cache: an answer that was paid for once is found again by its identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from iad_eval.run import RunDirectory
from iad_eval.store import Shard, file_name, read_records
from iad_eval.words import RECORDED, Json, Observation, TrainingScores


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, apart from which photograph of which dataset it was said about.

    ``mask_fraction`` and ``hidden_fraction`` hold for the mask with ``mask_digest`` only.
    """

    key: str
    score: float | None
    answer: str | None
    latency_s: float | None
    at: str
    details: Mapping[str, Json]
    mask_digest: str
    mask_fraction: float | None
    hidden_fraction: float | None

    @classmethod
    def of(cls, observation: Observation) -> Answer:
        """The part of an observation that another run can use."""
        return cls(**{name: getattr(observation, name) for name in cls.__dataclass_fields__})


class AnswerCache:
    """Answers and training scores below one folder, kept apart by model and class.

    Failures never enter. Several processes may write at once: each has a shard of its own.
    ``recorded`` are folders, by model, of answers that came with it: they are read, and say so.
    ``earlier`` is a run whose answers hold here as well: the one that this one is compared with.
    """

    def __init__(
        self,
        root: Path,
        owner: str,
        recorded: Mapping[str, Path] | None = None,
        earlier: RunDirectory | None = None,
    ) -> None:
        self._root = root
        self._owner = owner
        self._recorded = dict(recorded or {})
        self._earlier = earlier
        self._answers: dict[Path, dict[str, Answer]] = {}
        self._training: dict[Path, dict[str, TrainingScores]] = {}
        self._shards: dict[Path, Shard] = {}

    def find(self, model: str, class_name: str, key: str) -> Answer | None:
        """The stored answer of this identity, if there is one."""
        folder = self._folder("answers", model, class_name)
        if folder not in self._answers:
            self._answers[folder] = (
                self._recorded_answers(model, class_name)
                | self._earlier_answers.get((model, class_name), {})
                | _read(folder)
            )
        return self._answers[folder].get(key)

    def keep(self, observation: Observation) -> None:
        """Remembers an answer; a failed observation is nobody's answer and is left out."""
        if (
            observation.error is None
            and self.find(observation.model, observation.class_name, observation.key) is None
        ):
            folder = self._folder("answers", observation.model, observation.class_name)
            answer = Answer.of(observation)
            self._answers[folder][answer.key] = answer
            self._shard(folder).append(asdict(answer))

    def find_training(self, model: str, class_name: str, key: str) -> TrainingScores | None:
        """The stored training scores of this identity, if there are any."""
        folder = self._folder("training_scores", model, class_name)
        if folder not in self._training:
            self._training[folder] = {
                str(record["key"]): TrainingScores.from_json(record)
                for record in read_records(folder, TrainingScores.__dataclass_fields__)
            }
            for scores in self._earlier.training_scores() if self._earlier is not None else ():
                self._training[folder].setdefault(scores.key, scores)
        return self._training[folder].get(key)

    def keep_training(self, scores: TrainingScores) -> None:
        """Remembers a class's training scores."""
        if self.find_training(scores.model, scores.class_name, scores.key) is None:
            folder = self._folder("training_scores", scores.model, scores.class_name)
            self._training[folder][scores.key] = scores
            self._shard(folder).append(scores.to_json())

    def _recorded_answers(self, model: str, class_name: str) -> dict[str, Answer]:
        if model not in self._recorded:
            return {}
        found = _read(self._recorded[model] / file_name(class_name))
        return {
            key: replace(answer, details={**answer.details, RECORDED: True}) for key, answer in found.items()
        }

    @cached_property
    def _earlier_answers(self) -> dict[tuple[str, str], dict[str, Answer]]:
        """Answers of the earlier run by model and class, then by identity; those of repeats, too."""
        found: dict[tuple[str, str], dict[str, Answer]] = {}
        if self._earlier is not None:
            for each in (*self._earlier.observations().values(), *self._earlier.repeats().values()):
                if each.error is None and each.key:
                    found.setdefault((each.model, each.class_name), {})[each.key] = Answer.of(each)
        return found

    def close(self) -> None:
        """Closes this process's shards."""
        for shard in self._shards.values():
            shard.close()

    def _folder(self, kind: str, model: str, class_name: str) -> Path:
        return self._root / kind / file_name(model) / file_name(class_name)

    def _shard(self, folder: Path) -> Shard:
        return self._shards.setdefault(folder, Shard(folder, self._owner))


def _read(folder: Path) -> dict[str, Answer]:
    known = Answer.__dataclass_fields__
    return {
        str(record["key"]): Answer(**{name: record.get(name) for name in known})  # type: ignore[arg-type]  # as written by keep
        for record in read_records(folder, known)
    }
