"""The shelf: each model of the session stands there once, opened when it is first reached for."""

from __future__ import annotations

from collections.abc import Mapping

from iad_eval.errors import unknown
from iad_eval.predictors import ModelContext, ModelEntry, Predictor


class Shelf:
    """Session-scoped models by name."""

    def __init__(self, entries: Mapping[str, ModelEntry], context: ModelContext) -> None:
        self._entries = entries
        self._context = context
        self._models: dict[str, Predictor] = {}

    def predictor(self, name: str) -> Predictor:
        """The one predictor of this name.

        Raises UsageError for a name that is not among the session's, ModelError for a model that
        cannot be opened as asked.
        """
        if name not in self._entries:
            raise unknown("model of this session", name, self._entries, "--iad-model")
        if name not in self._models:
            self._models[name] = self._entries[name].open(name, self._context)
        return self._models[name]

    def put_away(self, name: str) -> None:
        """Closes one model, so that its memory is free for the next."""
        if name in self._models:
            self._models.pop(name).close()

    def close(self) -> None:
        """Closes all models."""
        for name in list(self._models):
            self.put_away(name)
