"""Which pictures a page carries inside itself, for one file to share: the most telling first."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from iad_eval.reports.page.columns import Gallery
from iad_eval.reports.page.gallery import outline_of, picture_of
from iad_eval.words import ORIGINAL, Json

_TYPES: Mapping[str, str] = {".jpg": "image/jpeg", ".png": "image/png"}
_AROUND = 8  # bytes: what JSON puts around a path and its picture
_NOTHING_FITS = 512  # bytes: no picture is that small


def embedded(
    run: Path,
    gallery: Gallery,
    summary: Mapping[str, Json],
    room: int,
    *,
    flips: Iterable[tuple[str, str]] = (),
) -> dict[str, str]:
    """Relative path -> data URI, of at most ``room`` bytes together, as JSON writes them.

    First the ``flips`` that the page shows (sample and perturbation), then the views that the
    summary names (mistakes, examples, sheets) with their anomaly maps, then the references, then
    views that somebody judged wrongly or otherwise than their original, then the other views, then
    the other maps. A file that does not fit is passed over.
    """
    found: dict[str, str] = {}
    for path in _most_telling(gallery, summary, flips):
        if room < _NOTHING_FITS:
            break
        if path in found:
            continue
        file = run / path
        try:
            if _length(path, file.stat().st_size) > room:
                continue
            uri = f"data:{_TYPES[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
        except OSError:
            continue
        found[path] = uri
        room -= len(path) + len(uri) + _AROUND
    return found


def _length(path: str, size: int) -> int:
    """How long a file of ``size`` bytes is as an entry."""
    return len(path) + len("data:image/jpeg;base64,") + (size + 2) // 3 * 4 + _AROUND


def _most_telling(
    gallery: Gallery, summary: Mapping[str, Json], flips: Iterable[tuple[str, str]]
) -> Iterator[str]:
    for place in flips:
        if (index := gallery.find(*place)) is not None:
            yield from _of_view(gallery, index)
    named = [index for place in _named(gallery, summary) if (index := gallery.find(*place)) is not None]
    for index in named:
        yield from _of_view(gallery, index)
        yield from _maps(gallery, index)
    for sample in gallery.references.values():
        yield picture_of(sample, ORIGINAL)
    telling = dict.fromkeys((*_wrong(gallery), *gallery.flips()))
    for index in telling:
        yield from _of_view(gallery, index)
    for index in range(len(gallery.views)):
        yield from _of_view(gallery, index)
    for index in (*telling, *range(len(gallery.views))):
        yield from _maps(gallery, index)


def _named(gallery: Gallery, summary: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for highlight in gallery.highlights:
        yield highlight.sample, highlight.perturbation
    for name in ("sheets", "examples", "mistakes"):
        for record in _records(summary, name):
            views = record.get("perturbations", [record.get("perturbation", ORIGINAL)])
            for view in views if isinstance(views, Sequence) else ():
                yield str(record.get("sample")), str(view)


def _wrong(gallery: Gallery) -> Iterator[int]:
    for index, view in enumerate(gallery.views):
        is_anomalous = gallery.photographs[view.photograph].is_anomalous
        if any(voice.is_right(index, is_anomalous) is False for voice in gallery.judging()):
            yield index


def _of_view(gallery: Gallery, index: int) -> Iterator[str]:
    view = gallery.views[index]
    sample = gallery.photographs[view.photograph].sample
    if view.has_picture:
        yield picture_of(sample, view.perturbation)
    if view.has_outline:
        yield outline_of(sample, view.perturbation)


def _maps(gallery: Gallery, index: int) -> Iterator[str]:
    for voice in gallery.voices:
        found = voice.maps[index]
        if found is not None:
            yield f"maps/{voice.folder}/{found.key}.png"


def _records(summary: Mapping[str, Json], name: str) -> list[Mapping[str, Json]]:
    found = summary.get(name, [])
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, Sequence) else []
