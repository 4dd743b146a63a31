"""The page and the figures of a run, written into its directory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from iad_eval.errors import UsageError
from iad_eval.pictures import outline_path, picture_path
from iad_eval.reports.chart import Chart, Figure, Sheet
from iad_eval.results import PAGE, Results, writing
from iad_eval.store import write_atomically
from iad_eval.words import Json

EMBEDDED_PAGE: Final = "report-embedded.html"
FIGURES: Final = "figures"


def publish(
    results: Results,
    *,
    vs_paper: bool = False,
    embed_bytes: int | None = None,
    comparison: Mapping[str, Json] | None = None,
) -> list[Path]:
    """Writes ``report.html`` and each figure as SVG and PNG; returns the pages.

    With ``embed_bytes`` there is also ``report-embedded.html``, which holds as many pictures of
    views as fit into that size. A ``comparison`` of the run with an earlier one (``comparison.json``)
    is shown on the page. Raises UsageError where the directory cannot be written.
    """
    from iad_eval.reports.page.before import with_before
    from iad_eval.reports.page.compared import compared
    from iad_eval.reports.page.embedding import embedded
    from iad_eval.reports.page.facts import facts
    from iad_eval.reports.page.gallery import gallery
    from iad_eval.reports.page.render import render
    from iad_eval.reports.plots.svg import DARK, LIGHT

    run, summary, manifest = results.run, results.summary, results.manifest
    document = results.document(verbose=True, next_from=Path.cwd(), vs_paper=vs_paper, with_figures=True)
    light, dark = ({f"fig-{role}": colour for role, colour in each.items()} for each in (LIGHT, DARK))
    with writing("the page", run):
        drawn = _draw(run, [each for each in document.blocks if isinstance(each, Chart | Sheet)])
        shown = gallery(results.observations, results.training, summary, manifest, run)
        told = facts(summary, manifest, run.resolve().name)
        since = None
        if comparison is not None:
            shown = with_before(shown, comparison)
            since = compared(comparison, shown)

        def page(held: Mapping[str, str] | None) -> str:
            return render(document, drawn, shown, told, held, light=light, dark=dark, comparison=since)

        write_atomically(run / PAGE, page(None))
        if embed_bytes is None:
            return [run / PAGE]
        least = len(page({}).encode())
        if least > embed_bytes:
            raise _too_small(embed_bytes, least)
        flips = () if since is None else since.views
        held = embedded(run, shown, summary, embed_bytes - least, flips=flips)
        write_atomically(run / EMBEDDED_PAGE, page(held))
    return [run / PAGE, run / EMBEDDED_PAGE]


def _too_small(asked: int, least: int) -> UsageError:
    return UsageError(
        f"{EMBEDDED_PAGE} cannot be kept to {asked / 1e6:g} MB: the page takes {least / 1e6:.1f} MB without "
        f"any picture: type --embed {math.ceil(least / 1e6) + 1} or more; {PAGE} is written"
    )


def _draw(run: Path, figures: Iterable[Figure]) -> dict[str, str]:
    """Writes the figures, takes away those that an earlier report left; returns SVG to put into a page."""
    from iad_eval.reports.plots import draw
    from iad_eval.reports.plots.svg import inline

    def picture(sample: str, perturbation: str) -> Path | None:
        return _existing(picture_path(run, sample, perturbation))

    def outline(sample: str, perturbation: str) -> Path | None:
        return _existing(outline_path(run, sample, perturbation))

    folder, found = run / FIGURES, {}
    stale = set(folder.glob("*.svg")) | set(folder.glob("*.png"))
    for figure in figures:
        drawn = draw(figure, picture, outline)
        write_atomically(folder / f"{figure.name}.svg", drawn.svg)
        write_atomically(folder / f"{figure.name}.png", drawn.png)
        stale -= {folder / f"{figure.name}.svg", folder / f"{figure.name}.png"}
        found[figure.name] = inline(drawn.svg, figure.name)
    for path in stale:
        path.unlink()
    return found


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None
