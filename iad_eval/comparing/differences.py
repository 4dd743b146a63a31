"""Which circumstances of two runs differ: told before anything is said about what changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from iad_eval.words import Json

_ABSENT = "–"

_TOPICS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("model", ("configuration", "models")),
    ("engine", ("engines",)),
    ("perturbation", ("configuration", "perturbations")),
    ("dataset", ("configuration", "datasets")),
    ("photographs", ("classes",)),
    ("setting", ("configuration", "limit")),
    ("setting", ("seed",)),
    ("package", ("packages",)),
    ("package", ("iad_eval",)),
    ("package", ("python",)),
    ("hardware", ("hardware",)),
    ("commit", ("git_commit",)),
)
"""Topics in the order in which they are told, and where a manifest has them."""


_SHARED = {"model": 1, "engine": 1, "perturbation": 1, "dataset": 1, "photographs": 2}
"""How many levels are names, which a side may lack because it did not ask: model; dataset and class."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One circumstance as it was and is, in JSON's spelling; ``–`` where one side has none."""

    topic: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PromptChange:
    """A prompt that is another one now; ``places`` are asked with it.

    A place is ``dataset/class/perturbation``.
    """

    protocol: str
    places: tuple[str, ...]
    before: str
    after: str


def differences(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Difference]:
    """What differs between two manifests' circumstances, prompts apart.

    A model, dataset or class that only one side has is left out: what is missing is told with the views.
    Digests of datasets are told where both sides asked about the same classes.
    """
    found = []
    for topic, path in _TOPICS:
        old, new = _at(before, path), _at(after, path)
        name = "" if isinstance(old, Mapping) or isinstance(new, Mapping) else path[-1]
        found += [Difference(topic, *each) for each in _differing(name, old, new, _SHARED.get(topic, 0))]
    found[:0] = _digests(before, after)
    return found


def prompt_changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[PromptChange]:
    """Prompts that differ where both sides asked, one entry for all places with the same two texts."""
    old, new = _asked(before), _asked(after)
    places: dict[tuple[str, str, str], list[str]] = {}
    for (protocol, place), text in sorted(new.items()):
        was = old.get((protocol, place))
        if was is not None and was != text:
            places.setdefault((protocol, was, text), []).append(place)
    return [
        PromptChange(protocol, tuple(found), was, text) for (protocol, was, text), found in places.items()
    ]


def _asked(circumstances: Mapping[str, Json]) -> dict[tuple[str, str], str]:
    prompts = circumstances.get("prompts")
    return {
        (protocol, str(place)): text
        for protocol, texts in (prompts.items() if isinstance(prompts, Mapping) else ())
        for text, places in (texts.items() if isinstance(texts, Mapping) else ())
        for place in (places if isinstance(places, list | tuple) else ())
    }


def _digests(before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[Difference]:
    old, new = before.get("dataset_digests"), after.get("dataset_digests")
    classes, now = before.get("classes"), after.get("classes")
    if not all(isinstance(each, Mapping) for each in (old, new, classes, now)):
        return
    assert isinstance(old, Mapping)
    assert isinstance(new, Mapping)
    assert isinstance(classes, Mapping)
    assert isinstance(now, Mapping)
    for name in sorted(old.keys() & new.keys()):
        if old[name] != new[name] and classes.get(name) == now.get(name):
            yield Difference("dataset", f"{name}: digest", _shown(old[name]), _shown(new[name]))


def _at(circumstances: Mapping[str, Json], path: tuple[str, ...]) -> Json:
    value: Json = circumstances
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _differing(name: str, old: Json, new: Json, shared: int) -> Iterator[tuple[str, str, str]]:
    """Leaf by leaf; of the outermost ``shared`` levels only the entries that both have."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = old.keys() & new.keys() if shared else old.keys() | new.keys()
        for key in sorted(keys):
            inner = f"{name}: {key}" if name else key
            yield from _differing(inner, old.get(key), new.get(key), max(0, shared - 1))
    elif old != new and not (shared and (old is None or new is None)):
        yield name, _shown(old), _shown(new)


def _shown(value: Json) -> str:
    if value is None:
        return _ABSENT
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
