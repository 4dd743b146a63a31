"""Settings of a detector: its defaults, changed by its table in ``--iad-detectors FILE.toml``."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.errors import UsageError, nearest
from iad_eval.words import Json


def settings_of(table: Mapping[str, Json], defaults: Mapping[str, Json], name: str) -> dict[str, Json]:
    """The defaults with what the table changes.

    A value has the type of its default; a whole number may stand for a fraction, and a default of None
    takes anything. Raises UsageError for an unknown key or a value of another type.
    """
    chosen = dict(defaults)
    for key, value in table.items():
        if key not in defaults:
            raise UsageError(
                f"--iad-detectors: {name} has no setting {key!r}.{nearest(key, defaults)} "
                f"Known: {', '.join(sorted(defaults))}"
            )
        if not _fits(value, defaults[key]):
            raise UsageError(
                f"--iad-detectors: {name}'s {key} takes {_kind(defaults[key])}, not {value!r} "
                f"(its default is {defaults[key]!r})"
            )
        chosen[key] = value
    return chosen


def require_at_least(chosen: Mapping[str, Json], least: Mapping[str, int], name: str) -> None:
    """Raises UsageError where a whole number is smaller than may be."""
    for key, smallest in least.items():
        if whole(chosen, key) < smallest:
            raise UsageError(
                f"--iad-detectors: {name}'s {key} is at least {smallest}, not {chosen[key]}; mend its table"
            )


def whole(chosen: Mapping[str, Json], key: str) -> int:
    """A setting whose default is a whole number."""
    value = chosen[key]
    assert isinstance(value, int)
    return value


def _fits(value: Json, default: Json) -> bool:
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    return isinstance(value, type(default))


def _kind(default: Json) -> str:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
    return kinds.get(type(default), "a table")
