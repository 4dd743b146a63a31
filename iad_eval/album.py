"""The pictures that a report shows: taken from views as they are decoded, drawn where none is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from iad_eval.asks import Ask
from iad_eval.errors import DataError, UsageError
from iad_eval.identity import digest_json
from iad_eval.photographs import Photographs
from iad_eval.pictures import Pictures
from iad_eval.views import View
from iad_eval.words import Json


class Album:
    """Makes views, from any thread, and sees to it that the run has a picture of each.

    Without ``pictures`` it only makes views.
    """

    def __init__(self, photographs: Photographs, pictures: Pictures | None) -> None:
        self._photographs = photographs
        self._pictures = pictures

    def view(self, ask: Ask) -> View:
        """The view, whose picture is in the run when this returns if there is room for it.

        Raises DataError where photograph or mask cannot be used.
        """
        view = self._photographs.view(ask)
        with contextlib.suppress(UsageError):  # no answer is lost for a picture: completing tells of it
            self._keep(ask, view)
        return view

    def complete(self, asks: Iterable[Ask]) -> None:
        """Brings or draws the pictures of views that nobody had to decode; a view without pixels has none.

        Raises UsageError where there is no room for them.
        """
        pictures = self._pictures
        if pictures is None:
            return
        missing = [ask for ask in asks if ask.trouble is None and not pictures.recall(*_place(ask))]
        if missing:
            with ThreadPoolExecutor(2, thread_name_prefix="iad-picture") as threads:
                list(threads.map(self._draw, missing))

    def _draw(self, ask: Ask) -> None:
        try:
            view = self._photographs.view(ask)
        except DataError:  # its observation says so
            return
        self._keep(ask, view)

    def _keep(self, ask: Ask, view: View) -> None:
        if self._pictures is not None and not self._pictures.recall(*_place(ask)):
            self._pictures.keep(*_place(ask), view.image, view.mask)


def _place(ask: Ask) -> tuple[str, str, str]:
    perturbation = ask.perturbation
    shown: Json = [
        ask.image_digest,
        ask.mask_digest,
        perturbation.name,
        perturbation.version,
        dict(perturbation.parameters),
    ]
    return ask.sample.id, perturbation.name, digest_json(shown)
