"""The large vision-language model under test: shown references, a view and a sentence."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iad_eval.errors import IadError, ModelError
from iad_eval.predictors import Calibration, Prompting, Reply
from iad_eval.predictors.lvlm.asking import Line
from iad_eval.predictors.lvlm.chat import ChatRequest, Completion, Picture, Sampling
from iad_eval.predictors.lvlm.plan import EnginePlan
from iad_eval.predictors.lvlm.score import yes_no
from iad_eval.predictors.lvlm.seeing import details, seen_as_asked
from iad_eval.prompts import Prompt
from iad_eval.words import ORIGINAL, ClassSamples, Json, Sample

if TYPE_CHECKING:
    from PIL import Image

    from iad_eval.views import View

IN_FLIGHT = 3
"""Requests under way at most, as a multiple of what the engine works on at once."""

ASKED_WITH = 1
"""Grows when requests are put together another way: pictures, order, what stands around the prompt."""


@dataclass(frozen=True, slots=True)
class _Asked:
    view: View
    sizes: tuple[tuple[int, int], ...]
    text: str
    at: float


class Lvlm:
    """Asks a model through a :class:`Line`, many views at a time, in the order in which they come.

    ``plan`` is what the model is run with, ``line`` how it is reached.
    ``shots`` good photographs of the class's training set are shown first (those first by name),
    then the view, then the text.
    """

    def __init__(
        self,
        plan: EnginePlan,
        line: Line,
        prompting: Prompting,
        shots: int,
        digests: Callable[[Path], str],
        read: Callable[[Path], Image.Image],
    ) -> None:
        self.plan = plan
        self._line = line
        self._prompting = prompting
        self._shots = shots
        self._digests = digests
        self._read = read
        self._references: dict[Path, Picture] = {}

    @property
    def name(self) -> str:
        """The name that case ids end with."""
        return self.plan.name

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """Prompt, references, weights, sampling and pixel limits. Raises IadError where one is missing."""
        prompt, references = self.asked_of(siblings, perturbation, protocol)
        profile = self.plan.profile
        sampled: dict[str, Json] = {"temperature": profile.temperature, "max_tokens": profile.max_tokens}
        if profile.temperature > 0:
            sampled["seed"] = self.plan.seed
        return {
            "lvlm": ASKED_WITH,
            "weights": self.plan.weights.identity,
            "dtype": profile.dtype,
            "quantization": profile.quantization,
            "prompt": prompt.text,
            "references": [self._digests(sample.image_path) for sample in references],
            "sampling": sampled,
            "processor": dict(self.plan.processor),
        }

    def redrawn_identity(self, repeat: int) -> Mapping[str, Json] | None:
        """The number of the draw; None at temperature 0, where every draw is the same."""
        return {"repeat": repeat} if self.plan.profile.temperature > 0 else None

    def describe(self) -> Mapping[str, Json]:
        """Weights, sampling and picture settings; of the engine's settings those that touch no answer too."""
        return {
            "kind": "lvlm",
            "weights": self.plan.weights.identity,
            "shots": self._shots,
            "profile": self.plan.profile.to_json(),
            "seed": self.plan.seed,
        }

    def asked_of(
        self, siblings: ClassSamples, perturbation: str, protocol: str | None
    ) -> tuple[Prompt, tuple[Sample, ...]]:
        """The prompt and the references of a class. Raises IadError where there are too few, or no prompt."""
        one = (*siblings.train, *siblings.test)[0]
        assert protocol is not None
        prompt = self._prompting(one.dataset, one.class_name, perturbation, protocol, self._shots)
        if not prompt.shows_reference:
            return prompt, ()
        if len(siblings.train) < self._shots:
            raise ModelError(
                f"{one.dataset}/{one.class_name} has {len(siblings.train)} good training photographs, and "
                f"{self.name} is to be shown {self._shots}: add some, lower --iad-shots, or ask without "
                "references: --iad-protocol zeroshot"
            )
        return prompt, siblings.train[: self._shots]

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """A reply for each view, as they come back; the engine always has more waiting than it works on."""
        done: queue.SimpleQueue[Future[Completion]] = queue.SimpleQueue()
        under_way: dict[Future[Completion], _Asked] = {}
        coming = iter(views)
        room = self.plan.profile.max_num_seqs * IN_FLIGHT
        is_over = False

        def has_room() -> bool:
            # A reply that waits is handed on before a view is decoded, unless the engine runs dry.
            waiting = done.qsize()
            return len(under_way) < room and (not waiting or len(under_way) - waiting < room // 2)

        try:
            while True:
                while not is_over and has_room():
                    view = next(coming, None)
                    if view is None:
                        is_over = True
                        break
                    try:
                        request = self.request(view)
                    except IadError as error:
                        yield Reply(view, error=str(error))
                        continue
                    sizes = tuple(picture.image.size for picture in request.pictures)
                    future = self._line.ask(request)
                    under_way[future] = _Asked(view, sizes, request.text, time.monotonic())
                    future.add_done_callback(done.put)
                if not under_way:
                    return
                future = done.get()
                yield self._reply(under_way.pop(future), future)
        finally:
            for future in under_way:  # nobody waits for these any more
                future.cancel()

    def request(self, view: View) -> ChatRequest:
        """What is sent about a view. Raises IadError where a reference is missing or cannot be read."""
        prompt, references = self.asked_of(view.siblings, view.perturbation, view.protocol)
        shown = [self._reference(sample) for sample in references]
        pictures = (*shown, Picture(view.image, f"iad-{view.key}"))
        return ChatRequest(pictures, prompt.text, self._sampling(view.repeat))

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """Scores of the first training photographs that are no references; None where none are asked for.

        Raises ModelError where one of them cannot be judged.
        """
        chosen = self._calibrating(siblings)
        if not chosen:
            return None
        views = (self._training_view(sample, siblings, protocol) for sample in chosen)
        scores = []
        for reply in self.predict(views):
            if reply.score is None:
                raise ModelError(
                    f"{self.name} gave the training photograph {reply.view.sample.id} no score: "
                    f"{reply.error or 'the answer has no log-probabilities'}; --iad-lvlm calibration=0 goes "
                    "without thresholds"
                )
            scores.append((reply.view.sample.id, reply.score))
        return Calibration(tuple(score for _, score in sorted(scores)), f"asked about {len(scores)}")

    def calibration_identity(self, siblings: ClassSamples, protocol: str | None) -> Mapping[str, Json]:
        """The identity of an answer about an original view, and the photographs that are scored."""
        scored = [self._digests(sample.image_path) for sample in self._calibrating(siblings)]
        return {**self.identity(siblings, ORIGINAL, protocol), "calibration": scored}

    def close(self) -> None:
        """Ends the line to the engine, and with it an engine of this session."""
        self._line.close()
        self._references.clear()

    def engine(self) -> Mapping[str, Json]:
        """What the engine says of itself; empty where it was not needed."""
        return self._line.describe()

    def _calibrating(self, siblings: ClassSamples) -> tuple[Sample, ...]:
        return siblings.train[self._shots : self._shots + self.plan.profile.calibration]

    def _training_view(self, sample: Sample, siblings: ClassSamples, protocol: str | None) -> View:
        from iad_eval.views import View

        key = f"training-{self._digests(sample.image_path)}"
        image = self._read(sample.image_path)
        return View(sample, siblings, ORIGINAL, protocol, key, image, None, 0.0, None)

    def _sampling(self, repeat: int) -> Sampling:
        profile = self.plan.profile
        return Sampling(profile.temperature, profile.max_tokens, self.plan.seed + repeat)

    def _reference(self, sample: Sample) -> Picture:
        path = sample.image_path
        if path not in self._references:
            if len(self._references) >= 4 * self._shots:
                self._references.clear()
            self._references[path] = Picture(self._read(path), f"iad-reference-{self._digests(path)}")
        return self._references[path]

    def _reply(self, asked: _Asked, future: Future[Completion]) -> Reply:
        latency_s = time.monotonic() - asked.at
        error = future.exception()
        if error is None:
            try:
                said = seen_as_asked(future.result(), asked.sizes, asked.text, self.plan.processor)
            except ModelError as not_as_asked:
                error = not_as_asked
        if error is not None:
            reason = str(error) if isinstance(error, IadError) else f"{type(error).__name__}: {error}"
            return Reply(asked.view, latency_s=latency_s, error=reason)
        weighed = yes_no(said.tokens)
        return Reply(
            asked.view,
            score=None if weighed is None else weighed.score,
            answer=said.text,
            latency_s=latency_s,
            details=details(said, weighed, self._line.describe().get("engine")),
        )
