"""The page: a document, its figures and the gallery in one file of HTML. The only room that knows jinja2."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from iad_eval.reports.document import Document
from iad_eval.reports.page.columns import Gallery
from iad_eval.reports.page.compared import Compared
from iad_eval.reports.page.facts import Facts
from iad_eval.reports.page.flip_cards import SIGNS
from iad_eval.reports.page.gallery import harmless
from iad_eval.reports.page.payload import packed
from iad_eval.reports.page.sections import kind, reading, sort_value
from iad_eval.reports.page.shots import mistake_rows, tile_shot
from iad_eval.reports.table import MARKS
from iad_eval.visible import visible

ASSETS = Path(__file__).parent
SCRIPTS = ("tables.js", "views.js", "filters.js", "cards.js", "dialog.js", "main.js")
"""The page's script is these files, one after the other."""


def render(
    document: Document,
    figures: Mapping[str, str],
    gallery: Gallery,
    facts: Facts,
    embedded: Mapping[str, str] | None = None,
    *,
    light: Mapping[str, str],
    dark: Mapping[str, str],
    comparison: Compared | None = None,
) -> str:
    """The page's text; it asks for nothing but pictures beside it, and with ``embedded`` for fewer of these.

    ``figures`` maps the names of charts to inline SVG, which is taken as it is; all other text
    is escaped. ``light`` and ``dark`` are the figures' colours (``--fig-ink`` or ``fig-ink`` ->
    a colour). ``embedded`` maps relative paths to data URIs (:mod:`iad_eval.reports.page.embedding`);
    each adds to a page with none of them no more than its own JSON. ``comparison`` adds a section.
    """
    script = _script()
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(ASSETS),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"visible": visible, "harmless": harmless, "kind": kind, "sort_value": sort_value}
    pictures = sum(view.has_picture for view in gallery.views)
    text: str = environment.get_template("page.html.j2").render(
        page=reading(document, sorted({each.dataset for each in gallery.photographs})),
        facts=facts,
        figures={name: Markup(svg) for name, svg in figures.items()},
        mistakes=mistake_rows(gallery),
        shot=lambda tile: tile_shot(gallery, tile),
        marks=MARKS,
        compared=comparison,
        verdict_signs=SIGNS,
        views=len(gallery.views),
        pictures=pictures,
        pictures_held=None if embedded is None else sum(path.endswith(".jpg") for path in embedded),
        held_json=None if embedded is None else Markup(_json(embedded)),
        data=packed(gallery),
        style=Markup(_style(light, dark)),
        script=Markup(script),
        script_digest=digest,
    )
    return text


def _script() -> str:
    return "\n".join(['"use strict";', *((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)])


def _style(light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """The style sheet with the figures' colours, which follow the page's."""
    bright, dim = _variables(light), _variables(dark)
    colours = (
        f":root{{{bright}}}\n"
        f"@media (prefers-color-scheme: dark){{:root:not([data-theme=light]){{{dim}}}}}\n"
        f":root[data-theme=dark]{{{dim}}}\n"
        f"@media print{{:root,:root[data-theme=dark],:root:not([data-theme=light]){{{bright}}}}}\n"
    )
    return colours + (ASSETS / "page.css").read_text(encoding="utf-8")


def _variables(colours: Mapping[str, str]) -> str:
    return "".join(f"--{name.lstrip('-')}:{colour};" for name, colour in colours.items())


def _json(value: Mapping[str, str]) -> str:
    """JSON that can stand in a script element: without the signs that HTML looks for there."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e")
