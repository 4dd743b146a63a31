"""The page and the figures of a run, written into its directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from iad_eval.errors import UsageError
from iad_eval.pictures import outline_path, picture_path
from iad_eval.reports import Document
from iad_eval.reports.chart import Chart, Figure, Sheet
from iad_eval.results import PAGE, Results
from iad_eval.store import write_atomically

EMBEDDED_PAGE: Final = "report-embedded.html"
FIGURES: Final = "figures"


def publish(results: Results, *, vs_paper: bool = False, embed_bytes: int | None = None) -> list[Path]:
    """Writes ``report.html`` and each figure as SVG and PNG; returns the pages.

    With ``embed_bytes`` there is also ``report-embedded.html``, which holds as many pictures of
    views as fit into that size. Raises UsageError where the directory cannot be written.
    """
    document = results.document(verbose=True, next_from=Path.cwd(), vs_paper=vs_paper, with_figures=True)
    try:
        drawn = _draw(results.run, [each for each in document.blocks if isinstance(each, Chart | Sheet)])
        pages = _pages(results, document, drawn, embed_bytes)
        for name, text in pages.items():
            write_atomically(results.run / name, text)
    except OSError as error:
        raise UsageError(
            f"cannot write the page into {results.run}: {error.strerror or error}. What was observed is "
            "kept: make room or make it writable, then type: "
            f"python -m iad_eval report {results.run}"
        ) from error
    return [results.run / name for name in pages]


def _pages(
    results: Results, document: Document, drawn: Mapping[str, str], embed_bytes: int | None
) -> dict[str, str]:
    """The pages by file name."""
    from iad_eval.reports.page.embedding import embedded
    from iad_eval.reports.page.facts import facts
    from iad_eval.reports.page.gallery import gallery
    from iad_eval.reports.page.render import render
    from iad_eval.reports.plots.svg import DARK, LIGHT

    shown = gallery(results.observations, results.training, results.summary, results.manifest, results.run)
    told = facts(results.summary, results.manifest, results.run.resolve().name)
    light, dark = ({f"fig-{role}": colour for role, colour in each.items()} for each in (LIGHT, DARK))

    def page(held: Mapping[str, str] | None) -> str:
        return render(document, drawn, shown, told, held, light=light, dark=dark)

    pages = {PAGE: page(None)}
    if embed_bytes is not None:
        room = embed_bytes - len(page({}).encode())
        pages[EMBEDDED_PAGE] = page(embedded(results.run, shown, results.summary, room))
    return pages


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
