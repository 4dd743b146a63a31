"""Which lines of a user's prompt file a rendered prompt comes from, and which of them explain a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from iad_eval.prompts.lines import KeyPath
from iad_eval.prompts.templates import literals


@dataclass(frozen=True, slots=True)
class Origin:
    """A key of the user's file that a rendered prompt comes from.

    ``key`` is spelt as in the file: ``classes.synthetic.capsule.sentence``. ``line`` counts from 1.
    ``text`` is what the key gave, filled and with single spaces. That of a protocol keeps the
    placeholders of its pieces, which have origins of their own. It is empty where a table of a
    class says nothing; if the key itself is absent, ``key`` and ``line`` are the table's.
    """

    key: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """A key as it is spelt in a file, and the line (from 1) on which it is first named."""

    key: str
    line: int


@dataclass(frozen=True, slots=True)
class OwnFile:
    """The user's prompt file; without one, ``path`` is None and nothing has an origin.

    ``places`` are found by a key's path, with perturbations under their canonical names.
    ``kinds`` has the kind of each dataset.
    """

    path: Path | None = None
    places: Mapping[KeyPath, Place] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)

    def origin(self, path: KeyPath, text: str) -> Origin | None:
        """The origin of a text that ``path`` gives, None where it does not come from the file.

        Words of a class are asked for by the dataset's own name. A table below that name wins over
        one below its kind; the one that counts answers for what it does not say, too.
        """
        place = self.places.get(path)
        if path[0] == "classes":
            _, dataset, class_name, *key = path
            tables = [("classes", name, class_name) for name in (dataset, self.kinds.get(dataset, dataset))]
            table = next((each for each in tables if each in self.places), None)
            if table is None:
                return None
            place = self.places.get((*table, *key), self.places[table])
        return None if place is None else Origin(place.key, place.line, text)


def blamed(before: str | None, after: str, origins: Sequence[Origin]) -> list[Origin]:
    """Which ``origins`` of the rendered prompt ``after`` explain that it is not ``before`` (None: not asked).

    Those that say what was not said before. Where none does, something was taken away: those that
    say nothing, or else the most specific one: a class's before the protocol's before a question.
    Empty where the prompts are the same but for white space.
    """
    said = _collapsed(before or "")
    if said == _collapsed(after):
        return []
    new = [each for each in origins if any(part not in said for part in _parts(each))]
    return new or [each for each in origins if not each.text] or sorted(origins, key=_generality)[:1]


def _parts(origin: Origin) -> tuple[str, ...]:
    if origin.key.startswith("protocols."):
        return literals(origin.text)
    return (_collapsed(origin.text),)


def _generality(origin: Origin) -> int:
    family = origin.key.partition(".")[0]
    return {"classes": 0, "protocols": 1}.get(family, 2)


def _collapsed(text: str) -> str:
    return " ".join(text.split())
