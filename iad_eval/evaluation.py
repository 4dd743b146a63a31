"""The evaluation: one process's share of a run, case by case, views asked ahead of their tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from iad_eval.album import Album
from iad_eval.asks import Ask, Asking, view_of
from iad_eval.errors import IadError
from iad_eval.identity import digest_json
from iad_eval.ledger import Ledger
from iad_eval.photographs import Photographs
from iad_eval.predictors import Calibrated
from iad_eval.shelf import Shelf
from iad_eval.stream import Stream
from iad_eval.words import ORIGINAL, Case, Observation, TrainingScores, ViewId


@dataclass(frozen=True, slots=True)
class CaseResult:
    """All observations of one case, in the order of its samples, and the class's training scores, if any.

    ``further`` are the answers of ``--iad-repeats`` after the first, repeat by repeat.
    """

    case: Case
    observations: tuple[Observation, ...]
    training: TrainingScores | None = None
    further: tuple[Observation, ...] = ()

    @property
    def failures(self) -> tuple[Observation, ...]:
        """What could not be observed, further answers too, each with its reason in ``error``."""
        return tuple(found for found in (*self.observations, *self.further) if found.error is not None)

    def complaint(self) -> str | None:
        """Why the case fails, for a person: each reason once, with the first view it struck."""
        if not self.failures:
            return None
        lines = [
            *_struck(self.observations, "views could not be observed"),
            *_struck(self.further, "further answers could not be had"),
            "What was observed is kept: mend this, and the same command asks for the rest alone.",
        ]
        return "\n".join(lines)


class Evaluation:
    """Observes cases: what the ledger knows is found there, the rest is asked and written down.

    ``plan`` tells it the cases that will run in this process, so that models are put away
    after their last one and, where the order is known, views are asked ahead of the test
    that waits for them. An unplanned case asks for its own views.
    """

    def __init__(
        self, asking: Asking, ledger: Ledger, shelf: Shelf, photographs: Photographs, album: Album
    ) -> None:
        self._asking = asking
        self._ledger = ledger
        self._shelf = shelf
        self._photographs = photographs
        self._album = album
        self._planned: list[Case] = []
        self._left: Counter[Case] = Counter()
        self._streams: dict[str, Stream] = {}
        self._asks: dict[Case, list[Ask]] = {}
        self._open: dict[Case, list[Ask]] = {}
        self._handed: set[ViewId] = set()

    def plan(self, cases: Iterable[Case], *, ahead: bool) -> None:
        """The cases that may run here, each as often as a test asks for it.

        ``ahead`` says that all of them will run, in this order: then they are asked ahead.
        """
        cases = list(cases)
        self._planned = cases if ahead else []
        self._left = Counter(cases)

    def expect(self, case: Case) -> None:
        """This case is certain to be observed here next: it is asked ahead while the present one is."""
        if case not in self._planned:
            self._planned.append(case)
            if case.model in self._streams:
                self._streams[case.model].want(self._ahead([case]))

    def observe(self, case: Case) -> CaseResult:
        """What the case's model says about its views; all of it is on disk when this returns.

        Raises IadError where the case cannot even be begun: a class that cannot be drawn, a
        model that cannot be opened, a run directory of other circumstances.
        """
        asks = self._settle(case)
        if asks:
            self._ask(case, asks)
        samples = self._asking.siblings(case).test
        observations = tuple(self._ledger[view_of(case, sample)] for sample in samples)
        further = tuple(self._ledger[ask.view] for ask in self._asks[case] if ask.repeat)
        has_scores = any(observation.score is not None for observation in observations)
        training = self._calibrated(case) if has_scores else None
        self._complete_album(case)
        self._finish(case)
        return CaseResult(case, observations, training, further)

    def close(self) -> None:
        """Ends streams and models and closes the files; what was observed is on disk already."""
        for model in list(self._streams):
            self._streams.pop(model).close()
        self._shelf.close()
        self._ledger.close()

    def _settle(self, case: Case) -> list[Ask]:
        """The asks of a case that only the model can answer."""
        if case not in self._open:
            asks = self._asking.asks(case, self._shelf.predictor(case.model))
            self._ledger.refuse_gone_photographs(case, {ask.sample.id for ask in asks})
            if any(ask.trouble is None for ask in asks):
                self._ledger.refuse_other_training(case, self._training_key(case))
            self._asks[case] = asks
            self._open[case] = [ask for ask in asks if not self._ledger.settle(ask)]
        return self._open[case]

    def _ask(self, case: Case, asks: list[Ask]) -> None:
        def settled() -> bool:
            return all(self._ledger.is_settled(ask.view) for ask in asks)

        stream = self._stream(case)
        stream.run_until(settled)
        if not settled():  # never planned, or asked ahead by a test that broke off
            stream.want(ask for ask in asks if not self._ledger.is_settled(ask.view))
            stream.run_until(settled)
        for ask in asks:
            if not self._ledger.is_settled(ask.view):
                self._ledger.keep(ask, f"{case.model} gave no reply about this view")

    def _stream(self, case: Case) -> Stream:
        if case.model not in self._streams:
            stream = Stream(self._shelf.predictor(case.model), self._album.view, self._ledger.keep)
            stream.want(self._ahead(planned for planned in self._planned if planned.model == case.model))
            self._streams[case.model] = stream
        return self._streams[case.model]

    def _ahead(self, cases: Iterable[Case]) -> Iterator[Ask]:
        for case in cases:
            try:
                asks = self._settle(case)
            except IadError:
                continue  # the case's own test meets it again and says so
            for ask in asks:
                if ask.view not in self._handed:
                    self._handed.add(ask.view)
                    yield ask

    def _complete_album(self, case: Case) -> None:
        reference = self._asking.reference(case)
        shown = [ask for ask in self._asks[case] if not ask.repeat]
        self._album.complete([*shown, *([reference] if reference is not None else [])])

    def _calibrated(self, case: Case) -> TrainingScores | None:
        predictor = self._shelf.predictor(case.model)
        siblings = self._asking.siblings(case)
        return self._ledger.calibrate(
            case, self._training_key(case), lambda: predictor.calibration(siblings, case.protocol)
        )

    def _training_key(self, case: Case) -> str:
        predictor, siblings = self._shelf.predictor(case.model), self._asking.siblings(case)
        if isinstance(predictor, Calibrated):
            return digest_json(dict(predictor.calibration_identity(siblings, case.protocol)))
        return digest_json(dict(predictor.identity(siblings, ORIGINAL, case.protocol)))

    def _finish(self, case: Case) -> None:
        """Puts a model away after the last planned case that needs it."""
        self._open.pop(case, None)
        self._asks.pop(case, None)
        self._left[case] -= 1
        if not any(count > 0 and left.model == case.model for left, count in self._left.items()):
            if case.model in self._streams:
                self._streams.pop(case.model).close()
            self._shelf.put_away(case.model)
            self._photographs.forget()


def _struck(observations: Sequence[Observation], what: str) -> list[str]:
    """How many failed, then each reason once, with the first view it struck; nothing where none failed."""
    failed = [found for found in observations if found.error is not None]
    if not failed:
        return []
    lines = [f"{len(failed)} of {len(observations)} {what}:"]
    for reason, count in Counter(str(found.error) for found in failed).items():
        first = next(found.sample for found in failed if found.error == reason)
        others = f" (and {count - 1} more)" if count > 1 else ""
        lines.append(f"  {first}{others}: {reason}")
    return lines
