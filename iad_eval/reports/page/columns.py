"""The gallery as values: photographs, their views, and what every entrant said of each view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iad_eval.reports.page.map_ranges import MapFile
from iad_eval.reports.reading import Entrant

ANOMALOUS, NORMAL, UNREADABLE, FAILED = "a", "n", "u", "f"
NO_THRESHOLD, NOT_ASKED = "s", "-"
"""A view was scored, but there is no threshold to judge it by; nobody asked."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph and the name of the folder that its pictures lie in."""

    sample: str
    dataset: str
    class_name: str
    defect: str
    is_anomalous: bool
    folder: str


@dataclass(frozen=True, slots=True)
class View:
    """A photograph (by its index) under a perturbation, and which of its files the run holds.

    ``mask_fraction`` and ``hidden_fraction`` are shares 0..1, None where they are not known.
    """

    photograph: int
    perturbation: str
    has_picture: bool
    has_outline: bool
    mask_fraction: float | None
    hidden_fraction: float | None


@dataclass(frozen=True, slots=True)
class Before:
    """What the compared run said of a view that flipped since: as a :class:`Voice` says it of one view."""

    is_newly_wrong: bool
    verdict: str
    score: float | None
    said: int


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """What one entrant made of ``n`` views, in the order of the gallery's views.

    ``verdicts`` (n) are the signs :data:`ANOMALOUS` ... :data:`NOT_ASKED` at the headline
    ``thresholds`` (by dataset); ``scores`` (n) have four significant digits; ``said`` (n) are
    indices into the gallery's texts, -1 where there is none; ``maps`` (n) is None without one;
    ``values`` are the thresholds by (dataset, class). ``before`` are the flips since a compared run,
    by the view's index.
    """

    who: Entrant
    is_trivial: bool
    folder: str
    thresholds: Mapping[str, str]
    values: Mapping[tuple[str, str], float]
    verdicts: str
    scores: Sequence[float | None]
    said: Sequence[int]
    maps: Sequence[MapFile | None]
    before: Mapping[int, Before] = field(default_factory=dict)

    def is_right(self, index: int, is_anomalous: bool) -> bool | None:
        """Whether a view was judged as it is; None where it was not judged. Unreadable is wrong."""
        sign = self.verdicts[index]
        if sign in (ANOMALOUS, NORMAL, UNREADABLE):
            return sign == (ANOMALOUS if is_anomalous else NORMAL)
        return None


@dataclass(frozen=True, slots=True)
class Highlight:
    """One of the plainest mistakes: the place of a view that is worth looking at first.

    ``margin`` is the score's distance from the threshold in standard deviations, None for answers.
    """

    dataset: str
    who: Entrant
    sample: str
    perturbation: str
    kind: str
    margin: float | None
    wrong_views: int
    views: int


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Everything that the page's gallery shows.

    ``references`` are the samples of the good photographs by (dataset, class), where their
    picture is in the run; ``texts`` are answers and errors, each once, made harmless.
    ``compared_with`` is the name of the run that this one is compared with, if there is one.
    """

    perturbations: Sequence[str]
    photographs: Sequence[Photograph]
    views: Sequence[View]
    voices: Sequence[Voice]
    texts: Sequence[str]
    references: Mapping[tuple[str, str], str]
    highlights: Sequence[Highlight] = ()
    compared_with: str | None = None
    _places: Mapping[tuple[str, str], int] = field(init=False)

    def __post_init__(self) -> None:
        places = {
            (self.photographs[view.photograph].sample, view.perturbation): index
            for index, view in enumerate(self.views)
        }
        object.__setattr__(self, "_places", places)

    def find(self, sample: str, perturbation: str) -> int | None:
        """The index of a view; None where the run does not hold it."""
        return self._places.get((sample, perturbation))

    def judging(self) -> Sequence[Voice]:
        """The entrants that look at photographs; all of them where none does."""
        return [voice for voice in self.voices if not voice.is_trivial] or self.voices

    def flips(self) -> Iterator[int]:
        """The views of which right or wrong differs from the same entrant's original view."""
        for index, view in enumerate(self.views):
            photograph = self.photographs[view.photograph]
            original = self.find(photograph.sample, "original")
            if original is None or original == index:
                continue
            for voice in self.judging():
                before = voice.is_right(original, photograph.is_anomalous)
                now = voice.is_right(index, photograph.is_anomalous)
                if before is not None and now is not None and before != now:
                    yield index
                    break
