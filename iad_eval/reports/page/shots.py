"""Pictures of views that stand in the text of a page, each a link into its gallery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from iad_eval.reports.chart import Tile
from iad_eval.reports.page.columns import Gallery, Highlight, Photograph
from iad_eval.reports.page.gallery import outline_of, picture_of
from iad_eval.reports.wording import counted
from iad_eval.visible import visible

_CALLED: Mapping[str, str] = {"missed": "normal", "overkill": "anomalous"}


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture with its link and words; ``picture`` and ``outline`` are paths, empty where there is none."""

    link: str
    picture: str
    outline: str
    alt: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MistakeRow:
    """The plainest mistakes of one entrant in one dataset."""

    dataset: str
    label: str
    link: str
    shots: tuple[Shot, ...]


def link_to(sample: str, perturbation: str) -> str:
    """The page's own address of a view: ``#photo=...&view=...``."""
    return f"#photo={quote(visible(sample), safe='/')}&view={quote(visible(perturbation), safe='')}"


def mistake_rows(gallery: Gallery) -> list[MistakeRow]:
    """Highlights by dataset and entrant, in their order."""
    rows: dict[tuple[str, str], list[Highlight]] = {}
    for highlight in gallery.highlights:
        rows.setdefault((highlight.dataset, highlight.who.label), []).append(highlight)
    several = len({dataset for dataset, _ in rows}) > 1
    found = []
    for (dataset, label), highlights in rows.items():
        link = f"#model={quote(visible(label), safe='')}&outcome=wrong"
        link += f"&dataset={quote(visible(dataset), safe='')}" if several else ""
        found.append(
            MistakeRow(dataset, label, link, tuple(_mistake(gallery, highlight) for highlight in highlights))
        )
    return found


def tile_shot(gallery: Gallery, tile: Tile) -> Shot:
    """A tile of a sheet: the first line of its caption stands out."""
    first, *others = tile.caption or (tile.perturbation,)
    photograph = _photograph(gallery, tile.sample, tile.perturbation)
    about = _about(photograph, tile.perturbation) if photograph else tile.sample
    alt = ". ".join([about, *tile.caption])
    return _shot(gallery, tile.sample, tile.perturbation, tile.has_outline, alt, first, tuple(others))


def view_shot(gallery: Gallery, sample: str, perturbation: str, alt: str) -> Shot:
    """A view without words below it; the link is empty where the run does not hold the view."""
    shot = _shot(gallery, sample, perturbation, True, alt, "", ())
    return shot if gallery.find(sample, perturbation) is not None else replace(shot, link="")


def _mistake(gallery: Gallery, highlight: Highlight) -> Shot:
    photograph = _photograph(gallery, highlight.sample, highlight.perturbation)
    called = _CALLED.get(highlight.kind, highlight.kind)
    lines = []
    if photograph is not None:
        lines.append(f"{photograph.class_name}, {photograph.defect}")
    if highlight.margin is not None:
        lines.append(f"{highlight.margin:.1f} standard deviations off")
    lines.append(f"wrong in {highlight.wrong_views} of {counted(highlight.views, 'view')}")
    about = _about(photograph, highlight.perturbation) if photograph else highlight.sample
    alt = f"{about}; {highlight.who.label} called it {called}"
    title = "Missed defect" if highlight.kind == "missed" else "Good part called anomalous"
    return _shot(gallery, highlight.sample, highlight.perturbation, True, alt, title, tuple(lines))


def _shot(
    gallery: Gallery,
    sample: str,
    perturbation: str,
    outlined: bool,
    alt: str,
    title: str,
    lines: tuple[str, ...],
) -> Shot:
    index = gallery.find(sample, perturbation)
    view = None if index is None else gallery.views[index]
    return Shot(
        link="#gallery" if view is None else link_to(sample, perturbation),
        picture=picture_of(sample, perturbation) if view is not None and view.has_picture else "",
        outline=outline_of(sample, perturbation)
        if view is not None and view.has_outline and outlined
        else "",
        alt=alt,
        title=title,
        lines=lines,
    )


def _photograph(gallery: Gallery, sample: str, perturbation: str) -> Photograph | None:
    index = gallery.find(sample, perturbation)
    return None if index is None else gallery.photographs[gallery.views[index].photograph]


def _about(photograph: Photograph, perturbation: str) -> str:
    state = "anomalous" if photograph.is_anomalous else "normal"
    return f"{photograph.class_name}, {photograph.defect} ({state}), {perturbation} view"
