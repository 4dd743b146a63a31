"""The shelf: each model of the session stands there once, opened when it is first reached for."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterator, Mapping

from iad_eval.errors import IadError, ModelError, unknown
from iad_eval.predictors import ModelContext, ModelEntry, Predictor
from iad_eval.words import Json


class Shelf:
    """Session-scoped models by name."""

    def __init__(self, entries: Mapping[str, ModelEntry], context: ModelContext) -> None:
        self._entries = entries
        self._context = context
        self._models: dict[str, Predictor] = {}
        self._held: set[str] = set()

    def predictor(self, name: str) -> Predictor:
        """The one predictor of this name.

        Raises UsageError for a name that is not among the session's, ModelError for a model that
        cannot be opened as asked.
        """
        if name not in self._entries:
            raise unknown("model of this session", name, self._entries, "--iad-model")
        if name not in self._models:
            with _named(name, "cannot be opened"):
                self._models[name] = self._entries[name].open(name, self._context)
        return self._models[name]

    def held(self, name: str) -> Predictor:
        """The same for somebody who keeps it: it is put away at the end of the session only."""
        self._held.add(name)
        return self.predictor(name)

    def description(self, name: str) -> Json:
        """What a model says of itself. Raises ModelError where that is no JSON."""
        with _named(name, "cannot be described"):
            described: Json = json.loads(json.dumps(dict(self.predictor(name).describe()), allow_nan=False))
            return described

    def put_away(self, name: str) -> None:
        """Closes one model, so that its memory is free for the next; warns where it does not close."""
        if name in self._models and name not in self._held:
            try:
                self._models.pop(name).close()
            except Exception as error:  # everything was observed: that stands
                warnings.warn(f"{name} did not close: {type(error).__name__}: {error}", stacklevel=2)

    def close(self) -> None:
        """Closes all models."""
        self._held.clear()
        for name in list(self._models):
            self.put_away(name)


@contextlib.contextmanager
def _named(name: str, what: str) -> Iterator[None]:
    """Turns whatever a model raises into a ModelError that names it."""
    try:
        yield
    except IadError:
        raise
    except Exception as error:
        raise ModelError(f"model {name} {what}: {type(error).__name__}: {error}") from error
