"""The shelf: each model once, its faults named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from iad_eval.errors import ModelError, UsageError
from iad_eval.predictors import ModelContext, ModelEntry, Predictor, Reply
from iad_eval.predictors.floors import Blind
from iad_eval.shelf import Shelf
from iad_eval.views import View
from iad_eval.words import Json

CONTEXT = ModelContext(Path("cache"), 0, str, lambda path: pytest.fail("no image is read"))


class Model(Blind):
    """Counts how often it was closed."""

    closed = 0

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        return iter(())

    def close(self) -> None:
        self.closed += 1


class Odd(Model):
    def describe(self) -> Mapping[str, Json]:
        raise IndexError("no such thing")

    def close(self) -> None:
        raise OSError("the engine hangs")


def _shelf(make: Callable[[str], Predictor]) -> Shelf:
    return Shelf({"m": ModelEntry("m", lambda name, context: make(name))}, CONTEXT)


def test_a_model_is_opened_once_until_it_is_put_away() -> None:
    shelf = _shelf(Model)
    first = shelf.predictor("m")
    assert isinstance(first, Model)
    assert shelf.predictor("m") is first
    shelf.put_away("m")
    shelf.put_away("m")
    assert first.closed == 1
    assert shelf.predictor("m") is not first


def test_a_model_that_somebody_holds_stays_to_the_end() -> None:
    shelf = _shelf(Model)
    held = shelf.held("m")
    assert isinstance(held, Model)
    shelf.put_away("m")
    assert shelf.predictor("m") is held
    shelf.close()
    assert held.closed == 1


def test_faults_of_a_model_are_named() -> None:
    def broken(name: str) -> Predictor:
        raise ImportError("no module named engine")

    with pytest.raises(ModelError, match="model m cannot be opened: ImportError: no module named engine"):
        _shelf(broken).predictor("m")
    with pytest.raises(ModelError, match="model m cannot be described: IndexError: no such thing"):
        _shelf(Odd).description("m")
    with pytest.raises(UsageError, match="unknown model of this session 'n'"):
        _shelf(Model).predictor("n")


def test_a_model_that_does_not_close_is_warned_about() -> None:
    shelf = _shelf(Odd)
    shelf.predictor("m")
    with pytest.warns(UserWarning, match="m did not close: OSError: the engine hangs"):
        shelf.close()


def test_a_description_is_as_it_will_be_read_back() -> None:
    class Described(Model):
        def describe(self) -> Mapping[str, Json]:
            return {"size": (1, 2)}

    assert _shelf(Described).description("m") == {"size": [1, 2]}
