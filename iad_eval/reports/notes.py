"""What is to be known about a model before its figures are believed."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.reports.document import Paragraph
from iad_eval.words import Json


def notes(manifest: Mapping[str, Json]) -> list[Paragraph]:
    """The ``note`` of each model that has one in its description."""
    configuration = manifest.get("configuration", {})
    models = configuration.get("models", {}) if isinstance(configuration, Mapping) else {}
    assert isinstance(models, Mapping)
    told = []
    for name, described in sorted(models.items()):
        note = described.get("note") if isinstance(described, Mapping) else None
        if isinstance(note, str) and note:
            told.append(Paragraph(f"{name}: {note}.", warning=True))
    return told
