"""Views on their way: in order, a few ahead, none lost when something breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from PIL import Image

from iad_eval.asks import Ask
from iad_eval.errors import DataError, ModelError
from iad_eval.perturbations import Perturbation, Perturbed
from iad_eval.predictors import Calibration, Reply
from iad_eval.stream import WINDOW, Stream
from iad_eval.views import View
from iad_eval.words import Case, ClassSamples, Json, Sample

SAME = Perturbation("original", lambda image, mask: Perturbed(image, mask, None))


def _asks(count: int, class_name: str = "cup") -> list[Ask]:
    case = Case("m", "d", class_name, "original")
    samples = [
        Sample("d", class_name, "test", "good", f"{n:03d}", False, Path(f"{n}.png")) for n in range(count)
    ]
    return [Ask(case, sample, ClassSamples((), ()), SAME, key=sample.id) for sample in samples]


class Decoding:
    """Stands for the decoder; counts views, fails for the stems it is told to."""

    def __init__(self, *broken: str) -> None:
        self.count = 0
        self._broken = broken
        self._lock = threading.Lock()

    def __call__(self, ask: Ask) -> View:
        with self._lock:
            self.count += 1
        if ask.sample.stem in self._broken:
            raise DataError(f"{ask.sample.stem} is damaged")
        image = Image.new("RGB", (2, 2))
        return View(ask.sample, ask.siblings, "original", None, ask.key, image, None, 0.0, None)


class Model:
    """Answers one view behind, as an engine with views in flight does."""

    name = "m"

    def __init__(self, breaks_at: str = "") -> None:
        self.breaks_at = breaks_at
        self.asked: list[str] = []

    def identity(self, siblings: ClassSamples, perturbation: str, protocol: str | None) -> Mapping[str, Json]:
        return {}

    def describe(self) -> Mapping[str, Json]:
        return {}

    def predict(self, views: Iterable[View]) -> Iterator[Reply]:
        held: View | None = None
        for view in views:
            self.asked.append(view.sample.stem)
            if view.sample.stem == self.breaks_at:
                self.breaks_at = ""
                raise RuntimeError("engine died")
            if held is not None:
                yield Reply(held, answer="No.")
            held = view
        if held is not None:
            yield Reply(held, answer="No.")

    def calibration(self, siblings: ClassSamples, protocol: str | None) -> Calibration | None:
        return None

    def close(self) -> None:
        pass


class Book:
    """Writes down what came back."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def __call__(self, ask: Ask, said: Reply | str) -> None:
        assert ask.sample.id not in self.kept
        self.kept[ask.sample.id] = said if isinstance(said, str) else str(said.answer)

    def has(self, asks: Iterable[Ask]) -> bool:
        return all(ask.sample.id in self.kept for ask in asks)


def test_a_case_takes_its_own_views_and_no_more_than_the_window_is_decoded_ahead() -> None:
    book, decoding = Book(), Decoding()
    stream = Stream(Model(), decoding, book)
    first, second = _asks(3), _asks(40, "lid")
    stream.want(first)
    stream.want(second)
    stream.run_until(lambda: book.has(first))
    assert book.has(first)
    assert not book.has(second)
    assert decoding.count <= len(first) + WINDOW + 1
    stream.run_until(lambda: book.has(second))
    assert book.has(second)
    stream.close()


def test_a_damaged_photograph_is_written_down_and_the_next_is_asked() -> None:
    book = Book()
    stream = Stream(Model(), Decoding("001"), book)
    asks = _asks(3)
    stream.want(asks)
    stream.run_until(lambda: book.has(asks))
    assert list(book.kept.values()).count("No.") == 2
    assert book.kept["d/cup/test/good/001"] == "001 is damaged"
    stream.close()


def test_more_can_be_wanted_when_all_was_answered() -> None:
    book = Book()
    stream = Stream(Model(), Decoding(), book)
    stream.run_until(lambda: False)
    for class_name in ("cup", "lid"):
        asks = _asks(2, class_name)
        stream.want(asks)
        stream.run_until(lambda: False)
        assert book.has(asks)
    stream.close()


def test_what_was_in_flight_when_a_model_broke_can_be_wanted_again() -> None:
    book, model = Book(), Model(breaks_at="002")
    stream = Stream(model, Decoding(), book)
    asks = _asks(12)
    stream.want(asks)
    with pytest.raises(RuntimeError, match="engine died"):
        stream.run_until(lambda: book.has(asks))
    stream.want(ask for ask in asks if ask.sample.id not in book.kept)
    stream.run_until(lambda: book.has(asks))
    assert book.has(asks)
    stream.close()


def _copies(views: Iterable[View]) -> Iterator[Reply]:
    """Batches of copies: the views themselves are let go, and others may stand at their addresses."""
    waiting = iter(views)
    while batch := [replace(view) for view in islice(waiting, 4)]:
        yield from (Reply(view, answer=view.sample.id) for view in batch)


def _twice(views: Iterable[View]) -> Iterator[Reply]:
    for view in views:
        yield Reply(view, answer=view.sample.id)
        yield Reply(view, answer="Yes.")


@pytest.mark.parametrize("predict", [_copies, _twice])
def test_an_answer_about_another_view_is_refused_and_never_kept_as_another_s(
    monkeypatch: pytest.MonkeyPatch, predict: Callable[[Iterable[View]], Iterator[Reply]]
) -> None:
    book, model = Book(), Model()
    monkeypatch.setattr(model, "predict", predict)
    stream = Stream(model, Decoding(), book)
    asks = _asks(20)
    stream.want(asks)
    for _ in asks[1:]:
        with pytest.raises(ModelError, match=r"m replied about d/cup/test/good/\d+ \(original\).*no copy"):
            stream.run_until(lambda: book.has(asks))
    stream.close()
    assert all(said == sample for sample, said in book.kept.items())


def test_a_model_that_takes_no_view_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    book, model = Book(), Model()
    monkeypatch.setattr(model, "predict", lambda views: iter(()))
    stream = Stream(model, Decoding(), book)
    stream.want(_asks(3))
    stream.run_until(lambda: False)
    assert not book.kept
    stream.close()
