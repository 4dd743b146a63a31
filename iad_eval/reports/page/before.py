"""What the run that a page is compared with said of the views that flipped since, put into its gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from iad_eval.reports.page import columns
from iad_eval.reports.page.columns import Before, Gallery
from iad_eval.reports.page.gallery import harmless
from iad_eval.reports.reading import Entrant, entrant, number, records
from iad_eval.words import Json

NEWLY_WRONG = "newly wrong"
_SIGNS: Mapping[str, str] = {
    "anomalous": columns.ANOMALOUS,
    "normal": columns.NORMAL,
    "unreadable": columns.UNREADABLE,
}


def with_before(gallery: Gallery, record: Mapping[str, Json]) -> Gallery:
    """The gallery that also knows the flips of a comparison (``comparison.json``) that it has views of."""
    texts = list(gallery.texts)
    places = {text: index for index, text in enumerate(texts)}

    def said(answer: Json) -> int:
        if answer is None:
            return -1
        text = harmless(str(answer))
        if text not in places:
            places[text] = len(texts)
            texts.append(text)
        return places[text]

    found: dict[Entrant, dict[int, Before]] = {}
    for flip in records(record, "flips"):
        view, before = gallery.find(str(flip["sample"]), str(flip["perturbation"])), flip["before"]
        assert isinstance(before, Mapping)
        if view is not None:
            score = number(before["score"])
            found.setdefault(entrant(flip), {})[view] = Before(
                flip["kind"] == NEWLY_WRONG,
                _SIGNS[str(before["verdict"])],
                None if score is None else float(f"{score:.4g}"),
                said(before["answer"]),
            )
    return replace(
        gallery,
        voices=[replace(voice, before=found.get(voice.who, {})) for voice in gallery.voices],
        texts=texts,
        compared_with=str(record["before"]),
    )
