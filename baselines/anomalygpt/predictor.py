"""AnomalyGPT (Gu et al., 2023) as a model of a session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Final

from PIL import Image

from baselines import weights
from baselines.anomalygpt.downloads import IMAGEBIND
from baselines.anomalygpt.judge import Judge, any_of
from baselines.anomalygpt.recipe import ANSWER, Recipe
from baselines.anomalygpt.sentences import class_word, prompt
from iad_eval.errors import IadError
from iad_eval.identity import digest_json
from iad_eval.predictors import Calibration, ModelContext, Reply
from iad_eval.predictors.batches import batches
from iad_eval.predictors.trained_images import TrainingImages
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json, Sample

VERSION: Final = 1
"""Grows whenever the score or answer of the same pixels changes."""


class AnomalyGpt:
    """Judges by the maximum of a map; under the name ``anomalygpt:answer`` also by what the LLM says.

    Nothing is learnt here: training images give the thresholds, and on the few-shot path some of them
    are what views are compared with.
    """

    def __init__(self, name: str, recipe: Recipe, context: ModelContext) -> None:
        self._name, self._recipe, self._context = name, recipe, context
        self._has_answers = name == ANSWER
        self._judge = Judge(name, recipe, context)

    @property
    def name(self) -> str:
        """As it was typed."""
        return self._name

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """The files' bytes, the class's words, and how they are used. Raises IadError for missing files."""
        identity, recipe = self._identity(siblings), self._recipe
        if self._has_answers:
            identity["prompt"] = prompt(any_of(siblings).class_name, recipe.corrected_class_words)
            identity["longest"] = recipe.longest
            identity["top_p"] = recipe.top_p
            if recipe.top_p:
                identity["seed"] = self._context.seed
        return identity

    def calibration_identity(self, siblings: ClassSamples, protocol: str | None) -> Mapping[str, Json]:
        """What decides a score, and the training images that are scored."""
        return {**self._identity(siblings), "scored": self._content(self._scored(siblings))}

    def describe(self) -> Mapping[str, Json]:
        """The settings, what the weights have seen, and what is not as in the authors' scripts.

        Raises ModelError where ImageBind is missing: nothing can be judged without it.
        """
        weights.find(IMAGEBIND, self._context)
        recipe = self._recipe
        told: dict[str, Json] = {"kind": "trained detector", "version": VERSION, **asdict(recipe)}
        told["score"] = "the maximum of the 224 x 224 map"
        if recipe.path == "supervised":
            told["note"] = (
                "its supervised weights were trained on MVTec AD and VisA, anomalous photographs among them "
                "(by its authors): on these datasets its figures are optimistic"
            )
        if self._has_answers:
            told["decoding"] = (
                f"sampled with top_p {recipe.top_p}, seed {self._context.seed}"
                if recipe.top_p
                else "greedy; its authors sample with top_p 0.1 (MVTec AD) or 0.01 (VisA), which is nearly so"
            )
        return told

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """One reply for each view, in their order; views of one case are looked at together."""
        failed: dict[str, str] = {}
        for together in batches(views, lambda view: self._room(view, failed)):
            yield from self._replies(together, failed)

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """The training images' scores; None where there are none. Raises IadError as scoring does.

        On the few-shot path those of the images that views are not compared with.
        """
        samples = self._scored(siblings)
        if not samples:
            return None
        self._judge.ready(siblings)
        images = TrainingImages([sample.image_path for sample in samples], self._context.read)
        size, of = self._judge.batch(), any_of(siblings)
        scores: list[float] = []
        what = f"{len(samples)} training images of {of.dataset}/{of.class_name}"
        with self._context.saying(f"{self.name} scores {what}"):
            waiting: list[Image.Image] = []
            for number, image in enumerate(images, 1):
                waiting.append(image)
                if len(waiting) == size or number == len(samples):
                    scores += [each.score for each in self._judge.judge(waiting, siblings, False)]
                    waiting = []
        return Calibration(tuple(scores), "held-out" if self._judge.references(siblings) else "in-sample")

    def close(self) -> None:
        """Gives back the networks' memory; may be called twice."""
        self._judge.close()

    def _identity(self, siblings: ClassSamples) -> dict[str, Json]:
        """What decides a score."""
        recipe, of = self._recipe, any_of(siblings)
        files = self._judge.needs(of.dataset)
        if recipe.path == "few-shot":
            files = {key: path for key, path in files.items() if self._has_answers or key == "imagebind"}
            compared: Json = [
                self._context.digests(sample.image_path) for sample in self._judge.references(siblings)
            ]
        else:
            compared = class_word(of.class_name, recipe.corrected_class_words)
        return {
            "model": self.name,
            "version": VERSION,
            "path": recipe.path,
            "preprocessing": recipe.preprocessing,
            "precision": recipe.precision,
            "compared_with": compared,
            "weights": {key: weights.content(path, self._context) for key, path in files.items()},
        }

    def _scored(self, siblings: ClassSamples) -> list[Sample]:
        kept = set(self._judge.references(siblings))
        return [sample for sample in siblings.train if sample not in kept]

    def _content(self, samples: Sequence[Sample]) -> str:
        return digest_json(sorted(self._context.digests(sample.image_path) for sample in samples))

    def _room(self, view: View, failed: dict[str, str]) -> int:
        """How many views of this case are judged at once; notes a class that cannot be judged at all."""
        of = _class_of(view)
        if of not in failed:
            try:
                self._judge.ready(view.siblings)
                return self._judge.batch()
            except IadError as error:
                failed[of] = str(error)
        return 1

    def _replies(self, views: Sequence[View], failed: dict[str, str]) -> Iterator[Reply]:
        if (known := failed.get(_class_of(views[0]))) is not None:
            yield from (Reply(view, error=known) for view in views)
            return
        try:
            found = self._judge.judge([view.image for view in views], views[0].siblings, self._has_answers)
        except IadError as error:
            if len(views) == 1:
                yield Reply(views[0], error=str(error))
            else:  # one of them may be at fault: it fails alone
                for view in views:
                    yield from self._replies([view], failed)
            return
        for view, each in zip(views, found, strict=True):
            yield Reply(
                view,
                score=each.score,
                answer=each.answer,
                latency_s=each.latency_s,
                anomaly_map=each.anomaly_map,
            )


def _class_of(view: View) -> str:
    return f"{view.sample.dataset}/{view.sample.class_name}"
