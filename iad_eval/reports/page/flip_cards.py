"""Flips as cards: the photograph, and what was said of it before and is said of it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from iad_eval.reports.page.before import NEWLY_WRONG
from iad_eval.reports.page.columns import Gallery
from iad_eval.reports.page.shots import Shot, view_shot
from iad_eval.reports.reading import Row, entrant, number, records
from iad_eval.words import Json

OPEN_AT_FIRST = 12
"""So many cards of a kind stand open, the others are folded."""

SIGNS: Mapping[str, str] = {"right": "✓", "wrong": "✗", "unreadable": "?"}
"""What stands before a verdict, so that it survives without colour."""

_MOST: Mapping[str, int] = {NEWLY_WRONG: 60, "newly right": 30}


@dataclass(frozen=True, slots=True)
class Side:
    """What one run said of a view.

    ``outcome`` is ``right``, ``wrong`` or ``unreadable``; score and answer are empty where there is none.
    """

    when: str
    verdict: str
    outcome: str
    score: str
    answer: str


@dataclass(frozen=True, slots=True)
class FlipCard:
    """One view that flipped; ``shot`` has no link where the run does not hold the view at all."""

    shot: Shot
    class_name: str
    defect: str
    is_anomalous: bool
    sample: str
    perturbation: str
    label: str
    sides: tuple[Side, Side]


@dataclass(frozen=True, slots=True)
class FlipCards:
    """The cards of one kind of flip, those that stand open and those that are folded, of ``count`` flips.

    ``link`` is the gallery's filter for all of them.
    """

    kind: str
    count: int
    shown: tuple[FlipCard, ...]
    folded: tuple[FlipCard, ...]
    link: str

    @property
    def cards(self) -> tuple[FlipCard, ...]:
        """All of them."""
        return self.shown + self.folded


def flip_cards(record: Mapping[str, Json], gallery: Gallery) -> tuple[FlipCards, ...]:
    """The flips of a comparison, newly wrong ones first: as many as a page bears, spread over classes."""
    found = []
    for kind, most in _MOST.items():
        flips = [flip for flip in records(record, "flips") if flip["kind"] == kind]
        chosen, first = spread(flips, most), spread(flips, OPEN_AT_FIRST)
        shown = tuple(_card(flip, gallery) for flip in first)
        folded = tuple(_card(flip, gallery) for flip in chosen if flip not in first)
        link = f"#compared={kind.replace(' ', '-')}"
        found.append(FlipCards(kind, len(flips), shown, folded, link))
    return tuple(each for each in found if each.count)


def spread(flips: Sequence[Row], most: int) -> list[Row]:
    """At most so many, in their order: the first of each asker's classes, then the second of each, ..."""
    by_class: dict[tuple[Json, ...], list[int]] = {}
    for place, flip in enumerate(flips):
        of = (flip["dataset"], flip["model"], flip["protocol"], flip["class_name"])
        by_class.setdefault(of, []).append(place)
    turns = (place for turn in zip_longest(*by_class.values()) for place in turn if place is not None)
    return [flips[place] for place in sorted(islice(turns, most))]


def _card(flip: Row, gallery: Gallery) -> FlipCard:
    sample, perturbation, who = str(flip["sample"]), str(flip["perturbation"]), entrant(flip)
    is_anomalous = bool(flip["is_anomalous"])
    class_name, defect = str(flip["class_name"]), str(flip["defect"])
    before, now = (
        _side(flip[name], when, is_anomalous) for name, when in (("before", "before"), ("after", "now"))
    )
    truth = "anomalous" if is_anomalous else "normal"
    alt = f"{class_name}, {defect} ({truth}), {perturbation} view; {who.label} called it {before.verdict}"
    return FlipCard(
        view_shot(gallery, sample, perturbation, f"{alt}, now {now.verdict}"),
        class_name,
        defect,
        is_anomalous,
        sample,
        perturbation,
        who.label,
        (before, now),
    )


def _side(said: Json, when: str, is_anomalous: bool) -> Side:
    assert isinstance(said, Mapping)
    verdict, score, answer = str(said["verdict"]), number(said["score"]), said["answer"]
    is_right = verdict == ("anomalous" if is_anomalous else "normal")
    outcome = "right" if is_right else "unreadable" if verdict == "unreadable" else "wrong"
    return Side(
        when, verdict, outcome, "" if score is None else f"{score:.4g}", "" if answer is None else str(answer)
    )
