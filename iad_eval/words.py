"""The vocabulary: frozen values that every module speaks in.

One word, one meaning (``docs/architecture.md`` lists them). Nothing here opens a
file, draws a picture or knows pytest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

Verdict = Literal["anomalous", "normal", "unreadable", "failed"]
"""What an observation comes to. ``unreadable`` counts as wrong, ``failed`` is never scored."""

Threshold = Literal["max", "p90", "p80", "answer"]
"""How a verdict was reached: from training scores (paper, section 4.4) or read from the answer."""

SCORE_THRESHOLDS: tuple[Threshold, ...] = ("max", "p90", "p80")
"""The paper's three thresholds, in the order in which ties are decided."""

GOOD = "good"
"""The ``defect`` of a normal sample."""

ORIGINAL = "original"
"""The perturbation that changes nothing."""

RECORDED = "recorded"
"""Set in the details of an answer that came with the model: nobody was asked for it here."""

TRIVIAL = frozenset({"always-anomalous", "always-normal", "random", "oracle"})
"""Models that do not look at the view, or that look at the answer: floors and ceiling, nothing to compare."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One photograph of a dataset.

    ``stem`` is the file name without its ending; ``defect`` is :data:`GOOD` for normal
    samples. ``mask_path`` is None for normal samples and where a dataset has no masks.
    """

    dataset: str
    class_name: str
    split: Literal["train", "test"]
    defect: str
    stem: str
    is_anomalous: bool
    image_path: Path
    mask_path: Path | None = None

    @property
    def id(self) -> str:
        """For example ``mvtec/bottle/test/broken_large/000``."""
        return f"{self.dataset}/{self.class_name}/{self.split}/{self.defect}/{self.stem}"


@dataclass(frozen=True, slots=True)
class ClassSamples:
    """All samples of one class, each split sorted by sample id."""

    train: tuple[Sample, ...]
    test: tuple[Sample, ...]

    @property
    def reference(self) -> Sample | None:
        """The good sample shown to an LVLM: the first training image by name (paper, 3.2)."""
        return self.train[0] if self.train else None

    def limited(self, count: int | None) -> ClassSamples:
        """The same training samples with the first ``count`` normal and anomalous test samples."""
        if count is None:
            return self
        normal = [s for s in self.test if not s.is_anomalous][:count]
        anomalous = [s for s in self.test if s.is_anomalous][:count]
        chosen = {s.id for s in (*normal, *anomalous)}
        return ClassSamples(self.train, tuple(s for s in self.test if s.id in chosen))


@dataclass(frozen=True, slots=True, order=True)
class Case:
    """Dataset class x perturbation x model (x protocol): one pytest item."""

    model: str
    dataset: str
    class_name: str
    perturbation: str
    protocol: str | None = None

    @property
    def sort_key(self) -> tuple[str, ...]:
        """Cases in one order everywhere: by dataset, class, model, protocol, perturbation."""
        return (self.dataset, self.class_name, self.model, self.protocol or "", self.perturbation)

    @property
    def group(self) -> str:
        """Cases of a group share one fit or one cached reference: keep them on one worker."""
        return f"{self.dataset}-{self.class_name}-{self.model}"


@dataclass(frozen=True, slots=True)
class ViewId:
    """Which view, judged by whom: the identity under which observations are found and merged.

    ``repeat`` counts the answers that a model drew about the view: 0 is the one that everything but
    the noise of sampling is about.
    """

    sample: str
    perturbation: str
    model: str
    protocol: str | None
    repeat: int = 0

    @property
    def sort_key(self) -> tuple[str | int, ...]:
        """Views in one order everywhere: by model, protocol, photograph, perturbation, repeat."""
        return (self.model, self.protocol or "", self.sample, self.perturbation, self.repeat)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a model really said about one view, or why it said nothing.

    ``score`` grows with abnormality and has the model's own unit; ``mask_fraction`` is
    the share (0..1) of the view's pixels that the mask marks, 0 for normal samples, None
    without a mask; ``hidden_fraction`` the share of the defect that the perturbation
    covers or moves out of the frame. ``key`` is the identity of the answer
    (:mod:`iad_eval.identity`), ``error`` the reason of a failure, ``at`` the UTC time, ``repeat``
    which of the answers drawn about the view it is, from 0 on.
    """

    sample: str
    dataset: str
    class_name: str
    defect: str
    is_anomalous: bool
    perturbation: str
    model: str
    protocol: str | None
    score: float | None
    answer: str | None
    latency_s: float | None
    error: str | None
    mask_fraction: float | None
    key: str
    hidden_fraction: float | None = None
    image_digest: str = ""
    mask_digest: str = ""
    at: str = ""
    details: Mapping[str, Json] = field(default_factory=dict)
    repeat: int = 0

    @property
    def view(self) -> ViewId:
        """The identity under which it is found and merged."""
        return ViewId(self.sample, self.perturbation, self.model, self.protocol, self.repeat)

    def to_json(self) -> dict[str, Json]:
        """A flat JSON object; :meth:`from_json` gives back an equal observation."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, object]) -> Observation:
        """The observation of a JSON object; keys unknown to this version are left out."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        return cls(**known)  # type: ignore[arg-type]  # a stored record is trusted to have our types


@dataclass(frozen=True, slots=True)
class TrainingScores:
    """The scores of a class's training images, from which thresholds are taken.

    ``taken`` says how: ``leave-one-out``, ``in-sample``, ``5-fold`` ...
    """

    dataset: str
    class_name: str
    model: str
    protocol: str | None
    scores: tuple[float, ...]
    taken: str
    key: str

    def to_json(self) -> dict[str, Json]:
        """A flat JSON object; :meth:`from_json` gives back equal scores."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, object]) -> TrainingScores:
        """The training scores of a JSON object."""
        known = {name: record[name] for name in cls.__dataclass_fields__ if name in record}
        known["scores"] = tuple(known["scores"])  # type: ignore[arg-type]  # as above
        return cls(**known)  # type: ignore[arg-type]  # as above
