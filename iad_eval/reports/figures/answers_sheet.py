"""Figure 8 of the paper: answers beside their images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from iad_eval.reports.chart import Sheet, Tile
from iad_eval.reports.figures.naming import figure_name
from iad_eval.reports.reading import Row, entrant, number
from iad_eval.reports.wording import counted, listed
from iad_eval.visible import visible

LONGEST = 300
"""Characters of an answer; the rest is in ``predictions.csv``."""

_CALLED: Final[Mapping[str, str]] = {
    "hit": "called anomalous, rightly",
    "miss": "called normal: a missed defect",
    "overkill": "called anomalous: a good part rejected",
    "pass": "called normal, rightly",
    "unreadable": "says neither yes nor no",
}
_COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    "hit": ("defect found", "defects found"),
    "miss": ("defect missed", "defects missed"),
    "overkill": ("good part rejected", "good parts rejected"),
    "pass": ("good part passed", "good parts passed"),
    "unreadable": ("unreadable answer", "unreadable answers"),
}


def answers_sheet(entries: Sequence[Row]) -> Sheet | None:
    """The examples of one asker on one dataset, in their order; None without any."""
    if not entries:
        return None
    who, dataset = entrant(entries[0]), str(entries[0]["dataset"])
    counts = Counter(str(entry["kind"]) for entry in entries)
    told = [
        f"{counts[kind]} {one if counts[kind] == 1 else several}"
        for kind, (one, several) in _COUNTED.items()
        if counts[kind]
    ]
    return Sheet(
        figure_name(dataset, who.model, who.protocol, "answers"),
        f"{visible(dataset)}: what {visible(who.label)} answered",
        f"{counted(len(entries), 'answer')} of {visible(who.label)} with the images from {visible(dataset)}: "
        f"{listed(told)}.",
        tuple(map(_tile, entries)),
        (
            "As Figure 8 of the paper: chosen by kind, classes that differ and answers that explain first; "
            f"not a fair sample. Longer answers are cut at about {LONGEST} characters.",
        ),
    )


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text on one line; longer than ``longest`` characters it is cut at a word, with an ellipsis."""
    line = visible(" ".join(text.split()))
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    if line[longest - 1] != " " and " " in cut[longest // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:.-–") + "…"


def _tile(entry: Row) -> Tile:
    sample = str(entry["sample"])
    is_anomalous = entry["is_anomalous"] is True
    truth = f"anomalous ({visible(str(entry['defect']))})" if is_anomalous else "normal"
    score = number(entry["score"])
    called = _CALLED[str(entry["kind"])] + ("" if score is None else f" (score {score:.3g})")
    return Tile(
        sample,
        str(entry["perturbation"]),
        (visible(sample.partition("/")[2]), f"truth: {truth}", called, shortened(str(entry["answer"] or ""))),
        has_outline=is_anomalous,
    )
