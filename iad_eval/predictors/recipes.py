"""``--iad-detectors FILE.toml``: settings of trained detectors, a table for each model by its name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from iad_eval.errors import UsageError
from iad_eval.words import Json


def read_recipes(path: Path | None, models: Iterable[str]) -> Mapping[str, Mapping[str, Json]]:
    """The file's tables by model, as in ``["anomalib:Patchcore"]`` and ``[glass]``; none without a file.

    ``models`` are the session's: a table for another one is for another session. Raises UsageError for
    a file that does not read, or that says nothing about any model of the session.
    """
    if path is None:
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--iad-detectors: cannot read {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--iad-detectors: {path} is no TOML: {error}") from error
    plain = [name for name, value in tables.items() if not isinstance(value, Mapping)]
    if plain:
        raise UsageError(
            f"--iad-detectors: in {path} {plain[0]!r} stands by itself; settings go below a model's name, as "
            'in ["anomalib:Patchcore"]'
        )
    asked = list(models)
    if not any(name in tables or family_of(name) in tables for name in asked):
        raise UsageError(
            f"--iad-detectors: {path} has tables for {', '.join(map(repr, tables)) or 'no model'}, and this "
            f"session asks {', '.join(map(repr, asked))}. A table is called as the model is typed, or as its "
            "family, which stands before the colon"
        )
    return tables


def recipe_for(name: str, recipes: Mapping[str, Mapping[str, Json]]) -> Mapping[str, Json]:
    """A model's table, laid over that of its family: ``["anomalib:Padim"]`` over ``[anomalib]``."""
    return {**recipes.get(family_of(name), {}), **recipes.get(name, {})}


def family_of(name: str) -> str:
    """``anomalib`` of ``anomalib:Padim``."""
    return name.partition(":")[0]
