"""The ledger: what is already observed is found, what is observed now is on disk before it counts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from iad_eval.answers import Answer, AnswerCache
from iad_eval.asks import Ask
from iad_eval.errors import IadError, ModelError, UsageError
from iad_eval.maps import Maps
from iad_eval.predictors import Calibration, Reply
from iad_eval.run import RunDirectory, RunWriter
from iad_eval.views import View
from iad_eval.words import Case, Observation, TrainingScores, ViewId


class Ledger:
    """One process's view of a run and of the answer cache behind it.

    ``load`` decodes a view; it is needed only where an answer still holds but the mask of
    its photograph was redrawn.
    """

    def __init__(
        self,
        run: RunDirectory,
        answers: AnswerCache,
        maps: Maps,
        owner: str,
        load: Callable[[Ask], View],
    ) -> None:
        self._run = run
        self._answers = answers
        self._maps = maps
        self._writer = RunWriter(run, owner)
        self._load = load
        self._observed = run.observations() | run.repeats()
        self._training = {_place(scores): scores for scores in run.training_scores()}
        self._settled: set[ViewId] = set()
        self._answered: dict[Case, list[str]] | None = None

    def __getitem__(self, view: ViewId) -> Observation:
        return self._observed[view]

    def is_settled(self, view: ViewId) -> bool:
        """Whether this process needs to ask nothing (more) about a view."""
        return view in self._settled

    def settle(self, ask: Ask) -> bool:
        """Finds the answer in the run or in the cache; False where the model has to be asked.

        A failure of an earlier session is no answer. Raises UsageError where the run
        holds an observation of this view that was made under other circumstances.
        """
        if ask.trouble is not None:
            self.keep(ask, ask.trouble)
            return True
        found = self._observed.get(ask.view)
        if found is not None and found.error is None:
            self._refuse_other_circumstances(ask, found)
            self._settled.add(ask.view)
            return True
        answer = self._answers.find(ask.case.model, ask.case.class_name, ask.key)
        if answer is None:
            return False
        try:
            recalled = self._recalled(ask, answer)
        except IadError as error:
            self.keep(ask, str(error))
        else:
            self._maps.recall(ask.case.model, ask.key)
            self._write(recalled)
        return True

    def keep(self, ask: Ask, said: Reply | str) -> None:
        """Writes down what a model said of a view, or why it was not asked."""
        observation = replace(_blank(ask), at=datetime.now(UTC).isoformat(timespec="milliseconds"))
        if isinstance(said, str):
            observation = replace(observation, error=said)
        else:
            observation = replace(
                observation,
                score=_finite(said.score),
                answer=said.answer,
                latency_s=_finite(said.latency_s),
                error=said.error or _fault(said),
                details=dict(said.details) if _is_json(said.details) else {},
                mask_fraction=said.view.mask_fraction,
                hidden_fraction=said.view.hidden_fraction,
            )
            if said.anomaly_map is not None and observation.error is None:
                self._maps.keep(ask.case.model, ask.key, said.anomaly_map)
        self._write(observation)
        self._answers.keep(observation)

    def calibrate(
        self, case: Case, key: str, take: Callable[[], Calibration | None]
    ) -> TrainingScores | None:
        """Writes down a class's training scores once; ``take`` is called where nothing has them yet.

        None for a model that has none.
        """
        place = _place(case)
        known = self._training.get(place)
        if known is not None and known.key == key:
            return known
        scores = self._answers.find_training(case.model, case.class_name, key)
        if scores is None:
            calibration = take()
            if calibration is None:
                return None
            if not all(map(math.isfinite, calibration.scores)):
                raise ModelError(
                    f"{case.model} gave training photographs of {case.class_name} no finite score"
                )
            scores = TrainingScores(
                case.dataset,
                case.class_name,
                case.model,
                case.protocol,
                tuple(map(float, calibration.scores)),
                calibration.taken,
                key,
            )
            self._answers.keep_training(scores)
        own = replace(scores, dataset=case.dataset, class_name=case.class_name, protocol=case.protocol)
        self._writer.calibrate(own)
        self._training[place] = own
        return own

    def refuse_other_training(self, case: Case, key: str) -> None:
        """Raises UsageError where the run's training scores of this class were taken another way."""
        known = self._training.get(_place(case))
        if known is not None and known.key != key:
            raise self._no_longer_fits(
                f"training scores of {case.dataset}/{case.class_name} by {case.model} taken under other "
                "circumstances: the training images, the reference or the model's settings have changed since"
            )

    def refuse_gone_photographs(self, case: Case, samples: Collection[str]) -> None:
        """Raises UsageError where the run answers for a photograph that the case no longer has."""
        if self._answered is None:
            self._answered = {}
            for view, found in self._observed.items():
                if found.error is None:
                    of = Case(view.model, found.dataset, found.class_name, view.perturbation, view.protocol)
                    self._answered.setdefault(of, []).append(view.sample)
        gone = [sample for sample in self._answered.get(case, ()) if sample not in samples]
        if gone:
            raise self._no_longer_fits(
                f"an observation of {gone[0]} ({case.perturbation}, {case.model}), "
                "which the dataset no longer has"
            )

    def close(self) -> None:
        """Closes the files; nothing is held back until here."""
        self._writer.close()
        self._answers.close()

    def _write(self, observation: Observation) -> None:
        self._writer.observe(observation)
        self._observed[observation.view] = observation
        self._settled.add(observation.view)

    def _recalled(self, ask: Ask, answer: Answer) -> Observation:
        facts = (answer.mask_fraction, answer.hidden_fraction)
        if ask.mask_digest != answer.mask_digest:
            view = self._load(ask)
            facts = (view.mask_fraction, view.hidden_fraction)
        return replace(
            _blank(ask),
            score=answer.score,
            answer=answer.answer,
            latency_s=answer.latency_s,
            at=answer.at,
            details=answer.details,
            mask_fraction=facts[0],
            hidden_fraction=facts[1],
        )

    def _refuse_other_circumstances(self, ask: Ask, found: Observation) -> None:
        if found.key != ask.key:
            raise self._no_longer_fits(
                f"an observation of {ask.sample.id} ({ask.case.perturbation}, {ask.case.model}) made under "
                "other circumstances: the photograph, the training images, the reference or the model's "
                "settings have changed since"
            )

    def _no_longer_fits(self, what: str) -> UsageError:
        return UsageError(
            f"the run directory {self._run.path} holds {what}. Choose another --iad-run; the answers that "
            "still hold are taken from the cache"
        )


def _blank(ask: Ask) -> Observation:
    sample = ask.sample
    return Observation(
        sample=sample.id,
        dataset=sample.dataset,
        class_name=sample.class_name,
        defect=sample.defect,
        is_anomalous=sample.is_anomalous,
        perturbation=ask.case.perturbation,
        model=ask.case.model,
        protocol=ask.case.protocol,
        score=None,
        answer=None,
        latency_s=None,
        error=None,
        mask_fraction=None,
        key=ask.key,
        image_digest=ask.image_digest,
        mask_digest=ask.mask_digest,
        repeat=ask.repeat,
    )


def _fault(said: Reply) -> str | None:
    """Why a reply is none."""
    if said.score is None and said.answer is None:
        return "the model's reply holds neither a score nor an answer"
    if said.score is not None and not math.isfinite(said.score):
        return f"the model's score is {said.score}, which is no number"
    if not _is_json(said.details):
        return f"the details of the model's reply cannot be written as JSON: {dict(said.details)!r}"
    return None


def _finite(value: float | None) -> float | None:
    """A plain float of what may be numpy's or torch's; None where it is no number."""
    return float(value) if value is not None and math.isfinite(value) else None


def _is_json(details: Mapping[str, object]) -> bool:
    try:
        json.dumps(dict(details), allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _place(of: TrainingScores | Case) -> tuple[str, str, str, str]:
    return (of.dataset, of.class_name, of.model, of.protocol or "")
