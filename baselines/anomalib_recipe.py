"""How one of anomalib's models is set: its constructor's arguments, and what is added to them here."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, cast

from baselines.anomalib_kinds import Kind, kind_of
from baselines.recipes import settings_of
from iad_eval.errors import UsageError
from iad_eval.predictors.trained_detector import Learns
from iad_eval.words import Json

FOLDS: Final = 5

_PARTS: Final = ("pre_processor", "post_processor", "evaluator", "visualizer")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a table of ``--iad-detectors`` says about a model, with what it leaves to anomalib and to us.

    ``arguments`` are the constructor's that were typed; ``all_settings`` everything, for the record.
    ``side`` is (height, width), ``crop`` a side in pixels, both None where the model's own count.
    """

    name: str
    model: type[Any]
    kind: Kind
    arguments: Mapping[str, Json]
    all_settings: Mapping[str, Json]
    side: tuple[int, int] | None
    crop: int | None
    epochs: int | None
    steps: int | None
    batch: int
    score_batch: int
    scope: Learns
    folds: int
    random_weights: bool
    weights: str

    @classmethod
    def of(cls, name: str, model: type[Any], table: Mapping[str, Json]) -> Recipe:
        """Reads a table. Raises UsageError for unknown settings and impossible values."""
        kind = kind_of(model.__name__)
        own = {
            parameter.name: _as_json(parameter.default)
            for parameter in inspect.signature(model).parameters.values()
            if parameter.name not in _PARTS and parameter.kind is not parameter.VAR_KEYWORD
        }
        ours: dict[str, Json] = {
            "side_px": None,
            "crop_px": None,
            "epochs": kind.epochs,
            "steps": kind.steps,
            "batch": kind.batch,
            "score_batch": 0,
            "scope": kind.scope,
            "folds": FOLDS if kind.memorises else 0,
            "random_weights": False,
            "weights": "",
        }
        chosen = settings_of(table, {**own, **ours}, name)
        lengths = {
            key: _whole(name, key, chosen[key]) for key in ("epochs", "steps") if chosen[key] is not None
        }
        if "steps" in table and "epochs" not in table:
            lengths.pop("epochs", None)
        if "epochs" in table and "steps" not in table:
            lengths.pop("steps", None)
        scope = "nothing" if chosen["weights"] else chosen["scope"]
        if scope not in ("class", "dataset", kind.scope) and not chosen["weights"]:
            raise wrong(name, "scope", scope, '"class" or "dataset"')
        folds = _whole(name, "folds", chosen["folds"], least=0)
        if folds == 1:
            raise wrong(
                name, "folds", 1, "0 (training images are scored by the fit that saw them) or 2 and more"
            )
        crop = chosen["crop_px"]
        return cls(
            name=name,
            model=model,
            kind=kind,
            arguments={key: chosen[key] for key in own if key in table},
            all_settings={
                **chosen,
                "epochs": lengths.get("epochs"),
                "steps": lengths.get("steps"),
                "scope": scope,
            },
            side=_side(name, chosen["side_px"]),
            crop=None if crop is None else _whole(name, "crop_px", crop),
            epochs=lengths.get("epochs"),
            steps=lengths.get("steps"),
            batch=_whole(name, "batch", chosen["batch"]),
            score_batch=_whole(name, "score_batch", chosen["score_batch"], least=0),
            scope=cast(Learns, scope),
            folds=0 if scope == "nothing" else folds,
            random_weights=bool(chosen["random_weights"]),
            weights=str(chosen["weights"]),
        )


def _as_json(value: Any) -> Json:
    """A constructor's default as TOML would have it; None for what it cannot say."""
    if isinstance(value, Enum):
        return _as_json(value.value)
    if isinstance(value, tuple | list):
        return [_as_json(each) for each in value]
    if isinstance(value, Path):
        return str(value)
    return value if isinstance(value, bool | int | float | str) else None


def _whole(name: str, key: str, value: Json, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise wrong(name, key, value, f"a whole number from {least} on")
    return value


def _side(name: str, value: Json) -> tuple[int, int] | None:
    if value is None:
        return None
    sides = value if isinstance(value, list) else [value, value]
    if len(sides) != 2:
        raise wrong(name, "side_px", value, "a side or [height, width] in pixels")
    height, width = (_whole(name, "side_px", each, least=16) for each in sides)
    return height, width


def wrong(name: str, key: str, value: Json, expected: str) -> UsageError:
    """The error for a setting's value, with what it takes."""
    return UsageError(f"--iad-detectors: {name}'s {key} takes {expected}, not {value!r}")
