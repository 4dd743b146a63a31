"""Views on their way to a model: decoded ahead in threads, asked across case boundaries."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from iad_eval.asks import Ask
from iad_eval.errors import IadError, ModelError
from iad_eval.predictors import Predictor, Reply
from iad_eval.views import View

WINDOW = 8
"""How many views are decoded ahead of the model: enough for the threads, little memory."""


class Stream:
    """Asks one model about views in the order in which they are wanted.

    ``load`` decodes a view (in threads, a bounded number ahead); ``keep`` is given each
    ask with the model's reply, or with the reason why there was no view to show.
    """

    def __init__(
        self,
        predictor: Predictor,
        load: Callable[[Ask], View],
        keep: Callable[[Ask, Reply | str], None],
    ) -> None:
        self._predictor = predictor
        self._load = load
        self._keep = keep
        self._wanted: deque[Iterator[Ask]] = deque()
        # The view itself is kept: were it let go, another could stand at its address.
        self._asked: dict[int, tuple[View, Ask]] = {}
        self._has_pulled = False
        self._replies: Iterator[Reply] | None = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="iad-decode")

    def want(self, asks: Iterable[Ask]) -> None:
        """Puts views at the end of the queue. The iterable is drawn from when their turn comes."""
        self._wanted.append(iter(asks))

    def run_until(self, done: Callable[[], bool]) -> None:
        """Takes replies until ``done`` says so or the model has no more to give.

        Raises ModelError for a reply about a view that the model was not shown, or had answered.
        """
        while not done():
            if self._replies is None:
                self._has_pulled = False
                self._replies = self._predictor.predict(self._views())
            reply = next(self._replies, None)
            if reply is None:
                self._replies = None
                self._asked.clear()
                if not self._wanted or not self._has_pulled:
                    return
            else:
                self._keep(self._ask_of(reply), reply)

    def close(self) -> None:
        """Stops decoding; what was wanted and not asked is forgotten."""
        self._wanted.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _ask_of(self, reply: Reply) -> Ask:
        found = self._asked.pop(id(reply.view), None)
        if found is None:
            view = reply.view
            raise ModelError(
                f"{self._predictor.name} replied about {view.sample.id} ({view.perturbation}), but it was "
                "not shown this view or had answered it already; each View that it is handed must come back "
                "itself, no copy of it, in exactly one Reply"
            )
        return found[1]

    def _views(self) -> Iterator[View]:
        self._has_pulled = True
        ahead: deque[tuple[Ask, Future[View]]] = deque()
        while True:
            while len(ahead) < WINDOW and (ask := self._next()) is not None:
                ahead.append((ask, self._threads.submit(self._load, ask)))
            if not ahead:
                return
            ask, future = ahead.popleft()
            try:
                view = future.result()
            except IadError as error:
                self._keep(ask, str(error))
                continue
            self._asked[id(view)] = (view, ask)
            yield view

    def _next(self) -> Ask | None:
        while self._wanted:
            ask = next(self._wanted[0], None)
            if ask is not None:
                return ask
            self._wanted.popleft()
        return None
