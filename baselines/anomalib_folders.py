"""Folders of other people's images that some of anomalib's models are trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from baselines import weights
from baselines.anomalib_kinds import FOLDERS
from baselines.anomalib_recipe import Recipe
from iad_eval.errors import ModelError
from iad_eval.predictors import ModelContext


def folders(recipe: Recipe, context: ModelContext) -> dict[str, Any]:
    """Where they lie, by the argument that takes them. Raises ModelError for one that is missing."""
    found: dict[str, Any] = {}
    for argument, key in recipe.kind.folders:
        facts = FOLDERS[key]
        if argument in recipe.arguments:
            place: Path | None = Path(str(recipe.arguments[argument])).expanduser()
        else:
            published = weights.Published(
                key, f"{key}/", facts.what, facts.authors, facts.size, facts.licence
            )
            place = weights.find_or_none(published, context)
        if place is None or not place.is_dir():
            if not context.detectors.may_download:
                raise ModelError(
                    f"{recipe.name} is trained with {facts.what}, which "
                    + ("was not found" if place is None else f"is not at {place}")
                    + f". It is published by {facts.authors} ({facts.size}, {facts.licence}): say where its "
                    f"folder lies with --iad-weights {key}=FOLDER, or type --iad-download"
                )
            place = place or (context.cache / key).absolute()
        found[argument] = place
    return found
