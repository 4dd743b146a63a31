"""Charts and sheets as SVG and PNG."""

from __future__ import annotations

import io
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG

from iad_eval.reports.chart import Chart, Figure
from iad_eval.reports.plots.charts import chart_plot
from iad_eval.reports.plots.sheets import Files, sheet_plot
from iad_eval.reports.plots.style import SETTINGS
from iad_eval.reports.plots.svg import standalone, themed
from iad_eval.visible import visible

__all__ = ["Drawn", "draw"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as a file: ``svg`` follows the reader's theme, ``png`` is light, at 160 dots an inch."""

    svg: str
    png: bytes


def draw(figure: Figure, picture: Files, outline: Files) -> Drawn:
    """Draws a figure, always to the same bytes; a view without a picture is an empty frame that says so."""
    with rc_context(SETTINGS):  # type: ignore[arg-type]  # its keys are checked when they are set
        plot = chart_plot(figure) if isinstance(figure, Chart) else sheet_plot(figure, picture, outline)
        png, svg = io.BytesIO(), io.StringIO()
        FigureCanvasAgg(plot)
        plot.savefig(png, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 4})
        plot.set_layout_engine("none")  # it has found its places
        FigureCanvasSVG(plot)
        plot.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return Drawn(standalone(themed(svg.getvalue()), visible(figure.alt)), png.getvalue())
