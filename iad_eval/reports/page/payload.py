"""The gallery as a page carries it: columns as JSON, packed, in signs that HTML leaves alone."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence

from iad_eval.pictures import folder_of
from iad_eval.reports.page.columns import Gallery, Voice
from iad_eval.reports.page.map_ranges import MapFile, shared_scale
from iad_eval.store import file_name
from iad_eval.visible import visible
from iad_eval.words import ORIGINAL, Json

ClassPlace = tuple[str, str]
"""Dataset and class."""


def packed(gallery: Gallery) -> str:
    """:func:`payload` as base64 of gzip of JSON; the same for the same gallery."""
    text = json.dumps(payload(gallery), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 9, mtime=0)).decode("ascii")


def payload(gallery: Gallery) -> dict[str, Json]:
    """Columns of equal length for photographs, views and each entrant; all foreign text made harmless."""
    places = sorted({(each.dataset, each.class_name) for each in gallery.photographs})
    datasets = sorted({dataset for dataset, _ in places})
    defects = sorted({each.defect for each in gallery.photographs})
    class_index = {place: index for index, place in enumerate(places)}
    defect_index = {name: index for index, name in enumerate(defects)}
    view_index = {name: index for index, name in enumerate(gallery.perturbations)}
    photographs, views = gallery.photographs, gallery.views
    return {
        "datasets": [visible(name) for name in datasets],
        "classes": [[datasets.index(dataset), visible(name)] for dataset, name in places],
        "defects": [visible(name) for name in defects],
        "perturbations": [visible(name) for name in gallery.perturbations],
        "files": [file_name(name) for name in gallery.perturbations],
        "photographs": {
            "sample": [visible(each.sample) for each in photographs],
            "class": [class_index[each.dataset, each.class_name] for each in photographs],
            "defect": [defect_index[each.defect] for each in photographs],
            "anomalous": "".join(str(int(each.is_anomalous)) for each in photographs),
            "folder": [each.folder for each in photographs],
        },
        "views": {
            "photograph": [each.photograph for each in views],
            "perturbation": [view_index[each.perturbation] for each in views],
            "held": "".join(str(each.has_picture + 2 * each.has_outline) for each in views),
            "mask": [each.mask_fraction for each in views],
            "hidden": [
                [index, each.hidden_fraction]
                for index, each in enumerate(views)
                if each.hidden_fraction is not None
            ],
        },
        "references": [
            [class_index[place], visible(sample), folder_of(sample)]
            for place, sample in sorted(gallery.references.items())
            if place in class_index
        ],
        "entrants": [_entrant(voice, gallery, places, datasets) for voice in gallery.voices],
        "texts": list(gallery.texts),
        "comparedWith": None if gallery.compared_with is None else visible(gallery.compared_with),
    }


def _entrant(
    voice: Voice, gallery: Gallery, places: Sequence[ClassPlace], datasets: Sequence[str]
) -> Mapping[str, Json]:
    scales = _scales(voice, gallery)
    return {
        "label": visible(voice.who.label),
        "trivial": voice.is_trivial,
        "folder": voice.folder,
        "thresholds": [voice.thresholds.get(dataset) for dataset in datasets],
        "values": [_short(voice.values.get(place)) for place in places],
        "verdicts": voice.verdicts,
        "scores": list(voice.scores) if any(score is not None for score in voice.scores) else None,
        "said": list(voice.said) if any(index >= 0 for index in voice.said) else None,
        "maps": {
            "key": [found.key if found else "" for found in voice.maps],
            "low": [_short(found.low, 3) if found else 0 for found in voice.maps],
            "high": [_short(found.high, 3) if found else 0 for found in voice.maps],
            "range": [list(map(_short, scales[place])) if place in scales else None for place in places],
        }
        if scales
        else None,
        "before": _before(voice),
    }


def _before(voice: Voice) -> Mapping[str, Json]:
    """One entry a flip, whether it is newly wrong as 1 or 0."""
    flips = sorted(voice.before.items())
    return {
        "view": [view for view, _ in flips],
        "newlyWrong": "".join(str(int(flip.is_newly_wrong)) for _, flip in flips),
        "verdicts": "".join(flip.verdict for _, flip in flips),
        "scores": [flip.score for _, flip in flips],
        "said": [flip.said for _, flip in flips],
    }


def _scales(voice: Voice, gallery: Gallery) -> Mapping[ClassPlace, tuple[float, float]]:
    """By class the scale of the original views' maps, of all views' where there are none."""
    originals: dict[ClassPlace, list[MapFile]] = {}
    every: dict[ClassPlace, list[MapFile]] = {}
    for found, view in zip(voice.maps, gallery.views, strict=True):
        if found is not None:
            photograph = gallery.photographs[view.photograph]
            place = (photograph.dataset, photograph.class_name)
            every.setdefault(place, []).append(found)
            if view.perturbation == ORIGINAL:
                originals.setdefault(place, []).append(found)
    return {place: shared_scale(originals.get(place, maps)) for place, maps in every.items()}


def _short(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")
