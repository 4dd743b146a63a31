"""Models that look at nothing: the trivial floors, and an oracle and a die for self-tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from iad_eval.identity import digest_json
from iad_eval.predictors import Calibration, Reply
from iad_eval.views import View
from iad_eval.words import ClassSamples, Json


class Blind:
    """What the models here share: no training, nothing to give back."""

    def __init__(self, name: str) -> None:
        self.name = name

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """Nothing but the name decides the answer."""
        return {"model": self.name}

    def describe(self) -> Mapping[str, Json]:
        """The class's own words."""
        return {"kind": "blind", "says": (self.__doc__ or "").partition("\n")[0]}

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """No scores."""
        return None

    def close(self) -> None:
        """Nothing to give back."""


class Constant(Blind):
    """Says the same of every view: the trivial floor that a model must beat."""

    def __init__(self, name: str, answer: str) -> None:
        super().__init__(name)
        self._answer = answer

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """The one answer, for each view."""
        for view in views:
            yield Reply(view, answer=self._answer, latency_s=0.0)


class Oracle(Blind):
    """Reads the truth from the sample: the ceiling, for self-tests of the reports."""

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """The truth decides, so it is part of the identity: mending a label must not meet an old answer."""
        truths: list[Json] = [[sample.id, sample.is_anomalous] for sample in siblings.test]
        return {"model": self.name, "truths": digest_json(truths)}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """Score 1 for anomalous samples, 0 for normal ones."""
        for view in views:
            yield Reply(view, score=float(view.sample.is_anomalous), latency_s=0.0)

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """Training images are normal: score 0."""
        return Calibration((0.0,) * max(1, len(siblings.train)), "in-sample")


class Random(Blind):
    """Throws a die for each view, from the seed and the view's identity: image AUROC 0.5 on average."""

    def __init__(self, name: str, seed: int, digests: Callable[[Path], str]) -> None:
        super().__init__(name)
        self._seed = seed
        self._digests = digests

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        """The name and the seed."""
        return {"model": self.name, "seed": self._seed}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        """A score in 0..1, the same whenever the same view is asked with the same seed."""
        for view in views:
            yield Reply(view, score=self._throw(view.key), latency_s=0.0)

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        """A throw for each training image."""
        return Calibration(
            tuple(self._throw(self._digests(sample.image_path)) for sample in siblings.train), "in-sample"
        )

    def _throw(self, of: str) -> float:
        return int(digest_json([self._seed, of])[:13], 16) / 16**13
